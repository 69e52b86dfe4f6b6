from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanbridge_ingest.commit.entry import Entry, GroupKey
from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.commit.queue import BatchQueue
from spanbridge_ingest.store.base import Signal

A = GroupKey(Signal.TRACES, ())
B = GroupKey(Signal.TRACES, (("mlflow.experimentId", "7"),))
LIMITS = CommitLimits(batch_bytes=100, batch_requests=3)


@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def entry(loop: asyncio.AbstractEventLoop, key: GroupKey, size: int, at: float = 0.0) -> Entry:
    return Entry(key, bytes(size), 1, b"", at, loop.create_future())


def test_a_request_waits_for_company_and_no_longer(loop):
    queue = BatchQueue(LIMITS)
    queue.add(entry(loop, A, 10, at=1.0))
    assert queue.take(1.004, 0.005) == []
    assert queue.due_at(0.005) == 1.005
    assert len(queue.take(1.005, 0.005)) == 1
    assert queue.due_at(0.005) is None


def test_a_full_group_does_not_wait(loop):
    queue = BatchQueue(LIMITS)
    queue.add(entry(loop, A, 10))
    queue.add(entry(loop, B, 100))
    assert [e.key for e in queue.take(0.0, 1.0)] == [B]
    assert queue.take(0.0, 1.0) == []


def test_groups_are_never_mixed_and_take_turns(loop):
    queue = BatchQueue(LIMITS)
    for _ in range(5):
        queue.add(entry(loop, A, 10))
    queue.add(entry(loop, B, 10))
    taken = [queue.take(9.0, 0.0) for _ in range(3)]
    assert [[e.key for e in batch] for batch in taken] == [[A, A, A], [B], [A, A]]


def test_a_request_over_the_batch_size_is_a_batch_of_its_own(loop):
    queue = BatchQueue(LIMITS)
    for size in (10, 500, 10):
        queue.add(entry(loop, A, size))
    sizes = [[len(e.payload) for e in queue.take(9.0, 0.0)] for _ in range(3)]
    assert sizes == [[10], [500], [10]]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 150)), max_size=40))
def test_everything_leaves_once_in_order_and_within_the_limits(items):
    loop = asyncio.new_event_loop()
    queue = BatchQueue(LIMITS)
    entries = [entry(loop, A if first else B, size) for first, size in items]
    for one in entries:
        queue.add(one)
    left: list[Entry] = []
    while batch := queue.take(1.0, 0.0):
        assert len({e.key for e in batch}) == 1
        assert len(batch) <= LIMITS.batch_requests
        assert len(batch) == 1 or sum(len(e.payload) for e in batch) <= LIMITS.batch_bytes
        left += batch
    loop.close()
    for key in (A, B):
        assert [e for e in left if e.key == key] == [e for e in entries if e.key == key]
    assert len(queue) == 0
