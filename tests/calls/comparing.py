"""What the table says, and what the view says that judges when it is read."""

from __future__ import annotations

from collections.abc import Sequence

from spanbridge_ingest.store import ClickHouseStore

Row = tuple[object, ...]

OF_THE_TABLE = ("TraceSessionId", "TraceUserId")
"""What the view has not."""


def columns(store: ClickHouseStore) -> list[str]:
    """The columns of the view on the calls that are kept, but for those that only it has."""
    rows = store.query(
        "SELECT name FROM system.columns WHERE table = 'otel_trace_calls' AND database = {d:String}"
        " ORDER BY position",
        {"d": store.database},
    )
    names = [str(name) for (name,) in rows]
    assert names[-2:] == list(OF_THE_TABLE)
    return names[:-2]


def kept(store: ClickHouseStore) -> list[Row]:
    """The rows of the table, in an order of their own."""
    return _rows(store, columns(store), "otel_trace_calls")


def judged(store: ClickHouseStore) -> list[Row]:
    """The rows of the view, in the same order."""
    window = "(since = '1971-01-01', until = '2200-01-01')"
    return _rows(store, columns(store), f"otel_traces_usage{window}")


def _rows(store: ClickHouseStore, names: Sequence[str], source: str) -> list[Row]:
    return sorted(
        store.query(f"SELECT {', '.join(names)} FROM {store.database}.{source}"), key=repr
    )
