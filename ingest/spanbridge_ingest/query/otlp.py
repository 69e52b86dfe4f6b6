"""OTLP rebuilt from records: what was sent, as protobuf or OTLP/JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final, TypeVar

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from spanbridge_ingest.any_value import to_proto
from spanbridge_ingest.query.rows import (
    EventRecord,
    LinkRecord,
    LogRecord,
    Resource,
    Scope,
    SpanRecord,
)
from spanbridge_ingest.query.values import key_values

_ID_FIELDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})

R = TypeVar("R", SpanRecord, LogRecord)


def rebuild_request(spans: Iterable[SpanRecord]) -> ExportTraceServiceRequest:
    """The spans as one request, grouped by resource and scope in order of first appearance."""
    request = ExportTraceServiceRequest()
    for resource, scopes in _grouped(spans):
        block = request.resource_spans.add(
            resource=_resource(resource), schema_url=resource.schema_url
        )
        for scope, records in scopes:
            inner = block.scope_spans.add(scope=_scope(scope), schema_url=scope.schema_url)
            inner.spans.extend(map(span_message, records))
    return request


def rebuild_logs_request(logs: Iterable[LogRecord]) -> ExportLogsServiceRequest:
    """The log records as one request, grouped by resource and scope."""
    request = ExportLogsServiceRequest()
    for resource, scopes in _grouped(logs):
        block = request.resource_logs.add(
            resource=_resource(resource), schema_url=resource.schema_url
        )
        for scope, records in scopes:
            inner = block.scope_logs.add(scope=_scope(scope), schema_url=scope.schema_url)
            inner.log_records.extend(map(log_message, records))
    return request


def span_message(span: SpanRecord) -> trace_pb2.Span:
    """One span as protobuf."""
    message = trace_pb2.Span(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        trace_state=span.trace_state,
        parent_span_id=bytes.fromhex(span.parent_span_id),
        flags=span.flags,
        name=span.name,
        start_time_unix_nano=span.start,
        end_time_unix_nano=span.end,
        attributes=key_values(span.attributes),
        dropped_attributes_count=span.dropped_attributes,
        events=map(_event, span.events),
        dropped_events_count=span.dropped_events,
        links=map(_link, span.links),
        dropped_links_count=span.dropped_links,
    )
    # Assigned, not passed: OTLP's enums are open, the generated constructor types are not.
    message.kind = span.kind  # type: ignore[assignment]
    if span.status_code or span.status_message:
        message.status.code = span.status_code  # type: ignore[assignment]
        message.status.message = span.status_message
    return message


def log_message(log: LogRecord) -> logs_pb2.LogRecord:
    """One log record as protobuf."""
    message = logs_pb2.LogRecord(
        time_unix_nano=log.time,
        observed_time_unix_nano=log.observed_time,
        severity_text=log.severity_text,
        attributes=key_values(log.attributes),
        dropped_attributes_count=log.dropped_attributes,
        flags=log.flags,
        trace_id=bytes.fromhex(log.trace_id),
        span_id=bytes.fromhex(log.span_id),
        event_name=log.event_name,
    )
    message.severity_number = log.severity_number  # type: ignore[assignment]
    if log.body is not None:
        message.body.CopyFrom(to_proto(log.body))
    return message


def to_otlp_json(message: Message) -> dict[str, Any]:
    """An export request in OTLP/JSON: hex ids, enums as numbers, 64-bit integers as text."""
    document: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    for resource in document.get("resourceSpans", ()):
        for scope in resource.get("scopeSpans", ()):
            for span in scope.get("spans", ()):
                for identified in (span, *span.get("links", ())):
                    _hex_ids(identified)
    for resource in document.get("resourceLogs", ()):
        for scope in resource.get("scopeLogs", ()):
            for record in scope.get("logRecords", ()):
                _hex_ids(record)
    return document


def _hex_ids(identified: dict[str, Any]) -> None:
    # Protobuf's JSON has bytes as base64; OTLP's has ids as hex.
    for field in _ID_FIELDS & identified.keys():
        identified[field] = base64.b64decode(identified[field]).hex()


def _event(event: EventRecord) -> trace_pb2.Span.Event:
    return trace_pb2.Span.Event(
        time_unix_nano=event.time,
        name=event.name,
        attributes=key_values(event.attributes),
        dropped_attributes_count=event.dropped_attributes,
    )


def _link(link: LinkRecord) -> trace_pb2.Span.Link:
    return trace_pb2.Span.Link(
        trace_id=bytes.fromhex(link.trace_id),
        span_id=bytes.fromhex(link.span_id),
        trace_state=link.trace_state,
        attributes=key_values(link.attributes),
        dropped_attributes_count=link.dropped_attributes,
        flags=link.flags,
    )


def _resource(resource: Resource) -> resource_pb2.Resource:
    return resource_pb2.Resource(
        attributes=key_values(resource.attributes),
        dropped_attributes_count=resource.dropped_attributes,
        entity_refs=[
            common_pb2.EntityRef(
                schema_url=ref.schema_url,
                type=ref.type,
                id_keys=ref.id_keys,
                description_keys=ref.description_keys,
            )
            for ref in resource.entity_refs
        ],
    )


def _scope(scope: Scope) -> common_pb2.InstrumentationScope:
    return common_pb2.InstrumentationScope(
        name=scope.name,
        version=scope.version,
        attributes=key_values(scope.attributes),
        dropped_attributes_count=scope.dropped_attributes,
    )


def _identity(message: Message, schema_url: str) -> tuple[bytes, str]:
    """Tells resources and scopes apart; by their bytes, for in Python ``1 == True == 1.0``."""
    return message.SerializeToString(deterministic=True), schema_url


def _grouped(records: Iterable[R]) -> list[tuple[Resource, list[tuple[Scope, list[R]]]]]:
    resources: dict[object, tuple[Resource, dict[object, tuple[Scope, list[R]]]]] = {}
    for record in records:
        resource, scope = record.resource, record.scope
        _, scopes = resources.setdefault(
            _identity(_resource(resource), resource.schema_url), (resource, {})
        )
        _, members = scopes.setdefault(_identity(_scope(scope), scope.schema_url), (scope, []))
        members.append(record)
    return [(resource, list(scopes.values())) for resource, scopes in resources.values()]
