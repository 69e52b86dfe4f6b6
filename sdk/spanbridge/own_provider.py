"""The tracer provider that is made when the application has none."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_ON,
    DEFAULT_ON,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    StaticSampler,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceFlags, TraceState
from opentelemetry.util.types import Attributes

from spanbridge import otlp
from spanbridge.exceptions import InvalidValueError
from spanbridge.export_queue import ExportQueue, QueueLimits
from spanbridge.outbox import Exporter
from spanbridge.sampling import Dropped, keep

_logger: Final = logging.getLogger("spanbridge")

_MANY: Final = 10_000
_MOST_DIGITS: Final = 9
_LIMITS: Final[Mapping[str, str]] = {
    "max_span_attributes": "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "max_events": "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "max_links": "OTEL_SPAN_LINK_COUNT_LIMIT",
    "max_event_attributes": "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "max_link_attributes": "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
}
_ALL_ATTRIBUTES: Final = "OTEL_ATTRIBUTE_COUNT_LIMIT"


class OwnProvider(TracerProvider):
    """A provider made from the standard variables, whose limits lose no attribute and no event."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        super().__init__(
            id_generator=_OwnRandom(), span_limits=_limits(environment), shutdown_on_exit=False
        )
        self.sampler = _OverridableSampler(self.sampler)
        make = exporter_maker(environment)
        self._queue = None if make is None else ExportQueue(make, queue_limits(environment))
        if self._queue is not None:
            self.add_span_processor(self._queue)

    def wake(self) -> None:
        """Begin to send what waits."""
        if self._queue is not None:
            self._queue.wake()

    def close(self, timeout_ms: int) -> None:
        """Send what waits, as far as ``timeout_ms`` milliseconds go, and shut down."""
        if self._queue is not None:
            self._queue.shutdown(timeout_ms)
        self.shutdown()


def exporter_maker(environment: Mapping[str, str]) -> Callable[[], Exporter[ReadableSpan]] | None:
    """What makes the exporter that ``OTEL_TRACES_EXPORTER`` names; None if spans go nowhere."""
    named = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"
    if named == "console":
        return ConsoleSpanExporter
    if named != "otlp":
        if named != "none":
            _logger.warning(
                "No spans are sent: OTEL_TRACES_EXPORTER is %r; it takes otlp, console or none. "
                "For others, set up a TracerProvider before the first span.",
                named,
            )
        return None
    try:
        protocol = otlp.protocol(environment)
    except InvalidValueError as error:
        _logger.warning("No spans are sent: %s", error)
        return None
    otlp.load(protocol)
    return lambda: otlp.OTLPExporter(protocol)


def queue_limits(environment: Mapping[str, str], processor: str = "BSP") -> QueueLimits:
    """The limits that the ``OTEL_BSP_*`` variables name, or ``OTEL_BLRP_*``, those of logs."""
    usual, names = QueueLimits(), f"OTEL_{processor}"
    size = _number(environment, f"{names}_MAX_QUEUE_SIZE", usual.max_queue_size)
    batch = _number(environment, f"{names}_MAX_EXPORT_BATCH_SIZE", usual.max_export_batch_size)
    delay = _number(environment, f"{names}_SCHEDULE_DELAY", int(usual.schedule_delay_s * 1000))
    return QueueLimits(size, min(batch, size), delay / 1000)


def _limits(environment: Mapping[str, str]) -> SpanLimits:
    for_all = bool(environment.get(_ALL_ATTRIBUTES))
    raised = {
        argument: _MANY
        for argument, variable in _LIMITS.items()
        if not environment.get(variable) and not (for_all and argument.endswith("attributes"))
    }
    return SpanLimits(**raised)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MOST_DIGITS


def _number(environment: Mapping[str, str], name: str, usual: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return usual
    if not _is_number(text) or not int(text):
        _logger.warning("%s is %r, which is no whole number above 0; %d is used", name, text, usual)
        return usual
    return int(text)


class _OwnRandom(IdGenerator):
    """Ids from a random source of its own, which ``random.seed()`` does not touch."""

    def __init__(self) -> None:
        self._seed()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._seed)

    def _seed(self) -> None:
        self._bits = random.Random(os.urandom(32)).getrandbits

    def generate_span_id(self) -> int:
        return self._bits(64) or self.generate_span_id()

    def generate_trace_id(self) -> int:
        return self._bits(128) or self.generate_trace_id()

    def is_trace_id_random(self) -> bool:
        return True


_STANDARD: Final = (StaticSampler, TraceIdRatioBased, ParentBased)
"""What the standard variables name: below a span of this process all of these say what they said of
that one, except where a function had a share of its own."""


_KEEP: Final = SamplingResult(Decision.RECORD_AND_SAMPLE)


class _OverridableSampler(Sampler):
    """The sampler of the environment, unless the decorator of a root has a ratio of its own."""

    def __init__(self, usual: Sampler) -> None:
        self._usual = usual
        self._follows_parents = type(usual) in _STANDARD
        self._keeps_roots = usual is DEFAULT_ON or usual is ALWAYS_ON

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        above = trace.get_current_span(parent_context)
        context = above.get_span_context()
        if not context.is_valid:
            if self._keeps_roots or keep.get():
                return _KEEP if attributes is None else SamplingResult(_KEEP.decision, attributes)
        elif isinstance(above, Dropped) or (self._follows_parents and not context.is_remote):
            keeps = context.trace_flags & TraceFlags.SAMPLED
            if keeps and attributes is None and not context.trace_state:
                return _KEEP
            decision = Decision.RECORD_AND_SAMPLE if keeps else Decision.DROP
            return SamplingResult(decision, attributes if keeps else None, context.trace_state)
        return self._usual.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return f"Overridable{{{self._usual.get_description()}}}"
