"""Real clients, from their call to the columns of the table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import LogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from tests.e2e import raw
from tests.e2e.processes import Service, environment
from tests.e2e.reading import rows
from tests.e2e.sending import post

ATTRIBUTES: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-fake",
    "gen_ai.usage.input_tokens": 23,
    "gen_ai.usage.output_tokens": 11,
    "ratio": 0.2,
    "flag": True,
    "tags": ["a", "b"],
    "big": "x" * 20_000,
}
Export = Callable[[Service], SpanExporter]


def grpc_spans(compression: grpc.Compression) -> Export:
    return lambda service: GrpcSpans(
        f"http://{service.grpc}", insecure=True, compression=compression
    )


def http_spans(compression: Compression) -> Export:
    return lambda service: HttpSpans(f"http://{service.http}/v1/traces", compression=compression)


@pytest.mark.parametrize(
    "exporter",
    [
        pytest.param(grpc_spans(grpc.Compression.NoCompression), id="grpc"),
        pytest.param(grpc_spans(grpc.Compression.Gzip), id="grpc-gzip"),
        pytest.param(http_spans(Compression.NoCompression), id="http"),
        pytest.param(http_spans(Compression.Gzip), id="http-gzip"),
    ],
)
def test_spans_of_the_sdk(one_service: Service, exporter: Export) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(exporter(one_service)))
    tracer = provider.get_tracer("agents", "1.2", attributes={"scope": "s"})
    with tracer.start_as_current_span("root", kind=SpanKind.SERVER) as root:
        context = root.get_span_context()
        links = [Link(context, {"why": "because"})]
        with tracer.start_as_current_span(
            "chat", kind=SpanKind.CLIENT, attributes=ATTRIBUTES, links=links
        ) as chat:
            chat.add_event("said", {"words": 3})
            chat.set_status(Status(StatusCode.ERROR, "too long"))
    provider.shutdown()
    trace_id = f"{context.trace_id:032x}"
    root_row, row = rows(one_service, "otel_traces", trace_id)
    assert (root_row["SpanName"], root_row["SpanKind"]) == ("root", "Server")
    assert root_row["ParentSpanId"] == ""
    assert root_row["GenAISpanType"] == ""
    assert row["ParentSpanId"] == f"{context.span_id:016x}"
    assert (row["SpanKind"], row["StatusCode"]) == ("Client", "Error")
    assert (row["StatusMessage"], row["ServiceName"]) == ("too long", "shop")
    assert (row["ScopeName"], row["ScopeVersion"]) == ("agents", "1.2")
    assert row["ScopeAttributes"] == {"scope": "s"}
    texts = {"ratio": "0.2", "flag": "true", "tags": '["a","b"]'}
    numbers = {"gen_ai.usage.input_tokens": "23", "gen_ai.usage.output_tokens": "11"}
    assert row["SpanAttributes"] == {**ATTRIBUTES, **texts, **numbers}
    assert row["Events.Name"] == ["said"]
    assert row["Events.Attributes"] == [{"words": "3"}]
    assert row["Links.TraceId"] == [trace_id]
    assert row["Links.Attributes"] == [{"why": "because"}]
    assert int(row["Duration"]) == chat.end_time - chat.start_time
    genai = {k: row[f"GenAI{k}"] for k in ("SpanType", "Provider", "RequestModel")}
    assert genai == {"SpanType": "CHAT_MODEL", "Provider": "openai", "RequestModel": "gpt-fake"}
    assert [int(row[f"GenAI{k}Tokens"]) for k in ("Input", "Output", "Total")] == [23, 11, 34]


PROGRAM = """
from opentelemetry import trace
from opentelemetry.sdk._configuration import _OTelSDKConfigurator
_OTelSDKConfigurator().configure()
with trace.get_tracer("app").start_as_current_span("from the environment") as span:
    print(f"{span.get_span_context().trace_id:032x}")
trace.get_tracer_provider().shutdown()
"""


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_program_configured_by_its_environment(one_service: Service, protocol: str) -> None:
    address = one_service.grpc if protocol == "grpc" else one_service.http
    settings = {
        "OTEL_SERVICE_NAME": "from outside",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
    }
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**environment(), **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    (row,) = rows(one_service, "otel_traces", ended.stdout.strip())
    assert (row["SpanName"], row["ServiceName"]) == ("from the environment", "from outside")


def test_json_by_hand(one_service: Service) -> None:
    trace_id = f"{raw.fresh_id():032x}"
    span = {
        "traceId": trace_id.upper(),
        "spanId": "00f067aa0ba902b7",
        "name": "by hand",
        "kind": 3,
        "startTimeUnixNano": "1800000000000000001",
        "endTimeUnixNano": "1800000000000000501",
        "attributes": [
            {"key": "count", "value": {"intValue": "9007199254740993"}},
            {"key": "list", "value": {"arrayValue": {"values": [{"doubleValue": 0.5}]}}},
            {"key": "bytes", "value": {"bytesValue": "AAEC"}},
        ],
        "aFieldOfTomorrow": {"x": 1},
    }
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = post(one_service.http, "traces", json.dumps(document).encode(), headers)
    assert (answer.status, answer.message) == ("OK", "{}")
    (row,) = rows(one_service, "otel_traces", trace_id)
    assert (row["SpanName"], row["SpanKind"], row["SpanId"]) == (
        "by hand",
        "Client",
        span["spanId"],
    )
    assert row["SpanAttributes"] == {"count": "9007199254740993", "list": "[0.5]", "bytes": "AAEC"}
    assert int(row["Duration"]) == 500
    assert row["SpanAttributesTypes"][0] == "int"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "exporter",
    [
        pytest.param(lambda s: GrpcLogs(f"http://{s.grpc}", insecure=True), id="grpc"),
        pytest.param(lambda s: HttpLogs(f"http://{s.http}/v1/logs"), id="http"),
    ],
)
def test_log_records_of_the_sdk(
    one_service: Service, exporter: Callable[[Service], LogRecordExporter]
) -> None:
    provider = LoggerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter(one_service)))
    trace_id = raw.fresh_id()
    record = LogRecord(
        timestamp=raw.START_NS,
        observed_timestamp=raw.START_NS,
        trace_id=trace_id,
        span_id=7,
        severity_number=SeverityNumber.WARN,
        severity_text="WARN",
        body={"role": "user", "parts": ["hello"]},
        attributes={"turn": 2},
        event_name="gen_ai.user.message",
    )
    provider.get_logger("chat").emit(record)
    provider.shutdown()
    (row,) = rows(one_service, "otel_logs", f"{trace_id:032x}")
    assert json.loads(row["Body"]) == {"role": "user", "parts": ["hello"]}
    assert (row["EventName"], row["SeverityText"]) == ("gen_ai.user.message", "WARN")
    assert (row["ServiceName"], row["ScopeName"]) == ("shop", "chat")
    assert row["LogAttributes"] == {"turn": "2"}
    assert row["SpanId"] == f"{7:016x}"
