"""What was not committed is not there; what was, is there once."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spanbridge_ingest.errors import (
    ConfigError,
    StoreDataError,
    StoreTooExpensiveError,
    StoreUnavailableError,
)
from spanbridge_ingest.store import Batch, Signal, clickhouse, open_store
from spanbridge_ingest.store.base import batch_id_at
from spanbridge_ingest.store.engine import QUERY_HANDLES

from .requests import trace_request

if TYPE_CHECKING:
    from .conftest import StoreUnderTest


_PROBE = "lower(hex('probe---'))"


def _count(db: StoreUnderTest, span_id: bytes) -> int:
    [(count,)] = db.rows(
        "SELECT count() FROM otel_traces WHERE SpanId = {id:String}", id=span_id.hex()
    )
    assert isinstance(count, int)
    return count


def test_rows_of_a_batch_that_never_committed_are_removed(db: StoreUnderTest) -> None:
    kept, kept_span = trace_request()
    lost, lost_span = trace_request()
    db.write(kept)
    orphan = batch_id_at(time.time() - 1)
    db.write(lost, batch_id=orphan)
    db.store.engine.command(f"DELETE FROM otlp_batches WHERE BatchId = {orphan}")
    assert _count(db, lost_span.span_id) == 1
    assert db.store.reconcile() == 1
    assert _count(db, lost_span.span_id) == 0
    assert _count(db, kept_span.span_id) == 1
    assert db.store.reconcile() == 0


@pytest.mark.parametrize(
    ("setting", "value"), [("parts_to_throw_insert", "1"), ("max_parts_in_total", "1")]
)
def test_an_insert_that_fails_after_parsing_is_not_acknowledged(
    db: StoreUnderTest, setting: str, value: str
) -> None:
    first, _ = trace_request()
    db.write(first)
    request, span = trace_request()
    db.store.engine.command(f"ALTER TABLE otel_traces MODIFY SETTING {setting} = {value}")
    try:
        with pytest.raises(StoreUnavailableError, match="TOO_MANY_PARTS"):
            db.write(request)
    finally:
        db.store.engine.command(f"ALTER TABLE otel_traces RESET SETTING {setting}")
    assert _count(db, span.span_id) == 0
    db.write(request)
    assert _count(db, span.span_id) == 1


def test_a_constraint_refuses_the_data_and_not_the_store(db: StoreUnderTest) -> None:
    engine = db.store.engine
    engine.command("ALTER TABLE otel_traces ADD CONSTRAINT named CHECK SpanName != 'forbidden'")
    try:
        request, span = trace_request()
        span.name = "forbidden"
        with pytest.raises(StoreDataError):
            db.write(request)
        good, good_span = trace_request()
        db.write(good)
    finally:
        engine.command("ALTER TABLE otel_traces DROP CONSTRAINT named")
    assert _count(db, span.span_id) == 0
    assert _count(db, good_span.span_id) == 1
    for table in ("otel_traces", "otlp_rejects"):
        left = db.rows(f"SELECT count() FROM {table} WHERE SpanName = 'probe' OR SpanId = {_PROBE}")
        assert left == [(0,)]


def test_a_request_that_takes_too_much_memory_is_refused(
    db: StoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, _ = trace_request({"k": "x" * 20_000_000})
    with monkeypatch.context() as patch:
        patch.setitem(clickhouse._INSERT_SETTINGS, "max_memory_usage", "10000000")
        with pytest.raises(StoreTooExpensiveError):
            db.write(request)
    db.write(request)


def test_slow_readers_do_not_keep_the_commit_path_waiting(db: StoreUnderTest) -> None:
    with ExitStack() as stack:
        for _ in range(QUERY_HANDLES):
            stack.enter_context(db.store.engine._readers.use())
        request, _ = trace_request()
        db.write(request)


def test_history_is_never_taken_for_uncommitted(db: StoreUnderTest) -> None:
    """The commit log forgets after two days; rows without an entry are then all there is."""
    request, span = trace_request()
    old = batch_id_at(time.time() - 3 * 24 * 3600)
    db.write(request, batch_id=old)
    db.store.engine.command("TRUNCATE TABLE otlp_batches")
    db.store.reconcile()
    newer, _ = trace_request()
    db.write(newer)
    db.store.reconcile()
    assert _count(db, span.span_id) == 1


def test_rows_after_the_last_commit_go_however_old_they_are(db: StoreUnderTest) -> None:
    db.store.engine.command("TRUNCATE TABLE otlp_batches")
    kept, kept_span = trace_request()
    db.write(kept, batch_id=batch_id_at(time.time() - 5 * 24 * 3600))
    lost, lost_span = trace_request()
    orphan = batch_id_at(time.time() - 5 * 24 * 3600 + 60)
    db.write(lost, batch_id=orphan)
    db.store.engine.command(f"DELETE FROM otlp_batches WHERE BatchId = {orphan}")
    db.store.reconcile()
    assert _count(db, lost_span.span_id) == 0
    assert _count(db, kept_span.span_id) == 1


@pytest.mark.parametrize("name", ["a:b", "a?b", "a&b"])
def test_a_directory_the_engine_cannot_open_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="choose another one"):
        open_store(directory=tmp_path / name)


def test_a_commit_that_fails_leaves_nothing(
    db: StoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, span = trace_request()

    def refuse(*_: object) -> None:
        raise StoreUnavailableError("the commit log cannot be written")

    with monkeypatch.context() as patch:
        patch.setattr(db.store, "_commit", refuse)
        with pytest.raises(StoreUnavailableError):
            db.write(request)
    assert _count(db, span.span_id) == 1
    db.write(request)
    assert _count(db, span.span_id) == 1


def test_data_that_cannot_be_parsed_is_the_batch_s_fault(db: StoreUnderTest) -> None:
    with pytest.raises(StoreDataError, match="refused the data"):
        db.write(b"\x0a\x04\x12\xff\xff\xff")


def test_committed_requests_are_remembered_across_a_restart(db: StoreUnderTest) -> None:
    good, _ = trace_request()
    bad, bad_span = trace_request()
    bad_span.span_id = b""
    db.write(good, bad)
    db.reopen()
    recent = db.store.recent_requests(3600)
    assert not recent[b"\0" * 16]
    assert recent[b"\1" * 16] == [{"span_id_length": 1}]


def test_a_store_belongs_to_one_process(db: StoreUnderTest) -> None:
    with pytest.raises(ConfigError, match="in use"):
        open_store(directory=db.directory)


def test_nothing_is_written_outside_the_store(
    db: StoreUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    request, _ = trace_request()
    db.write(request)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("finished", [False, True], ids=["still being written", "committed since"])
def test_reconciling_leaves_writes_of_this_process_alone(
    db: StoreUnderTest, monkeypatch: pytest.MonkeyPatch, finished: bool
) -> None:
    """A batch that is written while the store is searched looks like one that never committed."""
    request, span = trace_request()
    store = db.store
    payload = request.SerializeToString()
    batch = Batch(Signal.TRACES, batch_id_at(time.time()), payload, [1], [b"\7" * 16])
    search = store._orphans

    def written_meanwhile(table: str, since: int, until: int) -> list[int]:
        if table == "otel_traces":
            store._in_flight.add(batch.batch_id)
            store._insert(batch, payload)
            found = search(table, since, until)
            assert batch.batch_id in found
            if finished:
                store._commit(batch, [{}])
                store._in_flight.discard(batch.batch_id)
            return found
        return search(table, since, until)

    monkeypatch.setattr(store, "_orphans", written_meanwhile)
    assert store.reconcile() == 0
    assert _count(db, span.span_id) == 1
    if not finished:
        store._commit(batch, [{}])
        store._in_flight.discard(batch.batch_id)
