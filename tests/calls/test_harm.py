"""Deletions and other instances in the middle of it leave the table right."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping

import pytest

from spanbridge_ingest.errors import StoreUnavailableError
from spanbridge_ingest.store import ClickHouseStore, calls
from spanbridge_ingest.store.calls import CallKeeper
from spanbridge_ingest.store.edits import TraceEdits
from spanbridge_ingest.store.engine import Settings
from tests.calls.comparing import judged, kept
from tests.calls.forests import forest, request, span
from tests.query.loading import write


def two_instances(store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch) -> list[CallKeeper]:
    """As on a server, which instances share."""
    with monkeypatch.context() as patch:
        patch.setattr(store.engine, "embedded", False)
        return [CallKeeper(store.engine, store.database, slice_spans=100) for _ in range(2)]


@pytest.mark.slow
def test_two_at_once(store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_HELD_MS", -1)
    spans = forest(random.Random(2), 25)
    ended = threading.Event()
    failures: list[BaseException] = []

    def keep(keeping: CallKeeper) -> None:
        try:
            while not ended.is_set():
                keeping.run()
            keeping.run()
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=keep, args=(one,)) for one in two_instances(store, monkeypatch)
    ]
    for thread in threads:
        thread.start()
    for at in range(0, len(spans), 60):
        write(store, request(*spans[at : at + 60]))
    ended.set()
    for thread in threads:
        thread.join()

    assert not failures
    assert kept(store) == judged(store) != []


def test_one_of_two_instances_does_the_work(
    store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_instances(store, monkeypatch)
    write(store, request(*forest(random.Random(3), 3)))

    assert first.step()
    assert not second.step()
    first.run()

    assert kept(store) == judged(store) != []


@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("before", [False, True], ids=["first step", "later step"])
def test_a_trace_that_is_deleted_while_it_is_judged_stays_deleted(
    store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch, before: bool, cancelled: bool
) -> None:
    trace_id = bytes(range(16))
    write(store, request(*forest(random.Random(4), 3)))
    if before:
        CallKeeper(store.engine, store.database).run()
    write(store, request(span(random.Random(1), trace_id, 1, 0, operation="chat")))
    edit = store.engine.edit

    def late(sql: str, parameters: Mapping[str, object], settings: Settings) -> None:
        """What is judged is stored after the trace was deleted."""
        if not sql.startswith("INSERT INTO `default`.`trace_calls` "):
            edit(sql, parameters, settings)
            return
        edit("CREATE OR REPLACE TABLE aside AS trace_calls", {}, {})
        edit(sql.replace("`trace_calls`", "aside", 1), parameters, settings)
        monkeypatch.setattr(store.engine, "edit", edit)
        TraceEdits(store.engine, store.database).delete_traces([trace_id.hex()])
        edit("INSERT INTO trace_calls SELECT * FROM aside", {}, {})
        assert (trace_id.hex(),) in store.query("SELECT TraceId FROM trace_calls")
        if cancelled:
            raise StoreUnavailableError("QUERY_WAS_CANCELLED (code 394)", 394)

    monkeypatch.setattr(store.engine, "edit", late)
    keeping = CallKeeper(store.engine, store.database)
    if cancelled:
        with pytest.raises(StoreUnavailableError):
            keeping.run()
        # Of the trace nothing is left that would be judged: another one is.
        write(store, request(*forest(random.Random(5), 1)))
        keeping = CallKeeper(store.engine, store.database)
    keeping.run()

    assert (trace_id.hex(),) not in store.query("SELECT TraceId FROM trace_calls")
    assert kept(store) == judged(store) != []


@pytest.mark.slow
def test_a_trace_of_50_000_spans(store: ClickHouseStore) -> None:
    rng, trace_id = random.Random(5), bytes(range(16))
    keeping = CallKeeper(store.engine, store.database)
    for first in range(1, 50_000, 10_000):
        spans = [
            span(rng, trace_id, n, rng.randrange(max(0, n - 50), n), operation=None)
            for n in range(first, first + 10_000)
        ]
        write(store, request(*spans))
        keeping.run()

    assert kept(store) == judged(store) != []


@pytest.mark.slow
def test_what_needs_too_much_memory_is_judged_in_parts(
    store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, request(*forest(random.Random(6), 60)))
    edit = store.engine.edit
    refused: list[str] = []

    def small(sql: str, parameters: Mapping[str, object], settings: Settings) -> None:
        """An engine that takes an eighth of the traces at once."""
        if "trace_calls" in sql.partition("\n")[0] and "cityHash64(TraceId) % 8 = " not in sql:
            refused.append(sql)
            raise StoreUnavailableError("MEMORY_LIMIT_EXCEEDED (code 241)", 241)
        edit(sql, parameters, settings)

    monkeypatch.setattr(store.engine, "edit", small)
    CallKeeper(store.engine, store.database).run()

    assert refused
    assert kept(store) == judged(store) != []
