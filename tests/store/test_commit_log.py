"""What was not committed is not there; what was, is there once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from spanbridge_ingest.errors import ConfigError, StoreDataError, StoreUnavailableError
from spanbridge_ingest.store import open_store

from .requests import trace_request

if TYPE_CHECKING:
    from .conftest import StoreUnderTest


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
    orphan = time.time_ns() // 1000 - 1_000_000
    db.write(lost, batch_id=orphan)
    db.store.engine.command(f"DELETE FROM otlp_batches WHERE BatchId = {orphan}")
    assert _count(db, lost_span.span_id) == 1
    assert db.store.reconcile() == 1
    assert _count(db, lost_span.span_id) == 0
    assert _count(db, kept_span.span_id) == 1
    assert db.store.reconcile() == 0


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
    recent = db.store.recent_requests(60)
    assert not recent[b"\0" * 16]
    assert recent[b"\1" * 16] == [{"span_id_length": 1}]


def test_a_store_belongs_to_one_process(db: StoreUnderTest) -> None:
    with pytest.raises(ConfigError, match="in use"):
        open_store(directory=db.directory)


def test_nothing_is_written_outside_the_store(
    db: StoreUnderTest, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    monkeypatch.chdir(tmp_path)
    request, _ = trace_request()
    db.write(request)
    assert list(tmp_path.iterdir()) == []
