"""The target dialects, and the translation of one span to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from spanbridge_semconv.emit import mlflow, openinference, otel
from spanbridge_semconv.emit.model import Emitted, SpanContent
from spanbridge_semconv.emit.reading import Reading, view
from spanbridge_semconv.emit.statement import Statement
from spanbridge_semconv.emit.translation import Judge, translation, unchanged
from spanbridge_semconv.messages import events
from spanbridge_semconv.model import CALL_TYPES, Canonical, SpanView
from spanbridge_semconv.translate import translate

_STATEMENTS: Final[Mapping[str, Callable[[Reading], Statement]]] = {
    "otel": otel.state,
    "openinference": openinference.state,
    "mlflow": mlflow.state,
}
_CONVERSING: Final[Mapping[str, frozenset[str]]] = {
    "otel": CALL_TYPES | {"AGENT", "WORKFLOW"},
    "openinference": CALL_TYPES,
    "mlflow": CALL_TYPES,
}
"""Span types on which the target has messages beside, or in the place of, a raw payload."""

TARGETS: Final[tuple[str, ...]] = tuple(_STATEMENTS)
"""The dialects that spans can be translated to."""


def emit(
    span: SpanContent,
    to: str,
    *,
    model_call: bool | None = None,
    usage_counted: bool | None = None,
) -> Emitted:
    """Translate a span. One that cannot be translated, for what it carries, goes on as it came.

    That is a span with values nested too deep or with numbers too long to be written as text, and
    one with more than :data:`spanbridge_semconv.emit.translation.MAX_PIECES` attributes and events,
    or messages and parts.

    Args:
        span: the span as it was emitted.
        to: one of :data:`TARGETS`.
        model_call: whether the span stands for a model call of its trace
            (:class:`spanbridge_semconv.SpanTotals`). A span of a model type that does not is a
            CHAIN to OpenInference and MLflow.
        usage_counted: whether the usage of the span is in the usage of its trace. If nothing is
            known about the trace, usage counts on spans of a model type, and on those of no known
            type; on agents, workflows and the like it is taken for a sum of what lies below.

    Raises:
        ValueError: there is no target of that name.
    """
    check(to)
    return emit_seen(span, *see(span), to, (model_call, usage_counted))


def check(to: str) -> None:
    """Raise a ValueError if there is no target of that name."""
    if to not in _STATEMENTS:
        raise ValueError(f"no dialect {to!r} to translate to; there are {', '.join(TARGETS)}")


def emit_seen(
    span: SpanContent, seen: SpanView, found: Canonical, to: str, judge: Judge
) -> Emitted:
    """:func:`emit` with what :func:`see` returned for the span."""
    before = events.known.set({})
    try:
        return translation(span, seen, found, to, _STATEMENTS[to], _CONVERSING[to], judge)
    except Exception:
        # Values may be of any depth and any type, and the spans beside this one are to go on.
        return unchanged(span)
    finally:
        events.known.reset(before)


def see(span: SpanContent) -> tuple[SpanView, Canonical]:
    """The span as the bridge reads it, and what it finds; nothing where it cannot be read."""
    try:
        seen = view(span)
        return seen, translate(seen)
    except Exception:
        # Text cannot be made of every value: it may be too deep, too long, or raise by itself.
        return SpanView({}), Canonical()
