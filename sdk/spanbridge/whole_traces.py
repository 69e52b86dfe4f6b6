"""Traces of work that is over: told as a whole, or made somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.trace import SpanKind

from spanbridge.entities.event import Link
from spanbridge.exceptions import InvalidValueError
from spanbridge.fluent import get_current_active_span, is_enabled, open_span, within
from spanbridge.lenient import by_key
from spanbridge.live_span import LiveSpan
from spanbridge.span_parts import moment
from spanbridge.starting import start_span_no_context
from spanbridge.telling import tell_once

if TYPE_CHECKING:
    from spanbridge.entities.span import Span
    from spanbridge.entities.trace import Trace

_MS: Final = 1_000_000
_INTERMEDIATE_OUTPUTS: Final = "mlflow.trace.intermediate_outputs"
_OF_ITS_OWN_TRACE: Final = (
    *("mlflow.traceTag.", "spanbridge.trace.", "mlflow.experimentId", "mlflow.traceRequestId"),
    *("session.id", "user.id", "gen_ai.conversation.id", "mlflow.spanInputs"),
    *("mlflow.spanOutputs", "mlflow.spanType"),
)
"""Attributes that are about the trace a span was in, or are handed over another way."""


def log_trace(
    name: str = "Task",
    request: Any = None,
    response: Any = None,
    intermediate_outputs: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    start_time_ms: int | None = None,
    execution_time_ms: int | None = None,
) -> str:
    """Record a trace of one span, of work that is over.

    Args:
        name: what happened.
        request: what went in.
        response: what came out.
        intermediate_outputs: what came out of parts of it, by their names.
        attributes: of the span.
        tags: of the trace.
        start_time_ms: milliseconds since the epoch; now if not given.
        execution_time_ms: how long it took; counts if ``start_time_ms`` is given.

    Returns:
        the id of the trace.
    """
    said = by_key(attributes, "attributes")
    if intermediate_outputs:
        said[_INTERMEDIATE_OUTPUTS] = by_key(intermediate_outputs, "intermediate_outputs")
    begun, took = _nanoseconds(start_time_ms), _nanoseconds(execution_time_ms)
    span = start_span_no_context(
        name, inputs=request, attributes=said, tags=tags, start_time_ns=begun
    )
    span.end(response, end_time_ns=None if begun is None or took is None else begun + took)
    return span.trace_id


def add_trace(trace: Trace | Mapping[str, Any], target: LiveSpan | None = None) -> None:
    """Record the spans of a trace that is over as part of the one that is being recorded.

    They get ids of their own. Tags, metadata, session and user stay with their own trace.

    Args:
        trace: as :func:`get_trace` gives it, or what its ``to_dict()`` made.
        target: the span they go below. Otherwise that is the current one, or if there is none, a
            span that stands for them in a trace of its own.

    What is no trace, or one that is in progress, is left out and told once in the log.
    """
    if not is_enabled() or (found := _read(trace)) is None or not found.data.spans:
        return
    from spanbridge.entities.span_tree import rows

    above = target if isinstance(target, LiveSpan) else get_current_active_span()
    wrapper: LiveSpan | None = None
    if above is None:
        first = found.data.root or found.data.spans[0]
        above = wrapper = start_span_no_context(
            f"Remote Trace <{first.name}>",
            inputs=first.inputs,
            start_time_ns=min(span.start_time_ns for span in found.data.spans),
        )
    added: dict[str, LiveSpan] = {}
    for row in rows(found.data.spans):
        parent = added.get(row.span.parent_id or "", above)
        added[row.span.span_id] = _added(row.span, parent)
    for span in found.data.spans:
        added[span.span_id].end(end_time_ns=span.end_time_ns)
    if wrapper is not None:
        root = found.data.root
        outputs = None if root is None else root.outputs
        wrapper.end(outputs, end_time_ns=max(span.end_time_ns for span in found.data.spans))


def _nanoseconds(milliseconds: object) -> int | None:
    return moment(milliseconds * _MS) if isinstance(milliseconds, int | float) else None


def _read(trace: object) -> Trace | None:
    from spanbridge.entities.trace import Trace
    from spanbridge.entities.trace_state import TraceState

    if isinstance(trace, Mapping):
        try:
            trace = Trace.from_dict(trace)
        except InvalidValueError as error:
            tell_once(f"add_trace added nothing: {error}")
            return None
    if not isinstance(trace, Trace):
        tell_once(f"add_trace added nothing: {type(trace).__name__} is no Trace and no dictionary")
        return None
    if trace.info.state is TraceState.IN_PROGRESS:
        tell_once("add_trace added nothing: the trace is still in progress")
        return None
    return trace


def _added(span: Span, above: LiveSpan) -> LiveSpan:
    said = {
        key: value
        for key, value in span.attributes.items()
        if not key.startswith(_OF_ITS_OWN_TRACE)
    }
    made = open_span(
        span.name,
        span.span_type,
        parent=within(above),
        kind=SpanKind.__members__.get(span.kind, SpanKind.INTERNAL),
        attributes=said,
        links=[Link(link.trace_id, link.span_id, link.attributes) for link in span.links],
        start_time_ns=span.start_time_ns,
    )
    if span.inputs is not None:
        made.set_inputs(span.inputs)
    if span.outputs is not None:
        made.set_outputs(span.outputs)
    for event in span.events:
        made.add_event(event)
    made.set_status(span.status)
    return made
