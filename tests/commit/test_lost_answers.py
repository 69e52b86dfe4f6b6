"""What is acknowledged is stored, and stored once, however a write ends."""

from __future__ import annotations

import asyncio
import random

import pytest

from spanbridge_ingest.commit.committer import Committer
from spanbridge_ingest.errors import UnavailableError
from tests.commit.faulty_store import Fault, FaultyStore
from tests.commit.memory_store import SECRET, request
from tests.commit.test_committer import QUICK, submit, until

NAMES = ["a", "b", "c"]


@pytest.fixture
def store():
    store = FaultyStore()
    yield store
    store.close()


async def send_until_stored(committer: Committer, name: str) -> None:
    """What a client does: the same bytes again until they are acknowledged."""
    for _ in range(200):
        try:
            assert await submit(committer, name) == {}
            return
        except UnavailableError:
            await asyncio.sleep(0.005)
    raise AssertionError("never acknowledged")


async def fail_together(committer: Committer, store: FaultyStore, fault: Fault) -> None:
    """Send :data:`NAMES` in one batch, which ends in ``fault``."""
    store.faults = [fault]
    tasks = [submit(committer, name) for name in NAMES]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [UnavailableError] * len(NAMES)
    assert not any(SECRET in str(answer) for answer in answers)
    assert len(store.attempts) == 1


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.ODD_ERROR])
async def test_what_was_stored_unheard_is_not_stored_again(store: FaultyStore, fault: Fault):
    async with Committer(store, QUICK) as committer:
        await fail_together(committer, store, fault)
        await asyncio.gather(*(send_until_stored(committer, name) for name in NAMES))
    assert store.stored() == {request(name): 1 for name in NAMES}
    assert len(store.attempts) == 1


@pytest.mark.parametrize("fault", [Fault.HALF_DONE, Fault.ODD_ERROR_HALF_DONE])
async def test_what_was_half_stored_is_removed_before_it_is_stored_again(
    store: FaultyStore, fault: Fault
):
    async with Committer(store, QUICK) as committer:
        await fail_together(committer, store, fault)
        assert sum(store.stored().values()) == len(NAMES)
        await until(lambda: committer.ready)
        assert not store.stored()
        await asyncio.gather(*(send_until_stored(committer, name) for name in NAMES))
    assert store.stored() == {request(name): 1 for name in NAMES}


async def test_rows_that_land_after_their_retry_belong_to_nobody(store: FaultyStore):
    async with Committer(store, QUICK) as committer:
        await fail_together(committer, store, Fault.LATE)
        await asyncio.gather(*(send_until_stored(committer, name) for name in NAMES))
        store.land()
        assert store.stored() == {request(name): 2 for name in NAMES}
        ids = [batch.batch_id for batch in store.attempts]
        assert len(set(ids)) == len(ids), "a late write could pass for its retry"
    async with Committer(store, QUICK):
        assert store.stored() == {request(name): 1 for name in NAMES}


async def test_a_commit_that_lands_during_the_outage_is_found(store: FaultyStore):
    async with Committer(store, QUICK) as committer:
        store.hold()
        store.faults = [Fault.LATE_COMMIT]
        tasks = [asyncio.create_task(submit(committer, name)) for name in NAMES]
        await until(lambda: store.attempts)
        retries = [asyncio.create_task(submit(committer, name)) for name in NAMES]
        await asyncio.sleep(0.01)
        store.let_go()
        answers = await asyncio.gather(*tasks, *retries, return_exceptions=True)
        assert [type(answer) for answer in answers] == [UnavailableError] * 6
        store.away = True
        store.land()
        store.away = False
        await asyncio.gather(*(send_until_stored(committer, name) for name in NAMES))
    assert store.stored() == {request(name): 1 for name in NAMES}


@pytest.mark.parametrize("seed", range(4))
async def test_any_sequence_of_faults(store: FaultyStore, seed: int):
    chance = random.Random(seed)
    lasting = [fault for fault in Fault if fault is not Fault.LATE_COMMIT]
    store.faults = [chance.choice([None, None, *lasting]) for _ in range(40)]
    names = [f"r{i}" for i in range(30)]
    async with Committer(store, QUICK) as committer:
        for start in range(0, len(names), 5):
            several = (send_until_stored(committer, name) for name in names[start : start + 5])
            await asyncio.gather(*several)
            acknowledged = {request(name) for name in names[: start + 5]}
            assert acknowledged <= store.stored().keys()
        store.land()
    async with Committer(store, QUICK) as committer:
        assert store.stored() == {request(name): 1 for name in names}
        await asyncio.gather(*(send_until_stored(committer, name) for name in names))
    assert store.stored() == {request(name): 1 for name in names}
