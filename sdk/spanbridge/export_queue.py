"""The span processor that sends spans in the background, and its sibling for log records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from spanbridge.outbox import Outbox, QueueLimits

__all__ = ["ExportQueue", "QueueLimits", "length_of"]


class ExportQueue(Outbox[ReadableSpan], SpanProcessor):
    """Sends spans that have ended."""

    what = "spans"

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing happens before a span has ended."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span that has ended. Never waits."""
        context = span.context
        if context is not None and context.trace_flags.sampled:
            self.put(span, _bytes(span))


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


def length_of(value: Any) -> int:
    """About how many bytes an attribute of a log record takes, which may be an object."""
    if isinstance(value, str):
        return len(value) if value.isascii() else 3 * len(value)
    if isinstance(value, Mapping):
        return sum(len(key) + length_of(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(map(length_of, value))
    return 9
