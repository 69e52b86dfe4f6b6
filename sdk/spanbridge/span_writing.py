"""Writing what has been said of a span onto the OpenTelemetry span that ends.

What matters most is written last, because a provider of the application may have small limits and
evicts the oldest.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.trace import Status, StatusCode

from spanbridge import settings, spelling
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.span_content import SpanContent
from spanbridge.span_parts import CHUNK_EVENT
from spanbridge.trace_state import TraceState
from spanbridge.values import clean

_logger: Final = logging.getLogger("spanbridge")
_FEW: Final = 8
_OK: Final = SpanStatus(SpanStatusCode.OK)
_OTEL_OK: Final = Status(StatusCode.OK)


def write(
    span: trace.Span, name: str, content: SpanContent, state: TraceState, *, root: bool
) -> None:
    """Write everything but the end.

    Args:
        span: that of OpenTelemetry, open.
        name: of the span.
        content: what has been said of it.
        state: what has been said of its trace.
        root: it is the topmost span of its trace in this process.
    """
    emitted = settings.current()
    if emitted.content_in_events and content.span_type in spelling.MODEL_TYPES:
        _write_event(span, name, content)
    if not emitted.content_on_spans:
        content = _without_content(content)
    values = content.attributes.copy()
    if emitted.content_in_events and not emitted.gen_ai:
        # They were made for the event.
        values = {key: value for key, value in values.items() if key not in spelling.MESSAGES}
    if len(values) > _FEW:
        # The application's own may be evicted by its own limits; these may not.
        values = dict(sorted(values.items(), key=_matters))
    if not content.is_withheld:
        values.update(state.on_every_span(emitted.gen_ai))
    if root:
        values.update(state.facts() if content.is_withheld else state.on_the_root())
    spelling.spell(values, emitted, name, content.span_type, content.inputs, content.outputs, root)
    _set(span, values)
    for title, at, attributes in content.events:
        span.add_event(title, attributes, at)
    for context, attributes in content.links:
        span.add_link(context, attributes)
    _write_status(span, content.status or _OK)


def _write_event(span: trace.Span, name: str, content: SpanContent) -> None:
    try:
        # Not needed by most, and not cheap to load.
        from spanbridge import content_events

        content_events.emit(span, content)
    except Exception as error:
        # A log processor of the application has failed, or the interpreter ends.
        _logger.warning("Span %s has no log event: %s", name, type(error).__name__)


def _set(span: trace.Span, values: dict[str, Any]) -> None:
    """Set attributes, all of which are as OpenTelemetry wants them.

    Its own method looks at every character of every value once more, which takes as long as the
    rest of a span's end; what is below that is known to be this since its first release.
    """
    kept = getattr(span, "_attributes", None)
    if (
        type(kept) is BoundedAttributes
        and not kept._immutable
        and kept.max_value_len is None
        and (kept.maxlen is None or len(kept) + len(values) <= kept.maxlen)
    ):
        with kept._lock:
            kept._dict.update(values)
    else:
        span.set_attributes(values)


def _without_content(content: SpanContent) -> SpanContent:
    """What leaves on the span where contents leave in an event, or not at all."""
    kept = content.copy()
    kept.inputs = kept.outputs = None
    kept.attributes = _silent(kept.attributes)
    kept.events = [
        (name, at, _silent(values))
        for name, at, values in kept.events
        if not name.startswith(CHUNK_EVENT)
    ]
    kept.links = [(context, _silent(values)) for context, values in kept.links]
    return kept


def _silent(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if not spelling.says_something(key)}


def _write_status(span: trace.Span, status: SpanStatus) -> None:
    if status.status_code is SpanStatusCode.OK:
        span.set_status(_OTEL_OK)
    elif status.status_code is SpanStatusCode.ERROR:
        span.set_status(Status(StatusCode.ERROR, clean(status.description)))


def _matters(attribute: tuple[str, Any]) -> bool:
    return attribute[0].startswith(("gen_ai.", spelling.MLFLOW))
