"""The exporters of the OpenTelemetry SDK, as an application uses them."""

from __future__ import annotations

import asyncio
import sys

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.store.base import Signal
from tests.commit.memory_store import MemoryStore
from tests.commit.test_committer import until
from tests.receive.conftest import Service, running


@pytest.fixture
def spans() -> list[ReadableSpan]:
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("tests")
    with (
        tracer.start_as_current_span("root", attributes={"gen_ai.usage.input_tokens": 7}),
        tracer.start_as_current_span("child") as child,
    ):
        child.add_event("said", {"text": "x" * 10_000})
    provider.shutdown()
    return list(kept.get_finished_spans())


def exporter(service: Service, protocol: str, compressed: bool) -> SpanExporter:
    if protocol == "grpc":
        way = grpc.Compression.Gzip if compressed else grpc.Compression.NoCompression
        return GrpcExporter(str(service.receiver.grpc_address), insecure=True, compression=way)
    return HttpExporter(
        f"http://{service.receiver.http_address}/v1/traces",
        compression=Compression.Gzip if compressed else Compression.NoCompression,
    )


def names(store: MemoryStore) -> list[str]:
    return [
        span.name
        for batch in store.batches
        for resource in ExportTraceServiceRequest.FromString(batch.payload).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_spans(service: Service, spans, protocol: str, compressed: bool):
    sender = exporter(service, protocol, compressed)
    try:
        assert await asyncio.to_thread(sender.export, spans) is SpanExportResult.SUCCESS
    finally:
        await asyncio.to_thread(sender.shutdown)
    assert names(service.store) == ["child", "root"]


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_a_store_that_comes_back_loses_nothing(store: MemoryStore, spans, protocol: str):
    async with running(store, CommitLimits(probe_first_s=0.2)) as service:
        store.away = True
        sender = exporter(service, protocol, compressed=False)
        sending = asyncio.create_task(asyncio.to_thread(sender.export, spans))
        await until(lambda: not service.committer.ready)
        store.away = False
        assert await sending is SpanExportResult.SUCCESS
        await asyncio.to_thread(sender.shutdown)
    assert names(store) == ["child", "root"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_log_records(service: Service):
    from opentelemetry._logs import LogRecord
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor

    sender = GrpcLogExporter(str(service.receiver.grpc_address), insecure=True)
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(sender))
    record = LogRecord(timestamp=1, body="hello")
    await asyncio.to_thread(provider.get_logger("tests").emit, record)
    await asyncio.to_thread(provider.shutdown)
    assert [batch.signal for batch in service.store.batches] == [Signal.LOGS]
    assert b"hello" in service.store.batches[0].payload


# What `opentelemetry-instrument` does before it starts a program.
PROGRAM = """
from opentelemetry import trace
from opentelemetry.sdk._configuration import _OTelSDKConfigurator
_OTelSDKConfigurator().configure()
with trace.get_tracer("app").start_as_current_span("from the environment"):
    pass
trace.get_tracer_provider().shutdown()
"""


async def test_a_program_configured_by_its_environment(service: Service):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        env={
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{service.receiver.http_address}",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        },
    )
    assert await asyncio.wait_for(process.wait(), 60) == 0
    assert names(service.store) == ["from the environment"]
    sent = service.sample(
        "spanbridge_requests_total", signal="traces", transport="http_protobuf", outcome="ok"
    )
    assert sent == 1
