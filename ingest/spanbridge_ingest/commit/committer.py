"""Group commit: requests that arrive together are stored together, and each is answered for itself.

A request is answered only when its batch is durable. What the store says of a batch decides the
answer of every request in it: a fault of the data is narrowed down to the guilty request, a fault
of the store sends all of them back to their senders, who keep the data.

Everything here runs on one event loop; only the store is called on other threads.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final, Self

from spanbridge_ingest.commit.entry import (
    Entry,
    GroupKey,
    OnStored,
    Outcome,
    Refused,
    Rejected,
    Stored,
)
from spanbridge_ingest.commit.gate import StoreGate
from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.commit.queue import BatchQueue
from spanbridge_ingest.commit.retries import RetryWindow, request_hash
from spanbridge_ingest.commit.upkeep import Upkeep
from spanbridge_ingest.commit.writer import Clock, StoreWriter
from spanbridge_ingest.errors import (
    BusyError,
    InvalidRequestError,
    StoreDataError,
    StoreTooExpensiveError,
    StoreUnavailableError,
    TooLargeError,
    UnavailableError,
)
from spanbridge_ingest.store.base import Signal, Store
from spanbridge_ingest.telemetry import Telemetry

_log = logging.getLogger(__name__)

_HASH_INLINE_BYTES: Final = 1 << 20
"""Up to here hashing takes about 1 ms and is not worth a change of threads."""
_STOPPING_RETRY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class CloseReport:
    """How a committer ended."""

    abandoned_requests: int
    """Accepted and not known to be stored when the deadline passed; their senders were told to try
    again. 0 after a clean stop."""


class Committer:
    """Stores OTLP requests in batches. See the module's docstring.

    Use it as an async context manager, or call :meth:`start` and :meth:`close`.
    """

    def __init__(
        self,
        store: Store,
        limits: CommitLimits | None = None,
        telemetry: Telemetry | None = None,
        *,
        on_stored: OnStored | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        epoch_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._limits = limits or CommitLimits()
        self._telemetry = telemetry or Telemetry()
        self._on_stored = on_stored
        self._monotonic = monotonic
        self._writer = StoreWriter(store, self._limits, self._telemetry, Clock(monotonic, epoch_us))
        self._queue = BatchQueue(self._limits)
        self._window = RetryWindow(
            self._limits.retry_window_s, self._limits.retry_window_entries, monotonic
        )
        self._gate = StoreGate(self._recover, self._limits.probe_first_s, self._limits.probe_max_s)
        self._upkeep = Upkeep(
            store.reconcile, self._limits.reconcile_every_s, lambda: self._gate.is_open
        )
        self._unanswered: set[Entry] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._held_bytes = 0
        self._held_requests = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._telemetry.watch(
            queue_bytes=lambda: self._held_bytes,
            queue_requests=lambda: self._held_requests,
            store_up=lambda: self._gate.is_open,
        )

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close, with a deadline of 30 s."""
        await self.close(30.0)

    @property
    def ready(self) -> bool:
        """Whether a request would be accepted now."""
        return self._gate.is_open and not self._closing

    @property
    def queued_bytes(self) -> int:
        """Payload bytes accepted and not yet answered."""
        return self._held_bytes

    async def start(self) -> None:
        """Clean up after a crash and learn what was committed lately.

        A store that is away does not raise: requests are refused until it is there.
        """
        await self._gate.open()
        self._upkeep.start()

    async def check(self) -> None:
        """Ask the store whether it is there, for a readiness probe.

        Raises:
            UnavailableError: it is not, or the service is stopping.
        """
        self._refuse_when_away()
        try:
            await self._writer.ping()
        except TimeoutError:
            # It may only be busy. A probe that stopped the writes would make that an outage.
            raise UnavailableError(
                "the store does not answer in time", self._gate.retry_after_s
            ) from None
        except Exception as error:
            self._store_failed([])
            raise UnavailableError("the store does not answer", self._gate.retry_after_s) from error

    async def submit(
        self,
        signal: Signal,
        payload: bytes,
        resource_count: int,
        request_attributes: Mapping[str, str],
    ) -> Rejected:
        """Store one request; return when it is durable.

        Args:
            signal: What the payload holds.
            payload: An export request whose top-level framing has been checked.
            resource_count: Its number of top-level frames; 0 stores nothing.
            request_attributes: Facts about the whole request, stored beside its rows.

        Returns:
            ``{reason: records}`` that were put aside instead of stored; empty when all were stored.

        Raises:
            InvalidRequestError: the store refused the data of this request.
            TooLargeError: it could not be queued even when the queue is empty, or the store cannot
                store it within its own limits.
            BusyError: the queue is full.
            UnavailableError: the store is away, or the service is stopping.
        """
        if resource_count == 0:
            return {}
        key = GroupKey(signal, tuple(sorted(request_attributes.items())))
        digest = await self._hash(key, payload)
        if self._closing:
            raise UnavailableError("the service is stopping", _STOPPING_RETRY_S)
        committed = self._window.committed(digest)
        if committed is not None:
            self._telemetry.duplicate_requests.labels(signal.value).inc()
            return committed
        first = self._window.in_flight(digest)
        if first is not None:
            self._telemetry.duplicate_requests.labels(signal.value).inc()
            return await self._wait_beside(first, len(payload))
        self._refuse_when_away()
        self._hold(len(payload))
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        entry = Entry(key, payload, resource_count, digest, self._monotonic(), outcome)
        self._unanswered.add(entry)
        self._window.begin(digest, outcome)
        self._queue.add(entry)
        # The queue owns the payload now and lets go of it when the answer is known.
        del entry, payload
        self._pump()
        return await _answer(outcome)

    async def close(self, deadline_s: float) -> CloseReport:
        """Refuse what comes, finish what was accepted.

        After ``deadline_s`` seconds the rest is reported and its senders are told to try again;
        what the store makes of a write that is still running is for the next start to find out.
        """
        self._closing = True
        self._pump()
        deadline = self._monotonic() + deadline_s
        while self._running and (left := deadline - self._monotonic()) > 0:
            await asyncio.wait(self._running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        self._queue.drain()
        abandoned = list(self._unanswered)
        for entry in abandoned:
            self._refuse(entry, _unavailable("the service stopped", _STOPPING_RETRY_S))
        if self._timer is not None:
            self._timer.cancel()
        await self._upkeep.stop()
        await self._gate.stop()
        self._writer.close(wait=not self._running)
        if abandoned:
            _log.error("stopped with %d requests not known to be stored", len(abandoned))
        return CloseReport(len(abandoned))

    async def _hash(self, key: GroupKey, payload: bytes) -> bytes:
        if len(payload) <= _HASH_INLINE_BYTES:
            return request_hash(key, payload)
        return await asyncio.to_thread(request_hash, key, payload)

    async def _wait_beside(self, first: asyncio.Future[Outcome], size: int) -> Rejected:
        # The retry's own bytes stay in memory until it is answered, so they count as well.
        self._hold(size)
        try:
            return await _answer(first)
        finally:
            self._release(size)

    def _refuse_when_away(self) -> None:
        if self._closing:
            raise UnavailableError("the service is stopping", _STOPPING_RETRY_S)
        if not self._gate.is_open:
            raise UnavailableError("the store is away", self._gate.retry_after_s)

    def _hold(self, size: int) -> None:
        limits = self._limits
        if size > limits.queue_bytes:
            raise TooLargeError(f"the request is larger than the queue of {limits.queue_bytes}")
        if (
            self._held_bytes + size > limits.queue_bytes
            or self._held_requests >= limits.queue_requests
        ):
            raise BusyError("the queue is full; slow down", limits.busy_retry_s)
        self._held_bytes += size
        self._held_requests += 1

    def _release(self, size: int) -> None:
        self._held_bytes -= size
        self._held_requests -= 1

    def _pump(self) -> None:
        """Start as many writes as there are slots and batches for.

        None while the gate is closed: recovery needs the store for itself. Nothing waits for the
        gate either: who closes it sends back what is queued, and a closed one lets nobody in.
        """
        if not self._gate.is_open:
            return
        while len(self._running) < self._limits.slots:
            linger_s = self._linger_s()
            entries = self._queue.take(self._monotonic(), linger_s)
            if not entries:
                self._pump_later(linger_s)
                return
            task = asyncio.create_task(self._commit(entries))
            self._running.add(task)
            task.add_done_callback(self._committed)

    def _linger_s(self) -> float:
        if self._closing:
            return 0.0
        # Beside a write that runs only a full batch starts at once; what is less grows until the
        # write is done, or has taken long.
        return max(self._limits.linger_s, self._limits.beside_linger_s if self._running else 0.0)

    def _pump_later(self, linger_s: float) -> None:
        due_at = self._queue.due_at(linger_s)
        if due_at is None:
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + max(0.0, due_at - self._monotonic())
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when, self._lingered)

    def _lingered(self) -> None:
        self._timer = None
        self._pump()

    def _committed(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._pump()

    async def _commit(self, entries: list[Entry]) -> None:
        """Write a batch; on a fault of its data, its halves, until the guilty stands alone."""
        parts = [entries]
        while parts:
            part = parts.pop()
            try:
                report = await self._writer.write(part)
                for entry, rejected in zip(part, report.rejected, strict=True):
                    self._stored(entry, rejected)
                self._gate.wrote()
            except StoreDataError as error:
                if len(part) == 1:
                    expensive = isinstance(error, StoreTooExpensiveError)
                    self._refuse(part[0], _TOO_EXPENSIVE if expensive else _INVALID)
                    continue
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
            except Exception as error:
                if not isinstance(error, StoreUnavailableError):
                    _log.error("unexpected %s from the store", type(error).__qualname__)
                self._store_failed([entry for some in [part, *parts] for entry in some])
                return

    def _store_failed(self, entries: Sequence[Entry]) -> None:
        # Nobody knows what became of these, and nothing else is worth a try until the store is
        # back: what is queued goes back to its senders as well.
        self._gate.close()
        refusal = _unavailable("the store is away", self._gate.retry_after_s)
        for entry in [*entries, *self._queue.drain()]:
            self._refuse(entry, refusal)

    def _stored(self, entry: Entry, rejected: Mapping[str, int]) -> None:
        # An entry that was given up at the deadline may still turn out to be stored: remember it.
        self._window.commit(entry.request_hash, rejected)
        self._telemetry.count_stored(
            entry.key.signal.value, len(entry.payload), entry.resource_count, rejected
        )
        self._settle(entry, Stored(rejected))
        if self._on_stored is not None:
            self._on_stored(entry.key.signal, entry.payload, entry.key.request_attributes)

    def _refuse(self, entry: Entry, refusal: Refused) -> None:
        self._window.forget(entry.request_hash)
        self._settle(entry, refusal)

    def _settle(self, entry: Entry, outcome: Outcome) -> None:
        if entry in self._unanswered:
            self._unanswered.discard(entry)
            self._release(len(entry.payload))
            entry.outcome.set_result(outcome)

    async def _recover(self) -> None:
        """See whether the store is back, and settle what it made of writes that failed.

        A write whose answer was lost may have been committed; its sender will try again and must
        not be stored twice. So the store is asked what it has, with no write of ours under way.
        """
        while self._running:
            await asyncio.wait(self._running)
        self._window.load(await self._writer.recover())


_INVALID: Final = Refused(
    partial(
        InvalidRequestError,
        "the store cannot read this request: it is damaged below its top level",
    )
)
_TOO_EXPENSIVE: Final = Refused(
    partial(
        TooLargeError,
        "storing this request takes more memory or time than the store grants; send it in parts",
    )
)


def _unavailable(message: str, retry_after_s: float) -> Refused:
    return Refused(partial(UnavailableError, message, retry_after_s))


async def _answer(outcome: asyncio.Future[Outcome]) -> Rejected:
    """Wait without owning: a caller that gives up does not cancel the commit."""
    result = await asyncio.shield(outcome)
    if isinstance(result, Refused):
        raise result.make_error()
    return result.rejected
