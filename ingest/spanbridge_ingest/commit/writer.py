"""The store, called from threads: the only place of the commit path that blocks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from spanbridge_ingest.commit.entry import Entry
from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.errors import StoreDataError
from spanbridge_ingest.store.base import BATCH_INSTANCE_BITS, Batch, Store, WriteReport
from spanbridge_ingest.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks of the commit path."""

    monotonic: Callable[[], float]
    """Seconds, for durations."""
    epoch_us: Callable[[], int]
    """Microseconds since the epoch, for batch ids."""


class StoreWriter:
    """Writes batches on one thread per slot, and everything else on a thread of its own.

    So a probe is not stuck behind a write that hangs.
    """

    def __init__(
        self, store: Store, limits: CommitLimits, telemetry: Telemetry, clock: Clock
    ) -> None:
        self._store = store
        self._limits = limits
        self._telemetry = telemetry
        self._clock = clock
        self._last_batch_us = 0
        # Chance is enough: two instances have to draw the same and write in the same microsecond.
        self._instance = secrets.randbelow(1 << BATCH_INSTANCE_BITS)
        self._writers = ThreadPoolExecutor(limits.slots, thread_name_prefix="spanbridge-write")
        self._control = ThreadPoolExecutor(1, thread_name_prefix="spanbridge-store")
        self._pinging: asyncio.Future[None] | None = None

    async def write(self, entries: Sequence[Entry]) -> WriteReport:
        """Write the requests (of one group) as one batch; errors are the store's."""
        started = self._clock.monotonic()
        outcome = "failed"
        loop = asyncio.get_running_loop()
        work = partial(self._write, entries, self._next_batch_id())
        self._telemetry.batch_requests.observe(len(entries))
        self._telemetry.batch_bytes.observe(sum(len(entry.payload) for entry in entries))
        try:
            report = await loop.run_in_executor(self._writers, work)
            outcome = "ok"
            return report
        except StoreDataError:
            outcome = "data_error"
            raise
        finally:
            elapsed_s = self._clock.monotonic() - started
            self._telemetry.commit_seconds.labels(outcome).observe(elapsed_s)

    async def ping(self) -> None:
        """Ask the store whether it is there. Callers at the same time share one question.

        Raises:
            StoreUnavailableError: it says no.
            TimeoutError: it says nothing.
        """
        if self._pinging is None or self._pinging.done():
            loop = asyncio.get_running_loop()
            self._pinging = loop.run_in_executor(self._control, self._store.ping)
            self._pinging.add_done_callback(_retrieve)
        async with asyncio.timeout(self._limits.ping_timeout_s):
            await asyncio.shield(self._pinging)

    async def recover(self) -> Mapping[bytes, Sequence[Mapping[str, int]] | None]:
        """Ping, remove what was never committed, and return the requests committed lately."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._control, self._recover)

    def close(self, *, wait: bool) -> None:
        """Let the threads end; ``wait`` for writes that still run."""
        self._writers.shutdown(wait=wait, cancel_futures=True)
        self._control.shutdown(wait=False, cancel_futures=True)

    def _write(self, entries: Sequence[Entry], batch_id: int) -> WriteReport:
        key = entries[0].key
        # bytes.join returns a single part as it is: one large request is never copied.
        payload = b"".join([entry.payload for entry in entries])
        return self._store.write(
            Batch(
                signal=key.signal,
                batch_id=batch_id,
                payload=payload,
                resource_counts=tuple(entry.resource_count for entry in entries),
                request_hashes=tuple(entry.request_hash for entry in entries),
                request_attributes=dict(key.request_attributes),
            )
        )

    def _recover(self) -> Mapping[bytes, Sequence[Mapping[str, int]] | None]:
        self._store.ping()
        self._store.reconcile()
        return self._store.recent_requests(self._limits.retry_window_s)

    def _next_batch_id(self) -> int:
        self._last_batch_us = max(self._last_batch_us + 1, self._clock.epoch_us())
        return self._last_batch_us << BATCH_INSTANCE_BITS | self._instance


def _retrieve(asked: asyncio.Future[None]) -> None:
    """Mark the outcome as seen: whoever asked may have stopped waiting."""
    if not asked.cancelled():
        asked.exception()
