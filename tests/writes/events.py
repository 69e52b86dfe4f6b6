"""OTLP requests with evaluation events."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from tests.support.otlp import START_NS, traces

EVENT = "gen_ai.evaluation.result"


def attributes(values: Mapping[str, object]) -> list[KeyValue]:
    found = []
    for key, value in values.items():
        pair = KeyValue(key=key)
        match value:
            case bool():
                pair.value.bool_value = value
            case int():
                pair.value.int_value = value
            case float():
                pair.value.double_value = value
            case _:
                pair.value.string_value = str(value)
        found.append(pair)
    return found


def evaluation(
    values: Mapping[str, object],
    trace_id: bytes = b"",
    span_id: bytes = b"",
    *,
    event_name: str = EVENT,
    at: int = START_NS + 7,
    scope: str = "evals",
) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    logged = request.resource_logs.add().scope_logs.add()
    logged.scope.name = scope
    logged.log_records.add(
        time_unix_nano=at,
        event_name=event_name,
        trace_id=trace_id,
        span_id=span_id,
        attributes=attributes(values),
    )
    return request


def trace_with(
    number: int, values: Mapping[str, object], *more: Mapping[str, object]
) -> ExportTraceServiceRequest:
    """A trace whose root has these attributes, and its children those of ``more``."""
    names = ["root", *(f"child {n}" for n in range(len(more)))]
    request = traces(*names, trace_id=number)
    spans = request.resource_spans[0].scope_spans[0].spans
    for span, own in zip(spans, [values, *more], strict=True):
        span.attributes.extend(attributes(own))
    return request
