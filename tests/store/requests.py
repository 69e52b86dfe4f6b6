"""OTLP requests for the tests of the store."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

START_NS = 1_790_000_000_000_000_000


def any_value(value: object) -> AnyValue:
    """An AnyValue of a Python value; a dict becomes a kvlist, a list an array, None no value.

    Written apart from the service's own, which tests with these requests would not find wrong.
    """
    out = AnyValue()
    match value:
        case bool():
            out.bool_value = value
        case int():
            out.int_value = value
        case float():
            out.double_value = value
        case str():
            out.string_value = value
        case bytes():
            out.bytes_value = value
        case dict():
            out.kvlist_value.SetInParent()
            for key, member in value.items():
                out.kvlist_value.values.add(key=key, value=any_value(member))
        case list():
            out.array_value.SetInParent()
            out.array_value.values.extend(any_value(member) for member in value)
        case _:
            assert value is None
    return out


def trace_request(
    attributes: Mapping[str, object] | None = None, *, trace_id: bytes = b"", service: str = "test"
) -> tuple[ExportTraceServiceRequest, Span]:
    """A request with one span, and that span."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name", value=any_value(service))
    span = resource.scope_spans.add().spans.add(
        trace_id=trace_id or secrets.token_bytes(16),
        span_id=secrets.token_bytes(8),
        name="span",
        start_time_unix_nano=START_NS,
        end_time_unix_nano=START_NS + 1_000_000,
    )
    for key, value in (attributes or {}).items():
        span.attributes.add(key=key, value=any_value(value))
    return request, span


def log_request(
    body: object, attributes: Mapping[str, object] | None = None
) -> ExportLogsServiceRequest:
    """A request with one log record."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name", value=any_value("test"))
    record = resource.scope_logs.add().log_records.add(
        time_unix_nano=START_NS, trace_id=secrets.token_bytes(16), span_id=secrets.token_bytes(8)
    )
    record.body.CopyFrom(any_value(body))
    for key, value in (attributes or {}).items():
        record.attributes.add(key=key, value=any_value(value))
    return request
