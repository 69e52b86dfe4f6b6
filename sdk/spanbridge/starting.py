"""Starting spans: around a block, or to be ended by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final

from opentelemetry import context as otel_context

from spanbridge.entities.event import Link
from spanbridge.entities.span_type import SpanLogLevel, SpanType
from spanbridge.entities.trace_location import TraceLocationBase
from spanbridge.fluent import end_with, is_enabled, open_span, within
from spanbridge.lenient import by_key, experiment_of, listed, said_of_a_span
from spanbridge.live_span import LiveSpan, NoOpSpan
from spanbridge.telling import tell_once
from spanbridge.trace_state import EXPERIMENT, RUN_METADATA

_NO_OP: Final = NoOpSpan()


class start_span:
    """A context manager that records a span around what is inside it.

    An exception inside is recorded and passed on. Inside, :func:`get_current_active_span` gives the
    span, and spans that other instrumentations start are its children.

    Args:
        name: what happens inside.
        span_type: one of :class:`SpanType`, or a type of your own.
        attributes: as for :meth:`LiveSpan.set_attributes`.
        trace_destination: the experiment of the trace, if it begins here.
        log_level: how important it is: a :class:`SpanLogLevel`, or its name.
        run_id: the run that the trace belongs to, if it begins here.
        links: relations to other spans.
        description: what it is for.
        sampling_ratio_override: the share, 0 to 1, of the traces beginning here that are recorded.
    """

    def __init__(
        self,
        name: str = "span",
        span_type: str = SpanType.UNKNOWN,
        attributes: Mapping[str, Any] | None = None,
        trace_destination: TraceLocationBase | None = None,
        log_level: SpanLogLevel | str | None = None,
        run_id: str | None = None,
        links: Sequence[Link] | None = None,
        description: str | None = None,
        *,
        sampling_ratio_override: float | None = None,
    ) -> None:
        if log_level is not None or description is not None:
            said = said_of_a_span(log_level, description)
            attributes = {**by_key(attributes, "attributes"), **said}
        self._asked = (name, span_type, attributes, listed(links, "links"), sampling_ratio_override)
        self._of_trace = trace_metadata(run_id, trace_destination)

    def __enter__(self) -> LiveSpan:
        self._span: LiveSpan = _NO_OP
        self._token = None
        if not is_enabled():
            return self._span
        name, span_type, attributes, links, ratio = self._asked
        self._span = span = open_span(
            name, span_type, attributes=attributes, links=links, sampling_ratio=ratio
        )
        if self._of_trace and span.is_local_root:
            span.trace_state.update(metadata=self._of_trace)
        self._token = otel_context.attach(within(span))
        return span

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        if self._token is None:
            return
        otel_context.detach(self._token)
        end_with(self._span, error)

    async def __aenter__(self) -> LiveSpan:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)


def start_span_no_context(
    name: str,
    span_type: str = SpanType.UNKNOWN,
    parent_span: LiveSpan | None = None,
    inputs: Any = None,
    attributes: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    experiment_id: str | None = None,
    start_time_ns: int | None = None,
    log_level: SpanLogLevel | str | None = None,
    links: Sequence[Link] | None = None,
    description: str | None = None,
) -> LiveSpan:
    """Start a span that never becomes current; end it with :meth:`LiveSpan.end`.

    Args:
        name: what happens.
        span_type: one of :class:`SpanType`, or a type of your own.
        parent_span: the span above it; the current one if not given.
        inputs: what goes in.
        attributes: as for :meth:`LiveSpan.set_attributes`.
        tags: of the trace.
        metadata: of the trace.
        experiment_id: of the trace.
        start_time_ns: nanoseconds since the epoch; now if not given.
        log_level: how important it is: a :class:`SpanLogLevel`, or its name.
        links: relations to other spans.
        description: what it is for.
    """
    if not is_enabled() or parent_span is _NO_OP:
        return _NO_OP
    above = _recorded(parent_span)
    if log_level is not None or description is not None:
        said = said_of_a_span(log_level, description)
        attributes = {**by_key(attributes, "attributes"), **said}
    span = open_span(
        name,
        span_type,
        parent=None if above is None else within(above),
        attributes=attributes,
        links=listed(links, "links"),
        start_time_ns=start_time_ns,
    )
    if inputs is not None:
        span.set_inputs(inputs)
    if tags or metadata:
        span.trace_state.update(tags=by_key(tags, "tags"), metadata=by_key(metadata, "metadata"))
    if experiment_id is not None:
        span.trace_state.update(metadata={EXPERIMENT: experiment_id})
    return span


def _recorded(span: object) -> LiveSpan | None:
    if span is None or isinstance(span, LiveSpan):
        return span
    kind = type(span).__name__
    tell_once(f"parent_span is left out: it is a span that is recorded here, not {kind}")
    return None


def trace_metadata(run_id: object, destination: object) -> dict[str, str]:
    """What belongs to a trace of a run, and of an experiment."""
    found: dict[str, str] = {}
    if run_id is not None:
        found[RUN_METADATA] = str(run_id)
    if destination is not None and (experiment := experiment_of(destination)) is not None:
        found[EXPERIMENT] = experiment
    return found
