"""Small OTLP requests for tests."""

from __future__ import annotations

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

START_NS = 1_800_000_000_000_000_000


def traces(*names: str, trace_id: int = 1, service: str = "shop") -> ExportTraceServiceRequest:
    """One resource with a span per name: the first is the root, the others its children."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    attribute = resource.resource.attributes.add(key="service.name")
    attribute.value.string_value = service
    scope = resource.scope_spans.add()
    scope.scope.name = "tests"
    for number, name in enumerate(names, 1):
        scope.spans.add(
            trace_id=trace_id.to_bytes(16, "big"),
            span_id=number.to_bytes(8, "big"),
            parent_span_id=b"" if number == 1 else (1).to_bytes(8, "big"),
            name=name,
            start_time_unix_nano=START_NS + number,
            end_time_unix_nano=START_NS + 1000 + number,
        )
    return request


def logs(*bodies: str) -> ExportLogsServiceRequest:
    """One resource with a log record per body."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for body in bodies:
        record = scope.log_records.add(time_unix_nano=START_NS)
        record.body.string_value = body
    return request


def as_json(request: ExportTraceServiceRequest | ExportLogsServiceRequest) -> dict[str, object]:
    """The request in OTLP/JSON: like protobuf's JSON, but ids are hex."""
    document = MessageToDict(request, use_integers_for_enums=True)
    if isinstance(request, ExportTraceServiceRequest):
        for r, resource in zip(document["resourceSpans"], request.resource_spans, strict=True):
            for s, scope in zip(r["scopeSpans"], resource.scope_spans, strict=True):
                for written, span in zip(s["spans"], scope.spans, strict=True):
                    written["traceId"] = span.trace_id.hex()
                    written["spanId"] = span.span_id.hex()
                    if span.parent_span_id:
                        written["parentSpanId"] = span.parent_span_id.hex()
    return document
