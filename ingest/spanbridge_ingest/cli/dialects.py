"""``spanbridge dialects`` and ``spanbridge unmapped``: what is understood, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.table import Table

from spanbridge_ingest.cli.output import console, print_json
from spanbridge_ingest.cli.sources import open_source
from spanbridge_ingest.cli.traces import parse_since
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.settings import Settings
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.describe import Coverage, coverage, detection, place, reading


def list_dialects(*, as_json: bool) -> None:
    """Print every dialect: versions, how it is recognised, what it has keys of its own for."""
    if as_json:
        print_json([_as_document(known) for known in coverage()])
        return
    table = Table("dialect", "title", "versions", "columns", "details", "rules", box=None)
    for known in coverage():
        table.add_row(
            known.dialect.name,
            known.dialect.title,
            known.dialect.versions,
            *(str(n) for n in (len(known.columns), len(known.details), known.rules)),
        )
    console().print(table)
    console(stderr=True).print(
        "Counted are concepts with keys of the dialect's own; what dialects share is read on every "
        "span. `spanbridge dialects NAME` shows one."
    )


def show_dialect(name: str, *, as_json: bool) -> None:
    """Print the rules of one dialect.

    Raises:
        ConfigError: there is no such dialect.
    """
    known = next((known for known in coverage() if known.dialect.name == name), None)
    if known is None:
        raise ConfigError(f"There is no dialect {name!r}. `spanbridge dialects` lists them.")
    rules = [
        (concept, place(source), reading(source))
        for concept, sources in SOURCES.items()
        for source in sources
        if source.dialect == name
    ]
    if as_json:
        print_json(_as_document(known) | {"rules": [list(rule) for rule in rules]})
        return
    out = console()
    out.print(f"{known.dialect.title} {known.dialect.versions}".strip())
    for way in detection(known.dialect):
        out.print(f"  recognised by {way}")
    table = Table("concept", "where", "how", box=None)
    for rule in rules:
        table.add_row(*rule)
    out.print(table)


def _as_document(known: Coverage) -> dict[str, object]:
    return {
        "name": known.dialect.name,
        "title": known.dialect.title,
        "versions": known.dialect.versions,
        "recognised_by": detection(known.dialect),
        "columns": list(known.columns),
        "details": list(known.details),
        "rule_count": known.rules,
    }


def list_unmapped(
    settings: Settings, api: str | None, *, since: str | None, limit: int, as_json: bool
) -> None:
    """Print attribute keys that look like GenAI and that no rule reads."""
    moment = None if since is None else parse_since(since, datetime.now(UTC))
    with open_source(settings, api) as source:
        found = source.unmapped(moment, limit)
    if as_json:
        print_json(found)
        return
    if not found:
        when = f" of spans since {since}" if since else ""
        console(stderr=True).print(f"No attribute{when} looks like GenAI and is read by no rule.")
        return
    table = Table("key", "spans", "dialects", "example trace", "span", box=None)
    for row in found:
        dialects = ", ".join(name or "(none)" for name in row["dialects"])
        table.add_row(row["key"], str(row["spans"]), dialects, row["trace_id"], row["span_id"])
    console().print(table)
