from __future__ import annotations

import asyncio
import logging
import time

import pytest

from spanbridge_ingest.commit.committer import Committer
from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.errors import (
    BusyError,
    InvalidRequestError,
    TooLargeError,
    UnavailableError,
)
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.telemetry import Telemetry
from tests.commit.memory_store import CRASH, EXPENSIVE, POISON, REJECT, SECRET, MemoryStore, request

QUICK = CommitLimits(linger_s=0.002, probe_first_s=0.01, probe_max_s=0.02)


async def until(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.001)


def submit(committer: Committer, name: str, size: int = 0, **facts: str):
    payload = request(name, size)
    return committer.submit(Signal.TRACES, payload, 1, facts)


async def test_a_request_is_answered_after_it_is_stored(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        store.hold()
        waiting = asyncio.create_task(submit(committer, "one"))
        await until(lambda: store.attempts)
        await asyncio.sleep(0.02)
        assert not waiting.done()
        store.let_go()
        assert await waiting == {}
    assert store.stored() == {request("one"): 1}


async def test_requests_at_one_time_are_one_batch(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        await asyncio.gather(*(submit(committer, f"r{i}") for i in range(50)))
    assert len(store.batches) == 1
    batch = store.batches[0]
    assert batch.resource_counts == (1,) * 50
    assert len(set(batch.request_hashes)) == 50
    assert batch.payload == b"".join(request(f"r{i}") for i in range(50))


async def test_batches_grow_while_the_store_is_busy_and_slots_are_bounded(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        store.hold()
        first = [asyncio.create_task(submit(committer, f"a{i}")) for i in range(2)]
        await until(lambda: len(store.attempts) == 1)
        second = asyncio.create_task(submit(committer, "b"))
        await until(lambda: len(store.attempts) == 2)
        rest = [asyncio.create_task(submit(committer, f"c{i}")) for i in range(100)]
        await asyncio.sleep(0.03)
        assert len(store.attempts) == 2
        store.let_go()
        await asyncio.gather(*first, second, *rest)
    assert [len(batch.resource_counts) for batch in store.batches][2:] == [100]
    assert store.most_at_once == 2


async def test_signals_and_facts_are_not_mixed(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        await asyncio.gather(
            committer.submit(Signal.LOGS, request("x"), 1, {}),
            committer.submit(Signal.TRACES, request("x"), 1, {}),
            submit(committer, "x", tenant="a"),
            submit(committer, "x", tenant="b"),
            submit(committer, "y", tenant="b"),
        )
    seen = {
        (batch.signal, batch.request_attributes.get("tenant")): len(batch.resource_counts)
        for batch in store.batches
    }
    assert seen == {
        (Signal.LOGS, None): 1,
        (Signal.TRACES, None): 1,
        (Signal.TRACES, "a"): 1,
        (Signal.TRACES, "b"): 2,
    }


async def test_batch_ids_increase_even_when_the_clock_does_not(store: MemoryStore):
    async with Committer(store, QUICK, epoch_us=lambda: 1000) as committer:
        for i in range(3):
            await submit(committer, f"r{i}")
    ids = [batch.batch_id for batch in store.batches]
    assert [batch_id >> 12 for batch_id in ids] == [1000, 1001, 1002]
    assert len({batch_id & 0xFFF for batch_id in ids}) == 1


async def test_instances_on_one_store_at_one_moment_have_ids_of_their_own(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
):
    drawn = iter([7, 4095])
    monkeypatch.setattr("secrets.randbelow", lambda bound: next(drawn) % bound)
    for name in ("a", "b"):
        async with Committer(store, QUICK, epoch_us=lambda: 1 << 51) as committer:
            await submit(committer, name)
    assert [batch.batch_id for batch in store.batches] == [(1 << 63) + 7, (1 << 63) + 4095]


async def test_what_is_too_expensive_is_found_in_a_batch_and_too_large(store: MemoryStore):
    names = ["a", "b" + EXPENSIVE.decode(), "c", "d" + POISON.decode(), "e"]
    async with Committer(store, QUICK) as committer:
        answers = await asyncio.gather(
            *(submit(committer, name) for name in names), return_exceptions=True
        )
        assert committer.ready
    assert [type(answer) for answer in answers] == [
        dict,
        TooLargeError,
        dict,
        InvalidRequestError,
        dict,
    ]
    assert "in parts" in str(answers[1])
    assert store.stored() == {request(name): 1 for name in "ace"}


async def test_a_batch_that_is_too_expensive_together_is_stored_in_parts(store: MemoryStore):
    store.affordable_bytes = 3 * len(request("r00"))
    async with Committer(store, QUICK) as committer:
        answers = await asyncio.gather(*(submit(committer, f"r{i:02}") for i in range(16)))
    assert answers == [{}] * 16
    assert store.stored() == {request(f"r{i:02}"): 1 for i in range(16)}


async def test_an_empty_request_is_fine_whatever_the_store_does(store: MemoryStore):
    store.away = True
    async with Committer(store, QUICK) as committer:
        assert await committer.submit(Signal.TRACES, b"", 0, {}) == {}
    assert not store.attempts


async def test_a_single_request_is_not_copied(store: MemoryStore):
    payload = request("big", 1 << 20)
    async with Committer(store, QUICK) as committer:
        await committer.submit(Signal.TRACES, payload, 1, {})
    assert store.batches[0].payload is payload


async def test_rejected_records_are_told_to_their_own_sender(store: MemoryStore):
    bad = REJECT.decode()
    async with Committer(store, QUICK) as committer:
        answers = await asyncio.gather(
            submit(committer, "good"), submit(committer, bad * 3), submit(committer, "fine")
        )
        again = await submit(committer, bad * 3)
    assert answers == [{}, {"bad_id": 3}, {}]
    assert again == {"bad_id": 3}
    assert len(store.batches) == 1


@pytest.mark.parametrize("guilty", [{0}, {63}, {17, 18}, set(range(64))])
async def test_poison_is_isolated_and_its_neighbours_are_stored(store: MemoryStore, guilty):
    names = [f"r{i}" + (POISON.decode() if i in guilty else "") for i in range(64)]
    async with Committer(store, QUICK) as committer:
        answers = await asyncio.gather(
            *(submit(committer, name) for name in names), return_exceptions=True
        )
        assert committer.queued_bytes == 0
    for i, answer in enumerate(answers):
        assert isinstance(answer, InvalidRequestError) if i in guilty else answer == {}
    assert store.stored() == {request(names[i]): 1 for i in range(64) if i not in guilty}
    ids = [batch.batch_id for batch in store.attempts]
    assert len(set(ids)) == len(ids)
    if len(guilty) == 1:
        assert len(ids) == 13  # the batch, and two halves on each of six levels


async def test_a_refused_request_is_not_remembered(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        for _ in range(2):
            with pytest.raises(InvalidRequestError):
                await submit(committer, POISON.decode())
    assert len(store.attempts) == 2


async def test_the_queue_is_bounded_in_bytes_and_counted_exactly(store: MemoryStore):
    limits = CommitLimits(queue_bytes=10_000, batch_bytes=1000, linger_s=0.0)
    async with Committer(store, limits) as committer:
        store.hold()
        sizes = [len(request(f"r{i}", 3000)) for i in range(3)]
        waiting = [asyncio.create_task(submit(committer, f"r{i}", 3000)) for i in range(3)]
        await until(lambda: len(store.attempts) == 2)
        assert committer.queued_bytes == sum(sizes)
        with pytest.raises(BusyError) as refused:
            await submit(committer, "one too many", 3000)
        assert refused.value.retry_after_s > 0
        with pytest.raises(TooLargeError):
            await submit(committer, "never", 10_001)
        store.let_go()
        await asyncio.gather(*waiting)
        assert committer.queued_bytes == 0
        assert await submit(committer, "one too many", 3000) == {}


async def test_the_queue_is_bounded_in_requests(store: MemoryStore):
    async with Committer(store, CommitLimits(queue_requests=5)) as committer:
        store.hold()
        tasks = [asyncio.create_task(submit(committer, f"r{i}")) for i in range(8)]
        await until(lambda: sum(task.done() for task in tasks) == 3)
        store.let_go()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [dict] * 5 + [BusyError] * 3


async def test_a_retry_in_flight_waits_for_the_same_outcome(store: MemoryStore):
    telemetry = Telemetry()
    async with Committer(store, QUICK, telemetry) as committer:
        store.hold()
        first = asyncio.create_task(submit(committer, "same"))
        await until(lambda: store.attempts)
        second = asyncio.create_task(submit(committer, "same"))
        await asyncio.sleep(0.01)
        assert committer.queued_bytes == 2 * len(request("same"))
        store.let_go()
        assert await asyncio.gather(first, second) == [{}, {}]
        assert await submit(committer, "same") == {}
        assert committer.queued_bytes == 0
    assert store.stored() == {request("same"): 1}
    hits = telemetry.registry.get_sample_value(
        "spanbridge_duplicate_requests_total", {"signal": "traces"}
    )
    assert hits == 2


async def test_a_retry_in_flight_shares_a_failure_too(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        store.hold()
        tasks = [asyncio.create_task(submit(committer, POISON.decode())) for _ in range(3)]
        await until(lambda: store.attempts)
        store.let_go()
        errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in errors] == [InvalidRequestError] * 3
    assert len({id(error) for error in errors}) == 3
    assert len(store.attempts) == 1


async def test_the_same_bytes_of_another_signal_or_tenant_are_not_a_retry(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        await submit(committer, "x")
        await submit(committer, "x", tenant="a")
        await committer.submit(Signal.LOGS, request("x"), 1, {})
    assert store.stored() == {request("x"): 3}


async def test_a_restarted_service_knows_what_the_last_one_stored(store: MemoryStore):
    bad = REJECT.decode()
    async with Committer(store, QUICK) as committer:
        await submit(committer, "x")
        await submit(committer, bad)
    async with Committer(store, QUICK) as committer:
        assert await submit(committer, "x") == {}
        assert await submit(committer, bad) == {"bad_id": 1}
    assert len(store.batches) == 2


async def test_a_client_that_cancels_cancels_nothing(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        store.hold()
        gone = asyncio.create_task(submit(committer, "gone"))
        stays = asyncio.create_task(submit(committer, "stays"))
        await until(lambda: store.attempts)
        beside = asyncio.create_task(submit(committer, "gone"))
        await asyncio.sleep(0.01)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        store.let_go()
        assert await asyncio.gather(stays, beside) == [{}, {}]
        assert committer.queued_bytes == 0
    assert store.stored() == {request("gone"): 1, request("stays"): 1}


async def test_an_exception_nobody_foresaw_is_retryable_and_says_nothing(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
):
    async with Committer(store, QUICK) as committer:
        with caplog.at_level(logging.DEBUG), pytest.raises(UnavailableError) as refused:
            await submit(committer, CRASH.decode())
        await until(lambda: committer.ready)
        assert await submit(committer, "next") == {}
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text + str(refused.value)


async def test_large_requests_are_hashed_beside_the_loop_and_still_deduplicated(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        await asyncio.gather(*(submit(committer, "big", 3 << 20) for _ in range(3)))
    assert len(store.batches) == 1
    assert len(store.batches[0].resource_counts) == 1
