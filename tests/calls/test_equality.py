"""The table of calls says what the view says, whatever arrives in whatever order."""

from __future__ import annotations

import random

import pytest

from benchmarks import week
from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.query.traces import list_traces
from spanbridge_ingest.store import ClickHouseStore, calls
from spanbridge_ingest.store.call_progress import BACKFILLED
from spanbridge_ingest.store.calls import CallKeeper
from spanbridge_ingest.store.edits import TraceEdits
from tests.calls.comparing import judged, kept
from tests.calls.forests import forest, request, span
from tests.prices.spans import recorded_with_real_names
from tests.query.loading import write


def keeper(store: ClickHouseStore, slice_spans: int = 100_000) -> CallKeeper:
    return CallKeeper(store.engine, store.database, slice_spans=slice_spans)


def test_recordings(store: ClickHouseStore) -> None:
    write(store, *recorded_with_real_names())
    RateKeeper(store).refresh()

    keeper(store).run()

    assert kept(store) == judged(store)
    assert len(kept(store)) > 100
    assert whose(store) > 100


def whose(store: ClickHouseStore) -> int:
    """How many traces have calls; their sessions and users are those of the list of traces."""
    found = {
        str(trace_id): (session, user)
        for trace_id, session, user in store.query(
            "SELECT DISTINCT TraceId, TraceSessionId, TraceUserId FROM otel_trace_calls"
        )
    }
    assert any(session for session, _ in found.values())
    assert any(user for _, user in found.values())
    page = list_traces(store, limit=500).traces
    listed = {one["trace_id"]: (one["session_id"], one["user_id"]) for one in page}
    assert found == {trace_id: listed[trace_id] for trace_id in found}
    return len(found)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_forests_that_arrive_in_pieces(store: ClickHouseStore, seed: int) -> None:
    rng = random.Random(seed)
    spans = forest(rng, 120)
    RateKeeper(store).refresh()
    keeping = keeper(store, slice_spans=rng.choice([50, 100_000]))
    while spans:
        size = rng.randint(1, 300)
        write(store, request(*spans[:size]))
        spans = spans[size:]
        if rng.random() < 0.3:
            RateKeeper(store).refresh()
        if rng.random() < 0.5:
            keeping.run()

    RateKeeper(store).refresh()
    keeping.run()

    assert kept(store) == judged(store)
    assert whose(store) > 50


def test_a_late_parent_changes_the_verdict_on_what_was_there(store: ClickHouseStore) -> None:
    rng, trace_id = random.Random(3), bytes(range(16))
    keeping = keeper(store)
    agent = span(rng, trace_id, 1, 0, operation="invoke_agent")
    agent.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = 700
    write(store, request(agent))
    keeping.run()
    before = kept(store)

    write(store, request(span(rng, trace_id, 2, 1, operation="chat")))
    keeping.run()

    assert len(before) == 1
    assert kept(store) == judged(store) != before


def test_deleted_traces_leave_and_come_back_with_later_spans(store: ClickHouseStore) -> None:
    spans = forest(random.Random(4), 30)
    write(store, request(*spans))
    keeping = keeper(store)
    keeping.run()
    deleted = sorted({one.trace_id.hex() for one in spans})[:10]

    TraceEdits(store.engine, store.database).delete_traces(deleted)

    [(left,)] = store.query(
        "SELECT count() FROM trace_calls WHERE TraceId IN {ids:Array(String)}", {"ids": deleted}
    )
    assert left == 0
    assert kept(store) == judged(store)
    write(store, request(span(random.Random(1), bytes.fromhex(deleted[0]), 7, 0, operation="chat")))
    keeping.run()
    assert kept(store) == judged(store)
    assert deleted[0] in {row[1] for row in kept(store)}


def test_a_store_from_before_the_table_is_judged_newest_first(store: ClickHouseStore) -> None:
    begin, end = week.fill(store.engine, 4_000)
    keeping = keeper(store, slice_spans=1_000)
    assert keeping.step()
    assert keeping.step()
    [(first,)] = store.query("SELECT toUnixTimestamp(min(Timestamp)) FROM otel_trace_calls")
    assert isinstance(first, int)
    assert first > (begin + end) / 2

    keeping.run()

    assert kept(store) == judged(store)
    assert len(kept(store)) > 1_000


def test_one_moment_with_more_than_a_slice(
    store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that what was just received is not new.
    monkeypatch.setattr(calls, "LATE_MS", 0)
    write(store, request(*forest(random.Random(5), 60)))

    keeper(store, slice_spans=60).run()

    assert kept(store) == judged(store)


@pytest.mark.slow
def test_when_columns_were_computed_anew_all_is_judged_again(store: ClickHouseStore) -> None:
    write(store, request(*forest(random.Random(6), 20)))
    keeping = keeper(store)
    keeping.run()
    # As if the rules of before had seen a call where those of now see none.
    store.engine.command(
        "INSERT INTO trace_calls SELECT * REPLACE ('feedfeedfeedfeed' AS SpanId) FROM trace_calls "
        "FINAL LIMIT 1"
    )
    keeping.run()
    assert len(kept(store)) == len(judged(store)) + 1

    store.engine.command(
        f"INSERT INTO schema_version (Version, Name, Checksum, Release) SELECT 0, '{BACKFILLED}', "
        "'x', 'y'"
    )
    keeping.run()

    assert kept(store) == judged(store)


def test_what_is_not_committed_is_not_judged(store: ClickHouseStore) -> None:
    keeping = keeper(store)
    keeping.run()
    write(store, request(*forest(random.Random(7), 5)))
    store.engine.command("CREATE TABLE log AS otlp_batches ENGINE = Memory")
    store.engine.command("INSERT INTO log SELECT * FROM otlp_batches")
    store.engine.command("TRUNCATE TABLE otlp_batches")

    keeping.run()
    assert kept(store) == []

    store.engine.command("INSERT INTO otlp_batches SELECT * FROM log")
    keeping.run()
    assert kept(store) == judged(store) != []
