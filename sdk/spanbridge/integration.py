"""What instrumentations of libraries use to record calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import SpanKind

from spanbridge import settings
from spanbridge.fluent import active, is_enabled, open_span
from spanbridge.generators import add_chunk_event
from spanbridge.settings import redacted
from spanbridge.spans.live_span import LiveSpan, NoOpSpan

__all__ = [
    "active",
    "add_chunk_event",
    "captures_content",
    "is_enabled",
    "redacted",
    "start_call",
]


def start_call(
    name: str,
    *,
    span_type: str,
    kind: SpanKind = SpanKind.CLIENT,
    attributes: Mapping[str, Any] | None = None,
) -> LiveSpan:
    """A span for a call, below the current one; it is not made current.

    Returns:
        A :class:`NoOpSpan` if nothing is recorded here.
    """
    if not is_enabled():
        return NoOpSpan()
    return open_span(name, span_type, kind=kind, attributes=attributes)


def captures_content() -> bool:
    """Whether inputs, outputs and messages may stand on spans."""
    return settings.current().content_on_spans
