from __future__ import annotations

import asyncio
import threading
import time

import pytest

from spanbridge_ingest.commit.committer import Committer
from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.errors import UnavailableError
from tests.commit.memory_store import MemoryStore, request
from tests.commit.test_committer import QUICK, submit, until


async def test_a_store_that_is_away_refuses_all_and_takes_them_when_it_is_back(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        store.hold()
        store.away = True
        # Two writes hang, the rest is queued; the first failure sends all of them back.
        tasks = [asyncio.create_task(submit(committer, f"r{i}", tenant=str(i))) for i in range(9)]
        await until(lambda: len(store.attempts) == 2)
        store.let_go()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(answer) for answer in answers] == [UnavailableError] * 9
        assert all(answer.retry_after_s > 0 for answer in answers)
        assert not committer.ready
        assert committer.queued_bytes == 0
        attempts = len(store.attempts)
        with pytest.raises(UnavailableError):
            await submit(committer, "refused fast")
        assert len(store.attempts) == attempts
        store.away = False
        await until(lambda: committer.ready)
        for i in range(9):
            assert await submit(committer, f"r{i}", tenant=str(i)) == {}
    assert store.stored() == {request(f"r{i}"): 1 for i in range(9)}


async def test_a_write_whose_answer_was_lost_is_not_repeated(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        store.lose_answers = True
        with pytest.raises(UnavailableError):
            await submit(committer, "once")
        store.lose_answers = store.away = False
        await until(lambda: committer.ready)
        assert await submit(committer, "once") == {}
    assert store.stored() == {request("once"): 1}
    assert store.reconciled == 2  # at the start, and after the outage


async def test_a_committed_retry_is_answered_while_the_store_is_away(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        await submit(committer, "known")
        store.away = True
        with pytest.raises(UnavailableError):
            await submit(committer, "new")
        assert await submit(committer, "known") == {}


async def test_a_store_that_is_away_at_the_start_is_waited_for(store: MemoryStore):
    store.away = True
    async with Committer(store, QUICK) as committer:
        assert not committer.ready
        with pytest.raises(UnavailableError):
            await submit(committer, "early")
        store.away = False
        await until(lambda: committer.ready)
        assert await submit(committer, "early") == {}


async def test_looks_come_less_often_until_a_write_succeeds(store: MemoryStore):
    limits = CommitLimits(probe_first_s=0.01, probe_max_s=0.16, linger_s=0.0)
    async with Committer(store, limits) as committer:
        store.away = True
        with pytest.raises(UnavailableError):
            await submit(committer, "x")
        before, started = store.pings, time.monotonic()
        await asyncio.sleep(0.4)
        await until(lambda: store.pings - before >= 3)
        # After 10, 20, 40, 80 ms, and then after 160 ms each.
        assert store.pings - before <= 5 + (time.monotonic() - started) / 0.16
        store.away = False
        await until(lambda: committer.ready)


async def test_readiness_asks_the_store_and_closes_the_gate(store: MemoryStore):
    async with Committer(store, QUICK) as committer:
        await committer.check()
        store.away = True
        with pytest.raises(UnavailableError):
            await committer.check()
        assert not committer.ready
        store.away = False
        await until(lambda: committer.ready)
        await committer.check()


async def test_nothing_is_written_from_a_failed_probe_to_the_end_of_the_recovery(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
):
    limits = CommitLimits(linger_s=0.1, probe_first_s=0.01, probe_max_s=0.02)
    recovering, recovered = threading.Event(), threading.Event()

    def reconcile() -> int:
        recovering.set()
        assert recovered.wait(60)
        return 0

    async with Committer(store, limits) as committer:
        monkeypatch.setattr(store, "reconcile", reconcile)
        lingering = asyncio.create_task(submit(committer, "queued"))
        await until(lambda: committer.queued_bytes)
        store.away = True
        with pytest.raises(UnavailableError):
            await committer.check()
        with pytest.raises(UnavailableError):  # and not lost until the store is back
            await asyncio.wait_for(lingering, 0.05)
        store.away = False
        await until(recovering.is_set)
        await asyncio.sleep(0.15)
        assert not store.attempts
        recovered.set()
        await until(lambda: committer.ready)
        assert await submit(committer, "queued") == {}
    assert store.stored() == {request("queued"): 1}


async def test_a_store_that_is_slow_to_answer_is_not_ready_and_goes_on_writing(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
):
    answer = threading.Event()
    async with Committer(store, CommitLimits(ping_timeout_s=0.05)) as committer:
        monkeypatch.setattr(store, "ping", lambda: answer.wait(60))
        with pytest.raises(UnavailableError, match="in time"):
            await committer.check()
        assert await submit(committer, "still written") == {}
        answer.set()
        await committer.check()


async def test_close_finishes_what_was_accepted(store: MemoryStore):
    committer = Committer(store, CommitLimits(linger_s=60.0))
    await committer.start()
    tasks = [asyncio.create_task(submit(committer, f"r{i}", t=str(i % 5))) for i in range(20)]
    await asyncio.sleep(0.01)
    assert not store.attempts
    report = await committer.close(5.0)
    assert report.abandoned_requests == 0
    assert await asyncio.gather(*tasks) == [{}] * 20
    assert sum(store.stored().values()) == 20
    with pytest.raises(UnavailableError):
        await submit(committer, "late")
    assert (await committer.close(5.0)).abandoned_requests == 0


async def test_close_reports_what_could_not_be_finished(store: MemoryStore):
    committer = Committer(store, QUICK)
    await committer.start()
    store.hold()
    tasks = [asyncio.create_task(submit(committer, f"r{i}", t=str(i))) for i in range(5)]
    await until(lambda: len(store.attempts) == 2)
    report = await committer.close(0.05)
    assert report.abandoned_requests == 5
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [UnavailableError] * 5
    assert committer.queued_bytes == 0
    # Nor does a second call wait for the writes that hang.
    started = time.monotonic()
    assert (await committer.close(0.05)).abandoned_requests == 0
    assert time.monotonic() - started < 5
    store.let_go()
    await until(lambda: not committer._running)
