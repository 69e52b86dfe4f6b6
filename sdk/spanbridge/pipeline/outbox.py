"""The queue between what has been recorded and the exporter that sends it.

Recording costs its thread an append. One thread, started with the first item, sends what waits: all
of it after a pause or when a batch is full. A full queue drops the newest items and says how many;
a collector that is away for a while costs nothing, since a batch that failed goes back to its place
while there is room.

Beside the processors of the OpenTelemetry SDK this one can be flushed within a time, keeps batches
below what receivers take by default (4 MiB over gRPC), and ends within a time at exit.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, Protocol, TypeVar

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, set_value

Item = TypeVar("Item")
Item_contra = TypeVar("Item_contra", contravariant=True)

_logger: Final = logging.getLogger("spanbridge")

_BATCH_BYTES: Final = 2 * 1024 * 1024
_ATTEMPTS: Final = 5
"""Of sending one batch; each takes as long as the exporter's own retries, about ten seconds."""
_WARN_EVERY_S: Final = 30.0
_EXIT_MS: Final = 5000
_PATIENCE: Final = 4
"""At the end of the process, as often the time is waited for while the collector takes batches: a
slow one is worth waiting for, one that hangs is not."""


@dataclass(frozen=True)
class QueueLimits:
    """What a queue holds and when it sends, by the ``OTEL_BSP_*`` variables' meaning.

    Attributes:
        max_queue_size: items that wait.
        max_export_batch_size: items that are sent at once.
        schedule_delay_s: seconds between two batches, if none is full before.
        max_queue_bytes: of texts in the items that wait, about; spans with conversations in them
            are great, and a collector that is away must not cost the application its memory.
    """

    max_queue_size: int = 16_384
    max_export_batch_size: int = 512
    schedule_delay_s: float = 5.0
    max_queue_bytes: int = 128 * 1024 * 1024


class Exporter(Protocol[Item_contra]):
    """Sends batches: an exporter of the OpenTelemetry SDK, for spans or for log records."""

    def export(self, batch: Sequence[Item_contra], /) -> Any:
        """Send a batch; the ``name`` of the result is ``SUCCESS``, or it has failed."""

    def shutdown(self) -> None:
        """Close the connection."""


