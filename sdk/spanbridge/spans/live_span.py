"""A span that is open: MLflow's setters on a span of OpenTelemetry.

What is set is kept as it is at that moment and written to the OpenTelemetry span when it ends,
after redaction and hooks: nothing has left the span before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace

from spanbridge import settings
from spanbridge.entities.event import Link, SpanEvent
from spanbridge.entities.span_type import SpanType
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.settings import redacted
from spanbridge.spans import spelling
from spanbridge.spans.content import SpanContent
from spanbridge.spans.facts import UNSET, SpanFacts
from spanbridge.spans.hooks import run_hooks
from spanbridge.spans.labels import Labels
from spanbridge.spans.parts import (
    CHUNK_EVENT,
    Prepared,
    moment,
    recordable,
    recordable_attributes,
    recordable_event,
    span_context,
)
from spanbridge.spans.recorded_exceptions import TYPE, as_exception, exception_event
from spanbridge.spans.trace_state import TraceState, as_text
from spanbridge.spans.writing import write
from spanbridge.telling import tell_once
from spanbridge.values import clean, text_of, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["UNSET", "LiveSpan", "NoOpSpan"]

_NOBODY: Final = 0
_EVENTS: Final = 'events are spanbridge.entities.SpanEvent: span.add_event(SpanEvent("retry"))'


class LiveSpan(SpanFacts, Labels):
    """A span that is being recorded.

    Setters never raise, whatever they are given, and do nothing once the span has ended. What
    cannot be recorded is told once in the log. Values are taken as they are when they are set;
    changing a list afterwards does not change the span.

    Attributes:
        otel_span: the OpenTelemetry span underneath.
        trace_state: what is known of its trace.
        is_local_root: it is the topmost span of its trace in this process.
    """

    def __init__(
        self,
        otel_span: trace.Span,
        name: str,
        span_type: str,
        trace_state: TraceState,
        *,
        is_local_root: bool,
        on_end: Callable[[LiveSpan], None] | None = None,
    ) -> None:
        super().__init__(otel_span, name, span_type)
        self.trace_state = trace_state
        self.is_local_root = is_local_root
        # Who may still set something; while hooks run, theirs is the only thread that may.
        self._closed_to_others = False
        self._hooks_run_in = _NOBODY
        self._ends = [None]  # taken by the one that ends it; a lock could be held during a fork
        self._on_end = on_end

    def _open(self) -> SpanContent | None:
        """What may be changed; None if the span has ended, or somebody else is ending it."""
        # Taken first: what is being changed when hooks begin is no longer what they look at.
        content = self._content
        if self._closed_to_others and self._hooks_run_in != get_ident():
            return None
        return content

    @property
    def keeps_content(self) -> bool:
        """Whether inputs and outputs are recorded: on the span, or in the event of a model call."""
        wanted = settings.current()
        return wanted.content_on_spans or (
            wanted.content_in_events and self._content.span_type in spelling.MODEL_TYPES
        )

    def set_inputs(self, inputs: Any) -> None:
        """Say what went in: anything that JSON can spell."""
        if (content := self._open()) is not None and self.keeps_content:
            content.inputs = to_json(redacted(inputs, "inputs"))

    def set_outputs(self, outputs: Any) -> None:
        """Say what came out: anything that JSON can spell."""
        if (content := self._open()) is not None and self.keeps_content:
            content.outputs = to_json(redacted(outputs, "outputs"))

    def set_attribute(self, key: str, value: Any) -> None:
        """Set an attribute.

        Scalars and lists of one kind of scalar stay what they are; anything else becomes JSON.
        Values of MLflow's own keys are JSON texts, as MLflow writes them.
        """
        content = self._open()
        if content is None or value is None:
            return
        try:
            key = text_of(key)
            if key == spelling.SPAN_TYPE:
                content.span_type = clean(text_of(value))
            elif key == spelling.INPUTS:
                self.set_inputs(value)
            elif key == spelling.OUTPUTS:
                self.set_outputs(value)
            elif key and (allowed := recordable(key, value)) is not None:
                content.attributes[clean(key)] = spelling.kept(key, allowed)
        except Exception as error:
            _left_out("An attribute", error)

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        if type(attributes) is Prepared:
            if settings.current().redact is None:
                if (content := self._open()) is not None:
                    content.attributes.update(attributes)
                return
            attributes = attributes.given
        try:
            given = dict(attributes)
        except Exception:
            kind = type(attributes).__name__
            tell_once(f"Attributes were left out: they are a mapping, not a {kind}")
            return
        for key, value in given.items():
            self.set_attribute(key, value)

    def set_span_type(self, span_type: str) -> None:
        """Say what it stands for: one of :class:`SpanType`, or a type of your own."""
        self.set_attribute(spelling.SPAN_TYPE, span_type)

    def set_status(self, status: SpanStatus | SpanStatusCode | str) -> None:
        """Say how it ended: ``OK``, ``ERROR`` or ``UNSET``, in any case."""
        if (content := self._open()) is None:
            return
        try:
            found = SpanStatus.of(status)
            said = found.description and as_text(redacted(found.description, "status.description"))
            # The code may be the word for it.
            content.status = SpanStatus(SpanStatusCode.of(found.status_code), said)
        except Exception as error:
            _left_out("A status, of which there are UNSET, OK, ERROR,", error)

    def add_event(self, event: SpanEvent) -> None:
        """Add something that happened."""
        if (content := self._open()) is None:
            return
        try:
            content.events.append(recordable_event(event))
        except Exception as error:
            _left_out("An event", error, _EVENTS)

    def add_item(self, number: int, text: str, time_ns: int) -> None:
        """Add the event of an item of a stream: ``mlflow.chunk.item.0`` and so on.

        Args:
            number: of the item, from 0 on.
            text: the item as JSON, after the redaction hook.
            time_ns: nanoseconds since the epoch.
        """
        if (content := self._open()) is not None and self.keeps_content:
            content.events.append((f"{CHUNK_EVENT}{number}", time_ns, {spelling.CHUNK: text}))

    def set_events(self, events: Iterable[SpanEvent]) -> None:
        """Put other events in place of all so far; for span processors that hide something.

        Where a processor changes the message of an exception, the stack trace and the status, which
        have it too, are no longer told.
        """
        if (content := self._open()) is None:
            return
        try:
            content.events = [recordable_event(event) for event in events]
        except Exception as error:
            # Those that are there may be what was to be replaced.
            content.events = []
            _left_out("Events", error, _EVENTS)

    def add_link(self, link: Link) -> None:
        """Relate it to another span. Ids that are none are told in the log."""
        if (content := self._open()) is None:
            return
        try:
            context = span_context(link)
            if context is None:
                tell_once("A link was left out: it has no ids of a trace and a span")
                return
            content.links.append((context, recordable_attributes(link.attributes)))
        except Exception as error:
            _left_out("A link", error, "links are spanbridge.entities.Link")

    def record_exception(self, exception: BaseException | str) -> None:
        """Record that it failed: an ``exception`` event, and the status ERROR.

        Where contents are not recorded, the text of the exception is not either, because errors of
        models quote them; ``SPANBRIDGE_CAPTURE_EXCEPTION_TEXTS`` says otherwise.
        """
        if (content := self._open()) is None:
            return
        try:
            values, said = exception_event(as_exception(exception))
            content.events.append(recordable_event(SpanEvent("exception"), values))
            content.status = SpanStatus(SpanStatusCode.ERROR, said)
            content.attributes.setdefault("error.type", values[TYPE])
        except Exception as error:
            content.status = SpanStatus(SpanStatusCode.ERROR)
            _left_out("An exception", error)

    def end(
        self,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: SpanStatus | SpanStatusCode | str | None = None,
        end_time_ns: int | None = None,
    ) -> None:
        """End it. Without a status it ends OK, unless an error was recorded."""
        try:
            self._ends.pop()
        except IndexError:
            return
        try:
            if outputs is not None:
                self.set_outputs(outputs)
            if attributes is not None:
                self.set_attributes(attributes)
            if status is not None:
                self.set_status(status)
            if hooks := settings.current().span_hooks:
                self._hooks_run_in = get_ident()
                self._closed_to_others = True
                self._content = self._content.copy()
                run_hooks(self, self._content, hooks)
        finally:
            self._hooks_run_in = _NOBODY
            self._closed_to_others = self._ended = True
            if self.trace_state.root is self:
                # A circle would wait for the collector of cycles, with all that was said.
                self.trace_state.root = None
            self._leave(None if end_time_ns is None else moment(end_time_ns))

    def _leave(self, end_time_ns: int | None) -> None:
        try:
            write(
                self.otel_span, self._name, self._content, self.trace_state, root=self.is_local_root
            )
        except Exception as error:
            tell_once(f"Span {self._name} is incomplete: {type(error).__name__}")
        try:
            self.otel_span.end(end_time_ns)
            if self._on_end is not None:
                self._on_end(self)
        except Exception as error:
            # Raised by a span processor of the application.
            tell_once(f"Ending span {self._name} failed with {type(error).__name__}")


def _left_out(what: str, error: Exception, taken: str = "") -> None:
    # Not its message: that may quote what was given.
    tell_once(f"{what} was left out: {type(error).__name__}{taken and f' ({taken})'}")


class NoOpSpan(LiveSpan):
    """A span that is not recorded: tracing is off, or its trace is not sampled."""

    def __init__(self, otel_span: trace.Span = trace.INVALID_SPAN) -> None:
        super().__init__(otel_span, "", SpanType.UNKNOWN, TraceState(), is_local_root=False)
        self._ended = self._closed_to_others = True

    def end(
        self,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: SpanStatus | SpanStatusCode | str | None = None,
        end_time_ns: int | None = None,
    ) -> None:
        """Nothing happens."""
