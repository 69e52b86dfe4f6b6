"""The queue between spans that have ended and the exporter that sends them.

Ending a span costs its thread an append. One thread of the process, started with the first span,
sends what waits: all of it after a pause or when a batch is full. A full queue drops the newest
spans and says how many; a collector that is away for a while costs nothing, since a batch that
failed goes back to its place while there is room.

Beside the processor of the OpenTelemetry SDK this one can be flushed within a time, keeps batches
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context, attach, set_value
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

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
    """What the queue holds and when it sends, by the ``OTEL_BSP_*`` variables' meaning.

    Attributes:
        max_queue_size: spans that wait.
        max_export_batch_size: spans that are sent at once.
        schedule_delay_s: seconds between two batches, if none is full before.
        max_queue_bytes: of texts in the spans that wait, about; spans with conversations in them
            are great, and a collector that is away must not cost the application its memory.
    """

    max_queue_size: int = 16_384
    max_export_batch_size: int = 512
    schedule_delay_s: float = 5.0
    max_queue_bytes: int = 128 * 1024 * 1024


class _Flush:
    """Somebody who waits until what has ended has been sent."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.sent = False


class ExportQueue(SpanProcessor):
    """Sends spans that have ended.

    Args:
        make_exporter: called by the sending thread, and again in a forked child, whose parent's
            connections are not its own.
        limits: sizes and times.
    """

    def __init__(
        self, make_exporter: Callable[[], SpanExporter], limits: QueueLimits | None = None
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
        self._waiting: deque[tuple[ReadableSpan, int]] = deque()
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
        self._exporter: SpanExporter | None = None

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing happens before a span has ended."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span that has ended. Never waits."""
        context = span.context
        if context is None or not context.trace_flags.sampled:
            return
        size = _bytes(span)
        waiting = len(self._waiting)
        if (
            self._closed
            or waiting >= self._limits.max_queue_size
            or (waiting and self._bytes + size > self._limits.max_queue_bytes)
        ):
            self._drop(1, "the queue is full" if not self._closed else "tracing has shut down")
            return
        self._waiting.append((span, size))
        self._bytes += size
        if self._thread is None:
            self._start()
        if waiting + 1 >= self._limits.max_export_batch_size and not self._woken:
            self._woken = True
            self._wake.put(None)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what has ended so far. False if that took longer than the timeout, or failed."""
        return not self._waiting if self._closed else self._flush(timeout_millis)

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
            self._drop(lost, "they could not be sent before the process ended")
        self._over = True
        self._wake.put(None)
        exporter = self._exporter
        if exporter is not None:
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
                name = "spanbridge-export"
                self._thread = threading.Thread(target=self._work, name=name, daemon=True)
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

    def _send(self, batch: Sequence[tuple[ReadableSpan, int]]) -> bool:
        self._in_flight = len(batch)
        result = self._export([span for span, _ in batch])
        self._in_flight = 0
        if result is SpanExportResult.SUCCESS:
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

    def _next_batch(self) -> Iterator[tuple[ReadableSpan, int]]:
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

    def _export(self, batch: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            if self._exporter is None:
                self._exporter = self._make_exporter()
            return self._exporter.export(batch)
        except Exception as error:
            _logger.warning("%d spans were not sent: %s", len(batch), type(error).__name__)
            return SpanExportResult.FAILURE

    def _drop(self, count: int, reason: str) -> None:
        self._dropped += count
        now = time.monotonic()
        if now - self._warned >= _WARN_EVERY_S:
            self._warned = now
            _logger.warning("%d spans are lost so far: %s", self._dropped, reason)


def _bytes(span: ReadableSpan) -> int:
    """About how long the texts of a span are."""
    size = _bytes_of(span.attributes)
    for event in span.events:
        size += _bytes_of(event.attributes)
    return size


def _bytes_of(attributes: Mapping[str, object] | None) -> int:
    if not attributes:
        return 0
    # A copy is a plain dictionary: going through what the SDK keeps takes several times as long.
    copied = getattr(attributes, "copy", None)
    size = 0
    for value in (attributes if copied is None else copied()).values():
        if isinstance(value, str):
            size += len(value) if value.isascii() else 3 * len(value)
        elif isinstance(value, tuple):
            size += sum(3 * len(item) if isinstance(item, str) else 9 for item in value)
    return size


def _at_end_of_worker(queue: ExportQueue) -> None:
    """Have spans sent at the end of a process that multiprocessing has forked.

    Such a process ends without what is registered for the end of the interpreter.
    """
    multiprocessing = sys.modules.get("multiprocessing.util")
    if multiprocessing is not None and sys.modules["multiprocessing"].parent_process() is not None:
        multiprocessing.Finalize(queue, queue.shutdown, args=(_EXIT_MS,), exitpriority=-1)
