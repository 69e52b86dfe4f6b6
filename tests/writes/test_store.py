"""Versions, and what the table computes of what spans say of their trace."""

from __future__ import annotations

import time
from collections.abc import Iterator

from spanbridge_ingest.store import ClickHouseStore, migrate
from spanbridge_ingest.store.edits import TraceEdits, Versions
from spanbridge_ingest.store.schema import SchemaOptions
from tests.query.loading import write
from tests.writes.events import trace_with

FUTURE = time.time_ns() + 10**18


def test_versions_rise_whatever_the_clock_does() -> None:
    def clock() -> Iterator[int]:
        yield from (10**18, 10**18, 5, 10**18 + 10**6)

    versions = Versions(clock().__next__)
    found = [versions.next(0) for _ in range(4)]
    assert found == sorted(set(found))
    assert abs(found[-1] - 10**18 - 10**6) < 1 << 12


def test_versions_of_two_instances_differ_at_the_same_moment() -> None:
    def now() -> int:
        return 10**18

    made = {Versions(now).next(0) for _ in range(8)}
    assert len(made) > 1
    assert max(made) - min(made) < 1 << 12


def test_a_version_is_above_what_is_stored() -> None:
    assert Versions().next(FUTURE) > FUTURE


def test_a_clock_that_was_wrong_elsewhere_does_not_freeze_a_tag(
    store: ClickHouseStore, trace_id: str
) -> None:
    store.engine.command(
        "INSERT INTO trace_tags (TraceId, Key, Value, Version) "
        f"VALUES ('{trace_id}', 'k', 'from the future', {FUTURE})"
    )
    TraceEdits(store.engine, "default").put_tags(trace_id, {"k": "now"})
    rows = store.query(
        "SELECT Value FROM trace_tags FINAL WHERE TraceId = {t:String}", {"t": trace_id}
    )
    assert rows == [("now",)]


def test_merging_keeps_what_counts(store: ClickHouseStore, trace_id: str) -> None:
    edits = TraceEdits(store.engine, "default")
    for n in range(5):
        edits.put_tags(trace_id, {"k": str(n), "gone": None if n == 3 else "v"})
    edits.put_tags(trace_id, {"gone": None})
    question = (
        "SELECT Key, Value, Deleted FROM trace_tags FINAL WHERE TraceId = {t:String} ORDER BY Key"
    )
    before = store.query(question, {"t": trace_id})
    store.engine.command("OPTIMIZE TABLE trace_tags FINAL")
    assert (
        before == store.query(question, {"t": trace_id}) == [("gone", "", True), ("k", "4", False)]
    )


def test_the_narrow_column_has_what_speaks_of_the_trace_and_no_more(
    store: ClickHouseStore, number: int, trace_id: str
) -> None:
    said = {
        "mlflow.traceTag.a": "1",
        "mlflow.traceMetadata.b": "2",
        "spanbridge.trace.metadata.c": "3",
        "spanbridge.trace.state": "OK",
        "mlflow.experimentId": "4",
        "session.id": "5",
        "user.id": "6",
    }
    write(
        store, trace_with(number, {**said, "gen_ai.input.messages": "[]", "mlflow.spanType": "x"})
    )
    question = "SELECT TraceAttributes FROM otel_traces WHERE TraceId = {t:String}"
    assert store.query(question, {"t": trace_id}) == [(said,)]


def test_the_view_of_an_earlier_release_is_replaced(store: ClickHouseStore) -> None:
    view = "otel_trace_assessments"
    store.engine.command(f"CREATE OR REPLACE VIEW {view} AS SELECT 1 AS Old")
    migrate.apply(store.engine, SchemaOptions())
    assert store.query(f"SELECT count(ValueNumber) >= 0 FROM {view}") == [(1,)]
    assert any(view in text for text in migrate.statements(SchemaOptions("other")))
