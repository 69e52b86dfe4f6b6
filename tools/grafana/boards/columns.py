"""Columns that several dashboards show, and what an empty panel says."""

from __future__ import annotations

from typing import Final

from ..panels import COUNT, FAILING, NS, SESSION, SHARE, TRACE, USD, USER, USERS_SESSIONS, Column

NO_CALLS: Final = (
    "No model calls. Widen the time range or the choices above; if nothing arrives at all, "
    "see Ingest health."
)
NO_SPANS: Final = "No spans. Send OTLP to spanbridge, or widen the time range and choices."

COLUMNS: Final = {
    "trace_id": Column(name="Trace", width=150, links=(TRACE,)),
    "Session": Column(links=(SESSION,)),
    "User": Column(links=(USER, USERS_SESSIONS)),
    "Time": Column(width=175),
    "Calls": Column(unit=COUNT),
    "Traces": Column(unit=COUNT),
    "Failed": Column(unit=SHARE, decimals=1, steps=FAILING),
    "Failed calls": Column(unit=COUNT),
    "Duration": Column(unit=NS, width=110),
    "Duration, median": Column(unit=NS),
    "Duration, p95": Column(unit=NS),
    "Duration, all calls": Column(unit=NS),
    "Latency, median": Column(unit=NS),
    "Latency, p95": Column(unit=NS),
    "First token": Column(unit=NS, width=110),
    "First token, p95": Column(unit=NS),
    "Output tokens per s": Column(unit=COUNT, decimals=0),
    "Tokens": Column(unit=COUNT),
    "Input tokens": Column(unit=COUNT),
    "Output tokens": Column(unit=COUNT),
    "Input from cache": Column(unit=SHARE, decimals=0),
    "Output for reasoning": Column(unit=SHARE, decimals=0),
    "Cost": Column(unit=USD),
    "Cost per trace": Column(unit=USD),
    "Calls without a price": Column(unit=COUNT, steps=((None, "text"), (1, "orange"))),
}
"""How columns of these names are shown wherever they stand."""


def columns(*names: str, **others: Column) -> dict[str, Column]:
    """The columns of these names from :data:`COLUMNS`, and others."""
    return {name: COLUMNS[name] for name in names} | others
