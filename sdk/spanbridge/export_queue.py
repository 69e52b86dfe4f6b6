"""The queue between spans that have ended and the exporter that sends them.

Ending a span costs its thread an append. One thread of the process, started with the first span,
sends what waits: all of it after a pause or when a batch is full. A full queue drops the newest
spans and says how many; a collector that is away for a while costs nothing, since a batch that
failed goes back to its place while there is room.

Beside the processor of the OpenTelemetry SDK this one can be flushed within a time, keeps batches
below what receivers take by default (4 MiB over gRPC), and ends within a time at exit.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context, attach, set_value
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_logger: Final = logging.getLogger("spanbridge")

_BATCH_CHARACTERS: Final = 2 * 1024 * 1024
_ATTEMPTS: Final = 5
"""Of sending one batch; each takes as long as the exporter's own retries, about ten seconds."""
_WARN_EVERY_S: Final = 30.0


@dataclass(frozen=True)
class QueueLimits:
    """What the queue holds and when it sends, by the ``OTEL_BSP_*`` variables' meaning."""

    max_queue_size: int = 2048
    max_export_batch_size: int = 512
    schedule_delay_s: float = 5.0


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
        self._dropped = 0
        self._warned = -_WARN_EVERY_S
        self._begin_anew()
        if hasattr(os, "register_at_fork"):
            this = weakref.WeakMethod(self._begin_anew)
            os.register_at_fork(after_in_child=lambda: (again := this()) and again())

    def _begin_anew(self) -> None:
        """Be empty and without a thread: at first, and in a forked child."""
        self._waiting: deque[ReadableSpan] = deque()
        self._failures = 0
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._flushes: deque[threading.Event] = deque()
        self._thread: threading.Thread | None = None
        self._exporter: SpanExporter | None = None

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing happens before a span has ended."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span that has ended. Never waits."""
        context = span.context
        if context is None or not context.trace_flags.sampled:
            return
        waiting = len(self._waiting)
        if self._closed or waiting >= self._limits.max_queue_size:
            self._drop(1, "the queue is full" if not self._closed else "tracing has shut down")
            return
        self._waiting.append(span)
        if self._thread is None:
            self._start()
        if waiting + 1 >= self._limits.max_export_batch_size and not self._wake.is_set():
            self._wake.set()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what has ended so far. False if that took longer than the timeout, or failed."""
        if self._thread is None:
            return not self._waiting
        sent = threading.Event()
        self._flushes.append(sent)
        self._wake.set()
        return sent.wait(timeout_millis / 1000) and not self._failures

    def shutdown(self, timeout_millis: int = 30_000) -> None:
        """Send what waits, as far as the time goes, and take no more."""
        if self._closed:
            return
        self._closed = True
        if not self.force_flush(timeout_millis) and self._waiting:
            self._drop(len(self._waiting), "they could not be sent before the process ended")
        if self._exporter is not None:
            self._exporter.shutdown()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                name = "spanbridge-export"
                self._thread = threading.Thread(target=self._work, name=name, daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:
                    # The interpreter is ending and starts no more threads.
                    self._thread = None

    def _work(self) -> None:
        attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        while True:
            self._wake.wait(self._limits.schedule_delay_s)
            self._wake.clear()
            asked = [self._flushes.popleft() for _ in range(len(self._flushes))]
            try:
                self._send_all()
            except Exception as error:
                _logger.warning("Spans could not be sent: %s", type(error).__name__)
            for flush in asked:
                flush.set()

    def _send_all(self) -> None:
        for _ in range(len(self._waiting)):
            if not self._waiting:
                return
            batch = list(self._next_batch())
            if self._export(batch) is SpanExportResult.SUCCESS:
                self._failures = 0
                continue
            self._failures += 1
            if self._failures >= _ATTEMPTS or self._closed:
                self._failures = 0
                self._drop(len(batch), "they could not be sent")
            elif len(self._waiting) + len(batch) <= self._limits.max_queue_size:
                self._waiting.extendleft(reversed(batch))
            else:
                self._drop(len(batch), "they could not be sent and the queue is full")
            return

    def _next_batch(self) -> Iterator[ReadableSpan]:
        characters = 0
        for _ in range(self._limits.max_export_batch_size):
            if not self._waiting:
                return
            characters += _characters(self._waiting[0])
            if _ and characters > _BATCH_CHARACTERS:
                return
            yield self._waiting.popleft()

    def _export(self, batch: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._exporter is None:
            self._exporter = self._make_exporter()
        try:
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


def _characters(span: ReadableSpan) -> int:
    """About how long a span is."""
    texts = [span.attributes or {}, *(event.attributes or {} for event in span.events)]
    return sum(
        len(value) for values in texts for value in values.values() if isinstance(value, str)
    )
