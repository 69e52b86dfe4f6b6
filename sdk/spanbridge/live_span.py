"""A span that is open: MLflow's setters on a span of OpenTelemetry.

What is set is kept here as it is at that moment and written to the OpenTelemetry span when it ends,
after redaction and hooks: nothing has left the span before. What matters most is written last,
because a provider of the application may have small limits and evicts the oldest.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace
from opentelemetry.trace import SpanContext, Status, StatusCode

from spanbridge import settings, spelling
from spanbridge.entities.event import Link, SpanEvent, message_of
from spanbridge.entities.span_type import SpanType
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.labels import Labels
from spanbridge.settings import WITHHELD, redacted
from spanbridge.span_parts import (
    Event,
    Prepared,
    moment,
    moment_or_now,
    recordable,
    recordable_attributes,
    span_context,
    withheld,
)
from spanbridge.trace_state import TraceState, as_text
from spanbridge.values import clean, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

_logger: Final = logging.getLogger("spanbridge")
_STATUS: Final = {
    SpanStatusCode.UNSET: StatusCode.UNSET,
    SpanStatusCode.OK: StatusCode.OK,
    SpanStatusCode.ERROR: StatusCode.ERROR,
}
CHUNK_EVENT: Final = "mlflow.chunk.item."
"""What the names of events for items of a stream begin with; their numbers follow."""
OK: Final = SpanStatus(SpanStatusCode.OK)
UNSET: Final = SpanStatus(SpanStatusCode.UNSET)
_FEW: Final = 8


class LiveSpan(Labels):
    """A span that is being recorded.

    Setters never raise and do nothing once the span has ended. Values are taken as they are when
    they are set; changing a list afterwards does not change the span.

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
        self.otel_span = otel_span
        self.trace_state = trace_state
        self.is_local_root = is_local_root
        self._name = name
        self._type = span_type
        self._inputs: str | None = None
        self._outputs: str | None = None
        self._attributes: dict[str, Any] = {}
        self._events: list[Event] = []
        self._status: SpanStatus | None = None
        self._ended = False
        self._ends = [None]  # taken by the one that ends it; a lock could be held during a fork
        self._on_end = on_end

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
        return self._type

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
        return self._status or UNSET

    @property
    def inputs(self) -> Any:
        """What went in, as JSON spells it; None if that was not set or is not recorded."""
        return None if self._inputs is None else from_json(self._inputs)

    @property
    def outputs(self) -> Any:
        """What came out, as JSON spells it; None if that was not set or is not recorded."""
        return None if self._outputs is None else from_json(self._outputs)

    @property
    def has_outputs(self) -> bool:
        """Whether outputs have been set."""
        return self._outputs is not None

    @property
    def attributes(self) -> dict[str, Any]:
        """All attributes by their keys, those of MLflow included."""
        found = {key: self.get_attribute(key) for key in list(self._attributes)}
        found[spelling.SPAN_TYPE] = self._type
        for key, text in ((spelling.INPUTS, self._inputs), (spelling.OUTPUTS, self._outputs)):
            if text is not None:
                found[key] = from_json(text)
        return found

    @property
    def events(self) -> list[SpanEvent]:
        """What happened so far."""
        return [SpanEvent(name, time_ns, values) for name, time_ns, values in self._events]

    def get_attribute(self, key: str) -> Any:
        """The value of an attribute; None if it has not been set."""
        if key == spelling.SPAN_TYPE:
            return self._type
        if key == spelling.INPUTS:
            return self.inputs
        if key == spelling.OUTPUTS:
            return self.outputs
        value = self._attributes.get(key)
        return (
            from_json(value) if isinstance(value, str) and spelling.is_json(key, value) else value
        )

    @property
    def _context(self) -> SpanContext:
        return self.otel_span.get_span_context()

    # What can be said of it.

    def set_inputs(self, inputs: Any) -> None:
        """Say what went in: anything that JSON can spell."""
        if self._ended or not settings.current().content_on_spans:
            return
        self._inputs = to_json(redacted(inputs, "inputs"))

    def set_outputs(self, outputs: Any) -> None:
        """Say what came out: anything that JSON can spell."""
        if self._ended or not settings.current().content_on_spans:
            return
        self._outputs = to_json(redacted(outputs, "outputs"))

    def set_attribute(self, key: str, value: Any) -> None:
        """Set an attribute.

        Scalars and lists of one kind of scalar stay what they are; anything else becomes JSON.
        Values of MLflow's own keys are JSON texts, as MLflow writes them.
        """
        if self._ended or value is None:
            return
        key = str(key)
        if key == spelling.SPAN_TYPE:
            self._type = str(value)
        elif key == spelling.INPUTS:
            self.set_inputs(value)
        elif key == spelling.OUTPUTS:
            self.set_outputs(value)
        elif (allowed := recordable(key, value)) is not None:
            self._attributes[clean(key)] = spelling.kept(key, allowed)

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        if isinstance(attributes, Prepared):
            if settings.current().redact is None and not self._ended:
                self._attributes.update(attributes)
                return
            attributes = attributes.given
        try:
            given = dict(attributes)
        except Exception:
            kind = type(attributes).__name__
            _logger.warning("Attributes were left out: they are a mapping, not a %s", kind)
            return
        for key, value in given.items():
            self.set_attribute(key, value)

    def set_span_type(self, span_type: str) -> None:
        """Say what it stands for: one of :class:`SpanType`, or a type of your own."""
        if not self._ended:
            self._type = str(span_type)

    def set_status(self, status: SpanStatus | SpanStatusCode | str) -> None:
        """Say how it ended.

        Raises:
            InvalidValueError: there is no status of that name.
        """
        found = SpanStatus.of(status)
        if found.description:
            said = as_text(redacted(found.description, "status.description"))
            found = SpanStatus(found.status_code, said)
        if not self._ended:
            self._status = found

    def add_event(self, event: SpanEvent) -> None:
        """Add something that happened."""
        if not self._ended:
            values = recordable_attributes(event.attributes)
            self._events.append((clean(str(event.name)), moment_or_now(event.timestamp), values))

    def add_link(self, link: Link) -> None:
        """Relate it to another span. Ids that are none are told in the log."""
        context = span_context(link)
        if context is None:
            _logger.warning("A link was left out: %r, %r are no ids", link.trace_id, link.span_id)
        elif not self._ended:
            self.otel_span.add_link(context, recordable_attributes(link.attributes))

    def record_exception(self, exception: BaseException | str) -> None:
        """Record that it failed: an ``exception`` event, and the status ERROR."""
        if self._ended:
            return
        if isinstance(exception, str):
            exception = Exception(exception)
        event = SpanEvent.from_exception(exception)
        self.add_event(event)
        said = as_text(redacted(message_of(exception), "exception.message"))
        kind = type(exception).__name__
        self._status = SpanStatus(SpanStatusCode.ERROR, f"{kind}: {said}" if said else kind)
        self._attributes.setdefault("error.type", event.attributes["exception.type"])

    def end(
        self,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: SpanStatus | SpanStatusCode | str | None = None,
        end_time_ns: int | None = None,
    ) -> None:
        """End it. Without a status it ends OK, unless an error was recorded.

        Raises:
            InvalidValueError: there is no status of that name.
        """
        found = None if status is None else SpanStatus.of(status)
        try:
            self._ends.pop()
        except IndexError:
            return
        try:
            if outputs is not None:
                self.set_outputs(outputs)
            if attributes:
                self.set_attributes(attributes)
            if found is not None:
                self.set_status(found)
            if hooks := settings.current().span_hooks:
                self._run_all(hooks)
        finally:
            self._ended = True
            self._leave(None if end_time_ns is None else moment(end_time_ns))

    def _leave(self, end_time_ns: int | None) -> None:
        try:
            self._write()
        except Exception as error:
            _logger.warning("Span %s is incomplete: %s", self._name, type(error).__name__)
        try:
            self.otel_span.end(end_time_ns)
            if self._on_end is not None:
                self._on_end(self)
        except Exception as error:
            # Raised by a span processor of the application.
            _logger.warning("Ending span %s failed with %s", self._name, type(error).__name__)

    def _run_all(self, hooks: Sequence[settings.SpanHook]) -> None:
        before = (self._inputs, self._outputs)
        for hook in hooks:
            self._run(hook)
        if (self._inputs, self._outputs) != before:
            self._forget_restatements(self._inputs != before[0], self._outputs != before[1])

    def _forget_restatements(self, inputs: bool, outputs: bool) -> None:
        """Let go of what says again what a hook has changed; messages are then made of the new."""
        for key in spelling.MESSAGES:
            self._attributes.pop(key, None)
        if self.is_local_root:
            self.trace_state.forget_previews(request=inputs, response=outputs)
        if outputs:
            self._events = [event for event in self._events if not event[0].startswith(CHUNK_EVENT)]

    def _run(self, hook: settings.SpanHook) -> None:
        try:
            hook(self)
        except Exception as error:
            # It may have been there to keep something from being recorded.
            _logger.warning(
                "A span processor failed with %s; content of span %s is not recorded",
                type(error).__name__,
                self._name,
            )
            self._inputs = self._inputs and to_json(WITHHELD)
            self._outputs = self._outputs and to_json(WITHHELD)
            self._events = [(name, at, withheld(values)) for name, at, values in self._events]
            self._attributes = withheld(self._attributes)
            self.trace_state.withhold_previews()
            if self._status is not None and self._status.description:
                self._status = SpanStatus(self._status.status_code, WITHHELD)

    def _write(self) -> None:
        emitted = settings.current()
        values = dict(self._attributes)
        if len(values) > _FEW:
            # The application's own may be evicted by its own limits; these may not.
            values = dict(sorted(values.items(), key=_matters))
        values.update(self.trace_state.on_every_span(emitted.gen_ai))
        if self.is_local_root:
            values.update(self.trace_state.on_the_root())
        spelling.spell(
            values, emitted, self._name, self._type, self._inputs, self._outputs, self.is_local_root
        )
        span = self.otel_span
        span.set_attributes(values)
        for name, at, attributes in self._events:
            span.add_event(name, attributes, at)
        status = self._status or OK
        if status.status_code is not SpanStatusCode.UNSET:
            code = _STATUS[status.status_code]
            said = clean(status.description) if code is StatusCode.ERROR else None
            span.set_status(Status(code, said))


def _matters(attribute: tuple[str, Any]) -> bool:
    return attribute[0].startswith(("gen_ai.", spelling.MLFLOW))


class NoOpSpan(LiveSpan):
    """A span that is not recorded: tracing is off, or its trace is not sampled."""

    def __init__(self, otel_span: trace.Span = trace.INVALID_SPAN) -> None:
        super().__init__(otel_span, "", SpanType.UNKNOWN, TraceState(), is_local_root=False)
        self._ended = True

    def end(
        self,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: SpanStatus | SpanStatusCode | str | None = None,
        end_time_ns: int | None = None,
    ) -> None:
        """Nothing happens."""
