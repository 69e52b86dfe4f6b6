"""``spanbridge traces``: list traces and show one, from a store or from a running service."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from spanbridge_ingest.cli.options import with_settings
from spanbridge_ingest.cli.output import console, print_json
from spanbridge_ingest.cli.render import trace_table, trace_tree
from spanbridge_ingest.cli.sources import Filter, open_source
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.settings import Settings

app = typer.Typer(help="List traces and show one.")

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"(\d{1,6})([smhdw])")
_ID = re.compile(r"[0-9a-f]{1,32}")

Api = Annotated[
    str | None,
    typer.Option("--api", metavar="URL", help="Read from this service instead of a store."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
@with_settings("store", "clickhouse")
def list_traces(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 20,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="AGE|TIME", help="Begun since: 90s, 15m, 2h, 7d, or ISO."),
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="Of this service.name only.")
    ] = None,
    as_json: AsJson = False,
    api: Api = None,
    *,
    settings: Settings,
) -> None:
    """List traces, newest first."""
    wanted = Filter(
        limit=limit,
        since=None if since is None else parse_since(since, datetime.now(UTC)),
        service=service,
    )
    with open_source(settings, api) as source:
        found = source.list(wanted)
    if as_json:
        print_json(found)
    elif found:
        console().print(trace_table(found))
    else:
        console(stderr=True).print("No traces. `spanbridge load` and `spanbridge demo` bring some.")


@app.command("show")
@with_settings("store", "clickhouse")
def show_trace(
    trace_id: Annotated[
        str, typer.Argument(metavar="ID", help="Trace id, or its beginning if only one has it.")
    ],
    as_json: AsJson = False,
    api: Api = None,
    *,
    settings: Settings,
) -> None:
    """Show one trace as a tree, or with --json as its trace document."""
    prefix = trace_id.strip().lower()
    if not _ID.fullmatch(prefix):
        raise ConfigError(f"{trace_id!r} is not a trace id: expected up to 32 hex digits.")
    with open_source(settings, api) as source:
        document = source.get(prefix)
    if as_json:
        print_json(document)
    else:
        console().print(trace_tree(document))


def parse_since(text: str, now: datetime) -> datetime:
    """Read an age such as ``15m``, or an ISO time (UTC unless it says otherwise).

    Raises:
        ConfigError: it is neither.
    """
    age = _AGE.fullmatch(text.strip())
    if age is not None:
        try:
            return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
        except OverflowError:
            raise ConfigError(f"--since {text}: too long ago.") from None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigError(
            f"--since {text}: neither an age nor a time. Examples: 15m, 2h, 2026-01-31T12:00"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
