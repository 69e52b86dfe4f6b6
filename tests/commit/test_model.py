"""A model of the promise: one outcome per request, and what was acknowledged is stored once."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from spanbridge_ingest.commit.committer import Committer
from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.errors import InvalidRequestError, RequestError, UnavailableError
from spanbridge_ingest.store.base import Signal
from tests.commit.memory_store import POISON, MemoryStore, request

LIMITS = CommitLimits(
    batch_bytes=120,
    batch_requests=4,
    linger_s=0.0005,
    queue_bytes=1500,
    queue_requests=12,
    probe_first_s=0.001,
    probe_max_s=0.002,
)
NAMES = [f"n{i}" for i in range(8)] + ["long" * 40] + [POISON.decode() + str(i) for i in range(3)]


class CommitterMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.store = MemoryStore()
        self.committer = Committer(self.store, LIMITS)
        self.sent: list[tuple[str, asyncio.Task]] = []
        self.cancelled: set[asyncio.Task] = set()
        self.loop.run_until_complete(self.committer.start())

    def run(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @rule(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6))
    def send(self, names: list[str]) -> None:
        for name in names:
            coroutine = self.committer.submit(Signal.TRACES, request(name), 1, {})
            self.sent.append((name, self.loop.create_task(coroutine)))
        self.run(0)

    @rule(which=st.integers(0, 20))
    def cancel(self, which: int) -> None:
        waiting = [task for _, task in self.sent if not task.done()]
        if waiting:
            task = waiting[which % len(waiting)]
            task.cancel()
            self.cancelled.add(task)
            self.run(0)

    @rule()
    def wait(self) -> None:
        self.run(0.003)

    @rule()
    def writes_hang(self) -> None:
        self.store.hold()

    @rule()
    def writes_go_on(self) -> None:
        self.store.let_go()
        self.run(0.002)

    @rule()
    def store_goes_away(self) -> None:
        self.store.away = True

    @rule()
    def answers_are_lost(self) -> None:
        self.store.lose_answers = True

    @rule()
    def store_comes_back(self) -> None:
        self.store.lose_answers = self.store.away = False

    @rule()
    def restart(self) -> None:
        self.writes_go_on()
        report = self.loop.run_until_complete(self.committer.close(5.0))
        assert report.abandoned_requests == 0
        self.committer = Committer(self.store, LIMITS)
        self.loop.run_until_complete(self.committer.start())

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        self.store_comes_back()
        self.writes_go_on()
        assert self.loop.run_until_complete(self.committer.close(5.0)).abandoned_requests == 0
        self.run(0)
        self.check()
        assert self.committer.queued_bytes == 0
        self.loop.close()

    def check(self) -> None:
        stored = self.store.stored()
        assert all(count == 1 for count in stored.values()), "stored twice"
        for name, task in self.sent:
            assert task.done(), "a request without an answer"
            if task.cancelled():
                assert task in self.cancelled
            elif task.exception() is None:
                assert task.result() == {}
                assert stored[request(name)] == 1, "acknowledged and not stored"
            else:
                assert isinstance(task.exception(), RequestError)
            poisoned = POISON.decode() in name
            assert not (poisoned and stored[request(name)])
            if not task.cancelled() and isinstance(task.exception(), InvalidRequestError):
                assert poisoned, "an innocent request was blamed"
            if not task.cancelled() and poisoned:
                assert isinstance(task.exception(), (InvalidRequestError, UnavailableError)) or (
                    "queue is full" in str(task.exception())
                )
        ids = [batch.batch_id for batch in self.store.batches]
        assert ids == sorted(ids) or len(set(ids)) == len(ids)


TestCommitter = CommitterMachine.TestCase
TestCommitter.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
