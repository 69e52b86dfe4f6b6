"""``spanbridge traces``: list traces and show one, from a store or from a running service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from spanbridge_ingest.cli.output import console, print_json
from spanbridge_ingest.cli.render import trace_table, trace_tree
from spanbridge_ingest.cli.sources import Filter, open_source
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.settings import Settings

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"(\d{1,6})([smhdw])")
_ID = re.compile(r"[0-9a-f]{1,32}")


def list_traces(
    settings: Settings,
    api: str | None,
    *,
    limit: int,
    since: str | None,
    service: str | None,
    text: str,
    order_by: Sequence[str],
    as_json: bool,
) -> None:
    """Print the newest traces, or those that a search finds."""
    wanted = Filter(
        limit=limit,
        since=None if since is None else parse_since(since, datetime.now(UTC)),
        service=service,
        text=text,
        order_by=order_by,
    )
    wanted.as_text()  # what is wrong with it is told before anything is opened
    with open_source(settings, api) as source:
        found = source.search(wanted) if wanted.searches else source.list(wanted)
    if as_json:
        print_json(found)
        return
    if found:
        console().print(trace_table(found))
    if remark := _remark(len(found), wanted, since):
        console(stderr=True).print(remark)


def _remark(count: int, wanted: Filter, since: str | None) -> str:
    """What is to be said beside a list."""
    if count == wanted.limit:
        order = "first" if wanted.order_by else "newest"
        return f"The {order} {count}; --limit shows more."
    if count:
        return ""
    asked = [f"since {since}"] if since else []
    asked += [f"of service {wanted.service}"] if wanted.service else []
    asked += ["that satisfy the filter"] if wanted.text else []
    if asked:
        return f"No traces {' '.join(asked)}."
    return "No traces. `spanbridge load` and `spanbridge demo` bring some."


def show_trace(settings: Settings, api: str | None, trace_id: str, *, as_json: bool) -> None:
    """Print one trace; ``trace_id`` may be the beginning of an id."""
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
