"""Starting OpenTelemetry spans, and the share of traces that a function keeps of those it begins.

A root that is dropped takes its children with it, whatever sampler the provider has: one that does
not ask for the parent would record them as traces without a beginning.
"""

from __future__ import annotations

import random
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags

from spanbridge import provider

keep: Final[ContextVar[bool]] = ContextVar("spanbridge_keep", default=False)
"""The root that starts now is kept, whatever the sampler of our own provider would say."""

_dice: Final = random.SystemRandom()


class Dropped(NonRecordingSpan):
    """A span that is not recorded because the share of its root was full."""


def start(
    name: str,
    parent: Context | None,
    kind: SpanKind,
    start_time_ns: int | None,
    ratio: float | None,
) -> trace.Span:
    """Start a span below the current one, or below that of ``parent``.

    Args:
        name: of the span.
        parent: None for the current context.
        kind: of the span.
        start_time_ns: nanoseconds since the epoch; None for now.
        ratio: the share of roots to keep; None leaves it to the sampler.
    """
    above = trace.get_current_span(parent)
    if isinstance(above, Dropped):
        return _dropped(above.get_span_context())
    tracer = provider.tracer()
    if ratio is None or above.get_span_context().is_valid:
        return tracer.start_span(name, parent, kind, start_time=start_time_ns)
    if _dice.random() >= ratio:
        return _dropped(None)
    token = keep.set(True)
    try:
        return tracer.start_span(name, parent, kind, start_time=start_time_ns)
    finally:
        keep.reset(token)


def _dropped(above: SpanContext | None) -> Dropped:
    trace_id = _dice.getrandbits(128) or 1 if above is None else above.trace_id
    context = SpanContext(
        trace_id,
        _dice.getrandbits(64) or 1,
        is_remote=False,
        trace_flags=TraceFlags(0),
        trace_state=None if above is None else above.trace_state,
    )
    return Dropped(context)