class _Flush:
    """Somebody who waits until what has ended has been sent."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.sent = False


class Outbox(Generic[Item]):
    """Sends what is put into it.

    Args:
        make_exporter: called by the sending thread, and again in a forked child, whose parent's
            connections are not its own.
        limits: sizes and times.
    """

    what = "items"
    """What it sends, for messages."""
    thread_name = "spanbridge-export"

    def __init__(
        self, make_exporter: Callable[[], Exporter[Item]], limits: QueueLimits | None = None
    ) -> None:
        self._limits = limits or QueueLimits()
        self._make_exporter = make_exporter
        self._closed = False
        self._over = False
        self._dropped = 0
        self._warned = -_WARN_EVERY_S
        self._begin_anew()
        if hasattr(os, "register_at_fork"):
            this = weakref.WeakMethod(self._begin_anew)
            os.register_at_fork(after_in_child=lambda: (again := this()) and again())

    def _begin_anew(self) -> None:
        """Be empty and without a thread: at first, and in a forked child."""
        self._waiting: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._in_flight = 0
        self._sent = 0
        self._failures = 0
        # Unlike an event it may be set by a destructor that interrupts whoever sets it.
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._woken = False
        self._starting = threading.Lock()
        self._flushes: deque[_Flush] = deque()
        self._thread: threading.Thread | None = None
        self._exporter: Exporter[Item] | None = None

    def put(self, item: Item, size: int) -> None:
        """Take an item whose texts are about ``size`` bytes long. Never waits."""
        waiting = len(self._waiting)
        if (
            self._closed
            or waiting >= self._limits.max_queue_size
            or (waiting and self._bytes + size > self._limits.max_queue_bytes)
        ):
            self._drop(1, "the queue is full" if not self._closed else "tracing has shut down")
            return
        self._waiting.append((item, size))
        self._bytes += size
        if self._thread is None:
            self._start()
        if waiting + 1 >= self._limits.max_export_batch_size and not self._woken:
            self._woken = True
            self._wake.put(None)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what has ended so far. False if that took longer than the timeout, or failed."""
        return not self._waiting if self._closed else self._flush(timeout_millis)

    def wake(self) -> None:
        """Begin to send what waits, without waiting for it."""
        self._wake.put(None)

    def shutdown(self, timeout_millis: int = 30_000) -> None:
        """Send what waits, and take no more.

        Waits for ``timeout_millis``, and up to three times longer as long as something is sent.
        """
        if self._closed:
            return
        self._closed = True
        if not self._flush(timeout_millis, _PATIENCE) and (
            lost := len(self._waiting) + self._in_flight
        ):
            # The last word, however short before another was told.
            self._warned = -_WARN_EVERY_S
            self._drop(lost, "they could not be sent before the process ended")
        self._over = True
        self._wake.put(None)
        exporter = self._exporter
        if exporter is not None:
            with contextlib.suppress(Exception):
                exporter.shutdown()

    def _flush(self, timeout_millis: int, times: int = 1) -> bool:
        if self._thread is None and self._waiting:
            self._start()
        if self._thread is None or self._thread is threading.current_thread():
            return not self._waiting
        flush = _Flush()
        self._flushes.append(flush)
        self._wake.put(None)
        for _ in range(times):
            sent_before = self._sent
            if flush.over.wait(timeout_millis / 1000):
                return flush.sent
            if self._sent == sent_before:
                return False
        return False

    def _start(self) -> None:
        # Not waited for: a destructor may get here while its own thread holds the lock.
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name=self.thread_name, daemon=True
                )
                self._thread.start()
                _at_end_of_worker(self)
        except RuntimeError:
            # The interpreter is ending and starts no more threads.
            self._thread = None
        finally:
            self._starting.release()

    def _work(self) -> None:
        attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        try:
            while not self._over:
                with contextlib.suppress(Empty):
                    self._wake.get(timeout=self._limits.schedule_delay_s)
                self._woken = False
                asked = [self._flushes.popleft() for _ in range(len(self._flushes))]
                sent = self._send_all()
                for flush in asked:
                    flush.sent = sent
                    flush.over.set()
        finally:
            self._thread = None

    def _send_all(self) -> bool:
        waiting = len(self._waiting)
        while waiting > 0 and self._waiting:
            batch = list(self._next_batch())
            waiting -= len(batch)
            if not self._send(batch):
                return False
        return True

    def _send(self, batch: Sequence[tuple[Item, int]]) -> bool:
        self._in_flight = len(batch)
        sent = self._export([item for item, _ in batch])
        self._in_flight = 0
        if sent:
            self._failures = 0
            self._sent += len(batch)
            return True
        self._failures += 1
        if self._failures >= _ATTEMPTS or self._closed:
            self._failures = 0
            self._drop(len(batch), "they could not be sent")
        elif len(self._waiting) + len(batch) <= self._limits.max_queue_size:
            self._waiting.extendleft(reversed(batch))
            self._bytes += sum(size for _, size in batch)
        else:
            self._drop(len(batch), "they could not be sent and the queue is full")
        return False

    def _next_batch(self) -> Iterator[tuple[Item, int]]:
        total = 0
        for number in range(self._limits.max_export_batch_size):
            if not self._waiting:
                # Threads that add at once may lose count.
                self._bytes = 0
                return
            size = self._waiting[0][1]
            total += size
            if number and total > _BATCH_BYTES:
                return
            self._bytes -= size
            yield self._waiting.popleft()

    def _export(self, batch: Sequence[Item]) -> bool:
        try:
            if self._exporter is None:
                self._exporter = self._make_exporter()
            # Not by identity: the SDK has a result of its own for every signal.
            return getattr(self._exporter.export(batch), "name", "") == "SUCCESS"
        except Exception as error:
            _logger.warning("%d %s were not sent: %s", len(batch), self.what, type(error).__name__)
            return False

    def _drop(self, count: int, reason: str) -> None:
        self._dropped += count
        now = time.monotonic()
        if now - self._warned >= _WARN_EVERY_S:
            self._warned = now
            _logger.warning("%s lost so far: %d; %s", self.what, self._dropped, reason)


def _at_end_of_worker(queue: Outbox[Any]) -> None:
    """Have it sent at the end of a process that multiprocessing has forked.

    Such a process ends without what is registered for the end of the interpreter.
    """
    multiprocessing = sys.modules.get("multiprocessing.util")
    if multiprocessing is not None and sys.modules["multiprocessing"].parent_process() is not None:
        multiprocessing.Finalize(queue, queue.shutdown, args=(_EXIT_MS,), exitpriority=-1)
