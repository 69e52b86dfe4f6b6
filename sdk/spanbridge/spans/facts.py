"""What can be asked of a span that is open."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry import trace
from opentelemetry.trace import SpanContext

from spanbridge.entities.event import SpanEvent
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.spans import spelling
from spanbridge.spans.content import SpanContent
from spanbridge.values import from_json

UNSET: Final = SpanStatus(SpanStatusCode.UNSET)


class SpanFacts:
    """What a span is and what has been said of it."""

    def __init__(self, otel_span: trace.Span, name: str, span_type: str) -> None:
        self.otel_span = otel_span
        self._name = name
        self._content = SpanContent(span_type)
        self._ended = False

    @property
    def is_recording(self) -> bool:
        """Whether it is still open."""
        return not self._ended

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def span_type(self) -> str:
        """One of :class:`SpanType`, or a type of your own."""
        return self._content.span_type

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return f"{self._context.trace_id:032x}"

    @property
    def request_id(self) -> str:
        """The id of the trace by MLflow's old name for it."""
        return self.trace_id

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits."""
        return f"{self._context.span_id:016x}"

    @property
    def parent_id(self) -> str | None:
        """The id of the span above, None if there is none."""
        parent = getattr(self.otel_span, "parent", None)
        return None if parent is None else f"{parent.span_id:016x}"

    @property
    def start_time_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return int(getattr(self.otel_span, "start_time", None) or 0)

    @property
    def end_time_ns(self) -> int | None:
        """Nanoseconds since the epoch; None while it is open."""
        end: int | None = getattr(self.otel_span, "end_time", None)
        return end

    @property
    def status(self) -> SpanStatus:
        """How it ended, as far as it is known."""
        return self._content.status or UNSET

    @property
    def inputs(self) -> Any:
        """What went in, as JSON spells it; None if that was not set or is not recorded."""
        return None if self._content.inputs is None else from_json(self._content.inputs)

    @property
    def outputs(self) -> Any:
        """What came out, as JSON spells it; None if that was not set or is not recorded."""
        return None if self._content.outputs is None else from_json(self._content.outputs)

    @property
    def has_outputs(self) -> bool:
        """Whether outputs have been set."""
        return self._content.outputs is not None

    @property
    def attributes(self) -> dict[str, Any]:
        """All attributes by their keys, those of MLflow included."""
        found = {key: self.get_attribute(key) for key in list(self._content.attributes)}
        found[spelling.SPAN_TYPE] = self._content.span_type
        for key, text in (
            (spelling.INPUTS, self._content.inputs),
            (spelling.OUTPUTS, self._content.outputs),
        ):
            if text is not None:
                found[key] = from_json(text)
        return found

    @property
    def events(self) -> list[SpanEvent]:
        """What happened so far; to change it, hand :meth:`set_events` others."""
        return [SpanEvent(name, at, dict(values)) for name, at, values in self._content.events]

    def get_attribute(self, key: str) -> Any:
        """The value of an attribute; None if it has not been set."""
        given: object = key
        if not isinstance(given, str):
            return None
        if key == spelling.SPAN_TYPE:
            return self._content.span_type
        if key == spelling.INPUTS:
            return self.inputs
        if key == spelling.OUTPUTS:
            return self.outputs
        value = self._content.attributes.get(key)
        return (
            from_json(value) if isinstance(value, str) and spelling.is_json(key, value) else value
        )

    @property
    def _context(self) -> SpanContext:
        return self.otel_span.get_span_context()
