"""The target dialects, and the translation of one span to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from spanbridge_semconv.emit import mlflow, openinference, otel
from spanbridge_semconv.emit.model import Emitted, SpanContent
from spanbridge_semconv.emit.reading import Reading
from spanbridge_semconv.emit.statement import Statement
from spanbridge_semconv.emit.translation import translation
from spanbridge_semconv.model import CALL_TYPES, Canonical

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
    found: Canonical | None = None,
) -> Emitted:
    """Translate a span.

    Args:
        span: the span as it was emitted.
        to: one of :data:`TARGETS`.
        model_call: whether the span stands for a model call of its trace
            (:class:`spanbridge_semconv.SpanTotals`). A span of a model type that does not is a
            CHAIN to OpenInference and MLflow.
        usage_counted: whether the usage of the span is in the usage of its trace. If nothing is
            known about the trace, usage counts on spans of a model type, and on those of no known
            type; on agents, workflows and the like it is taken for a sum of what lies below.
        found: what :func:`spanbridge_semconv.translate` found, where the caller knows it.

    Raises:
        ValueError: there is no target of that name.
    """
    if to not in _STATEMENTS:
        raise ValueError(f"no dialect {to!r} to translate to; there are {', '.join(TARGETS)}")
    return translation(
        span, to, _STATEMENTS[to], _CONVERSING[to], (model_call, usage_counted), found
    )
