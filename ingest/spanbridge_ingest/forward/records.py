"""OTLP messages taken apart and put together: by trace, in halves, without spans that are none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from spanbridge_ingest.store.base import Signal

Traces = ExportTraceServiceRequest
Logs = ExportLogsServiceRequest
Request = Traces | Logs

_TRACE_ID_BYTES: Final = 16
_SPAN_ID_BYTES: Final = 8

_SpanItem = tuple[ResourceSpans, ScopeSpans, Span]
_LogItem = tuple[ResourceLogs, ScopeLogs, LogRecord]


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


def by_trace(request: Traces) -> dict[bytes, Traces]:
    """The spans, one message per trace, each with its resource and scope."""
    items: dict[bytes, list[_SpanItem]] = defaultdict(list)
    for item in _spans(request):
        items[item[2].trace_id].append(item)
    if len(items) == 1:
        return dict.fromkeys(items, request)
    return {trace_id: _spans_request(some) for trace_id, some in items.items()}


def logs_by_trace(request: Logs) -> dict[bytes, Logs]:
    """The log records that belong to a trace, one message per trace."""
    items: dict[bytes, list[_LogItem]] = defaultdict(list)
    for item in _log_records(request):
        if len(item[2].trace_id) == _TRACE_ID_BYTES:
            items[item[2].trace_id].append(item)
    return {trace_id: _logs_request(some) for trace_id, some in items.items()}


def halves(request: Request) -> tuple[Request, Request] | None:
    """Two messages with half of the records each; None for a single record."""
    middle = count(request) // 2
    if not middle:
        return None
    if isinstance(request, Traces):
        spans = list(_spans(request))
        return _spans_request(spans[:middle]), _spans_request(spans[middle:])
    logs = list(_log_records(request))
    return _logs_request(logs[:middle]), _logs_request(logs[middle:])


def _spans(request: Traces) -> Iterator[_SpanItem]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield resource, scope, span


def _log_records(request: Logs) -> Iterator[_LogItem]:
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield resource, scope, record


def _spans_request(items: Iterable[_SpanItem]) -> Traces:
    request = Traces()
    last_resource: ResourceSpans | None = None
    last_scope: ScopeSpans | None = None
    for resource, scope, span in items:
        if resource is not last_resource:
            added = request.resource_spans.add(schema_url=resource.schema_url)
            added.resource.CopyFrom(resource.resource)
        if scope is not last_scope:
            added_scope = added.scope_spans.add(schema_url=scope.schema_url)
            added_scope.scope.CopyFrom(scope.scope)
        added_scope.spans.append(span)
        last_resource, last_scope = resource, scope
    return request


def _logs_request(items: Iterable[_LogItem]) -> Logs:
    request = Logs()
    last_resource: ResourceLogs | None = None
    last_scope: ScopeLogs | None = None
    for resource, scope, record in items:
        if resource is not last_resource:
            added = request.resource_logs.add(schema_url=resource.schema_url)
            added.resource.CopyFrom(resource.resource)
        if scope is not last_scope:
            added_scope = added.scope_logs.add(schema_url=scope.schema_url)
            added_scope.scope.CopyFrom(scope.scope)
        added_scope.log_records.append(record)
        last_resource, last_scope = resource, scope
    return request
