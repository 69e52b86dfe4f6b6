"""OTLP messages taken apart and put together: by trace, in sections, without invalid spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from spanbridge_ingest.store.base import Signal

Traces = ExportTraceServiceRequest
Logs = ExportLogsServiceRequest
Request = Traces | Logs

R = TypeVar("R", Traces, Logs)

_FIELDS: Final[dict[type[Request], tuple[str, str, str]]] = {
    Traces: ("resource_spans", "scope_spans", "spans"),
    Logs: ("resource_logs", "scope_logs", "log_records"),
}
"""What requests, resources and scopes call what they hold."""
_TRACE_ID_BYTES: Final = 16
_SPAN_ID_BYTES: Final = 8

SpanItem = tuple[ResourceSpans, ScopeSpans, Span]
LogItem = tuple[ResourceLogs, ScopeLogs, LogRecord]


@dataclass(frozen=True, slots=True)
class Piece:
    """A request, or its spans of one trace by reference: the resources and scopes are shared.

    Sizes are in bytes.
    """

    source: Request
    items: Sequence[SpanItem] | None = None
    """None is all of the request."""
    size: int = 0
    """Without resources and scopes."""
    shared: int = 0
    """The resources and scopes of the whole request."""
    share: int = 0
    """The part of ``shared`` that falls to this piece: over all pieces they add up to it."""


def parse(signal: Signal, payload: bytes) -> Request | None:
    """The message in ``payload``; None when it cannot be read."""
    try:
        if signal is Signal.TRACES:
            return Traces.FromString(payload)
        return Logs.FromString(payload)
    except DecodeError:
        return None


def count(request: Request) -> int:
    """How many spans or log records there are."""
    if isinstance(request, Traces):
        return sum(len(s.spans) for r in request.resource_spans for s in r.scope_spans)
    return sum(len(s.log_records) for r in request.resource_logs for s in r.scope_logs)


def is_valid(span: Span) -> bool:
    """Whether the ids are what OTLP asks for; the store puts others aside."""
    return (
        len(span.trace_id) == _TRACE_ID_BYTES
        and len(span.span_id) == _SPAN_ID_BYTES
        and any(span.trace_id)
        and any(span.span_id)
    )


def trace_ids(request: Traces) -> set[bytes]:
    """The ids of the traces of all spans."""
    return {span.trace_id for _, _, span in _spans(request)}


def without_invalid(request: Traces) -> Traces:
    """The request, or another with its valid spans when some are not."""
    items = list(_spans(request))
    valid = [item for item in items if is_valid(item[2])]
    return request if len(valid) == len(items) else _spans_request(valid)


def whole(request: Request) -> Piece:
    """All of a request."""
    return Piece(request, size=request.ByteSize())


def by_trace(request: Traces) -> dict[bytes, Piece]:
    """The spans, one piece per trace. They hold on to the request."""
    items: dict[bytes, list[SpanItem]] = defaultdict(list)
    for item in _spans(request):
        items[item[2].trace_id].append(item)
    if len(items) == 1:
        return dict.fromkeys(items, whole(request))
    sizes = {trace_id: sum(item[2].ByteSize() for item in some) for trace_id, some in items.items()}
    shared = request.ByteSize() - sum(sizes.values())
    return {
        trace_id: Piece(request, some, sizes[trace_id], shared, shared // len(items))
        for trace_id, some in items.items()
    }


def logs_by_trace(request: Logs) -> tuple[Logs, dict[bytes, list[LogItem]]]:
    """The records that belong to a trace: a request with no others, and its records by trace."""
    items = list(_log_records(request))
    belonging = [item for item in items if len(item[2].trace_id) == _TRACE_ID_BYTES]
    if len(belonging) < len(items):
        # The others would be kept in memory along with them.
        request = logs_request(belonging)
        belonging = list(_log_records(request))
    found: dict[bytes, list[LogItem]] = defaultdict(list)
    for item in belonging:
        found[item[2].trace_id].append(item)
    return request, found


def assembled(pieces: Sequence[Piece]) -> Request:
    """Pieces of one signal in one request; each resource and scope of a source is in it once."""
    if len(pieces) == 1 and pieces[0].items is None:
        return pieces[0].source
    request = type(pieces[0].source)()
    items = [item for piece in pieces for item in piece.items or ()]
    if items:
        request.MergeFrom(_spans_request(items))  # type: ignore[arg-type]  # only spans are divided
    for piece in pieces:
        if piece.items is None:
            request.MergeFrom(piece.source)  # type: ignore[arg-type]  # one signal
    return request


def section(request: Request, start: int, stop: int) -> Request:
    """Records by their place in the request, with their resources and scopes."""
    if isinstance(request, Traces):
        return _spans_request(islice(_spans(request), start, stop))
    return logs_request(islice(_log_records(request), start, stop))


def _spans(request: Traces) -> Iterator[SpanItem]:
    return _records(request)


def _log_records(request: Logs) -> Iterator[LogItem]:
    return _records(request)


def _spans_request(items: Iterable[SpanItem]) -> Traces:
    return _gathered(Traces(), items)


def logs_request(items: Iterable[LogItem]) -> Logs:
    """The records in one request; each resource and scope is in it once."""
    return _gathered(Logs(), items)


def _records(request: Request) -> Iterator[Any]:
    of_request, of_resource, of_scope = _FIELDS[type(request)]
    for resource in getattr(request, of_request):
        for scope in getattr(resource, of_resource):
            for record in getattr(scope, of_scope):
                yield resource, scope, record


def _gathered(request: R, items: Iterable[tuple[Any, Any, Any]]) -> R:
    """The empty request, filled with the records; each resource and scope is in it once."""
    of_request, of_resource, of_scope = _FIELDS[type(request)]
    # The items keep alive what the keys are the identities of.
    items = list(items)
    resources: dict[int, Any] = {}
    scopes: dict[int, Any] = {}
    for resource, scope, record in items:
        added = scopes.get(id(scope))
        if added is None:
            around = resources.get(id(resource))
            if around is None:
                around = getattr(request, of_request).add(schema_url=resource.schema_url)
                around.resource.CopyFrom(resource.resource)
                resources[id(resource)] = around
            added = getattr(around, of_resource).add(schema_url=scope.schema_url)
            added.scope.CopyFrom(scope.scope)
            scopes[id(scope)] = added
        getattr(added, of_scope).append(record)
    return request
