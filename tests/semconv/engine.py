"""The generated columns in a real ClickHouse engine, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import chdb

from spanbridge_semconv import Canonical, SpanView, genai_columns

BASE_COLUMNS = """
    Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
    SpanName LowCardinality(String), SpanKind LowCardinality(String),
    ServiceName LowCardinality(String), ResourceAttributes Map(LowCardinality(String), String),
    ScopeName String, ScopeVersion String, SpanAttributes Map(LowCardinality(String), String),
    Duration UInt64, StatusCode LowCardinality(String), StatusMessage String,
    `Events.Timestamp` Array(DateTime64(9)), `Events.Name` Array(LowCardinality(String)),
    `Events.Attributes` Array(Map(LowCardinality(String), String)),
    `Links.TraceId` Array(String), `Links.SpanId` Array(String),
    `Links.TraceState` Array(String),
    `Links.Attributes` Array(Map(LowCardinality(String), String))
"""
"""The columns of the Collector's ClickHouse exporter."""

READABLE = [column for column in genai_columns() if not column.helper]


class Engine:
    """A table with the exporter's columns and the generated ones."""

    def __init__(self) -> None:
        self._connection = chdb.connect(":memory:")
        self._connection.query("DROP TABLE IF EXISTS spans")
        generated = ",\n".join(column.ddl for column in genai_columns())
        self._connection.query(
            f"CREATE TABLE spans ({BASE_COLUMNS}, {generated}) ENGINE = MergeTree ORDER BY SpanId"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def query(self, statement: str) -> list[dict[str, Any]]:
        """Rows of a SELECT."""
        text = str(self._connection.query(statement, "JSONEachRow"))
        return [json.loads(line) for line in text.splitlines()]

    def translate(self, views: Sequence[SpanView]) -> list[Canonical]:
        """What the columns hold for each span."""
        self._connection.query("TRUNCATE TABLE spans")
        self._insert("spans", views)
        return self._read("spans")

    def translate_late(self, view: SpanView) -> Canonical:
        """What the columns hold for a span that was there before them."""
        self._connection.query("DROP TABLE IF EXISTS old")
        self._connection.query(
            f"CREATE TABLE old ({BASE_COLUMNS}) ENGINE = MergeTree ORDER BY SpanId"
        )
        self._insert("old", [view])
        added = ", ".join(f"ADD COLUMN {column.ddl}" for column in genai_columns())
        self._connection.query(f"ALTER TABLE old {added}")
        [before] = self._read("old")
        self._connection.query(
            "ALTER TABLE old MATERIALIZE COLUMN GenAI SETTINGS mutations_sync = 2"
        )
        [after] = self._read("old")
        assert before == after
        return after

    def _insert(self, table: str, views: Sequence[SpanView]) -> None:
        rows = "\n".join(json.dumps(_row(i, view)) for i, view in enumerate(views))
        settings = "SETTINGS date_time_input_format = 'basic'"
        self._connection.query(f"INSERT INTO {table} {settings} FORMAT JSONEachRow\n{rows}")

    def _read(self, table: str) -> list[Canonical]:
        names = ", ".join(f"`{column.name}`" for column in READABLE)
        found = self.query(
            f"SELECT {names} FROM {table} ORDER BY SpanId "
            "SETTINGS output_format_json_quote_64bit_integers = 0"
        )
        return [_canonical(row) for row in found]


def _row(number: int, view: SpanView) -> dict[str, Any]:
    return {
        "Timestamp": _seconds(view.start_ns or 0),
        "SpanId": f"{number:09}",
        "SpanName": view.span_name,
        "SpanKind": view.span_kind,
        "ResourceAttributes": dict(view.resource),
        "ScopeName": view.scope_name,
        "SpanAttributes": dict(view.attributes),
        "StatusCode": view.status_code,
        "StatusMessage": view.status_message,
        "Events.Timestamp": [_seconds(time) for time in _event_times(view)],
        "Events.Name": [name for name, _ in view.events],
        "Events.Attributes": [dict(attributes) for _, attributes in view.events],
    }


def _event_times(view: SpanView) -> Iterable[int]:
    return view.event_times_ns or [0] * len(view.events)


def _seconds(time_ns: int) -> str:
    return f"{time_ns // 10**9}.{time_ns % 10**9:09}"


def _canonical(row: Mapping[str, Any]) -> Canonical:
    values = {column.concept: row[column.name] for column in READABLE}
    return Canonical(**(values | {"finish_reasons": tuple(values["finish_reasons"])}))
