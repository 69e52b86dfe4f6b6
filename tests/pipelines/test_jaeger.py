"""A real Collector sends traces to a real Jaeger with a store of its own, and to spanbridge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, format_trace_id

from spanbridge_semconv import translate
from tests.e2e.processes import Service, free_port, wait_until
from tests.pipelines import collecting
from tests.pipelines.collecting import BRIDGE, Pipeline
from tests.pipelines.spans import stored, trace_id_of
from tests.semconv import corpus
from tests.support import jaeger
from tests.support.otlp_receiver import grpc_receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
"""A first build of Jaeger takes many minutes."""

_QUICK = "yaml:exporters::otlp/jaeger::sending_queue::batch::flush_timeout: 100ms"
_CALL = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "gpt-fake",
    "llm.provider": "openai",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "What is the capital of France?",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "Paris.",
    "llm.token_count.prompt": 20,
    "llm.token_count.completion": 5,
}


@dataclass(frozen=True)
class Viewer:
    """A Jaeger: where it takes traces, and where it is asked."""

    otlp: str
    query: str

    def get(self, path: str, **parameters: object) -> Any:
        """The data of an answer, None where there is nothing."""
        try:
            url = f"{self.query}{path}?{urlencode(parameters)}"
            with urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except HTTPError as error:
            if error.code != 404:
                raise
            return None

    def shown(self, trace_id: str, count: int) -> dict[str, dict[str, Any]]:
        """The tags of each span of a trace by span id, once so many are there."""

        def spans() -> list[dict[str, Any]]:
            found = self.get(f"/api/traces/{trace_id}")
            return found[0]["spans"] if found else []

        wait_until(lambda: len(spans()) >= count, f"{count} spans in Jaeger", 60, 0.2)
        return {
            span["spanID"]: {tag["key"]: tag["value"] for tag in span["tags"]} for span in spans()
        }


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    with jaeger.storing(jaeger.build(), tmp_path_factory.mktemp("jaeger")) as (otlp, query):
        yield Viewer(otlp, query)


@pytest.fixture(scope="module")
def pipeline(
    binary: Path, viewer: Viewer, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    with collecting.running(
        binary,
        [*collecting.files(*BRIDGE, "jaeger"), _QUICK],
        tmp_path_factory.mktemp("collector"),
        SPANBRIDGE_ENDPOINT=service.grpc,
        JAEGER_ENDPOINT=viewer.otlp,
    ) as pipeline:
        yield pipeline


def application(address: str) -> str:
    """A program with opentelemetry-sdk that answers one request; its trace's id."""
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    exporter = OTLPSpanExporter(f"http://{address}", insecure=True, timeout=30)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("openinference.instrumentation.openai")
    with tracer.start_as_current_span("POST /ask", kind=SpanKind.SERVER) as root:
        tracer.start_span("ChatCompletion", attributes=_CALL).end()
        trace_id = format_trace_id(root.get_span_context().trace_id)
    provider.shutdown()
    return trace_id


def test_jaeger_shows_what_an_application_said_in_another_dialect(
    pipeline: Pipeline, viewer: Viewer, service: Service
) -> None:
    trace_id = application(pipeline.grpc)
    there = viewer.shown(trace_id, 2)
    [call] = [
        tags
        for tags in there.values()
        if "llm.model_name" in tags or "gen_ai.request.model" in tags
    ]
    assert call["gen_ai.operation.name"] == "chat"
    assert call["gen_ai.provider.name"] == "openai"
    assert call["gen_ai.response.model"] == "gpt-fake"
    assert (call["gen_ai.usage.input_tokens"], call["gen_ai.usage.output_tokens"]) == (20, 5)
    # The Collector's transform cannot restate messages that are spread over attributes.
    assert call["llm.output_messages.0.message.content"] == "Paris."
    # It is found by what it was translated to.
    found = viewer.get("/api/traces", service="shop", tags='{"gen_ai.response.model": "gpt-fake"}')
    assert [one["traceID"] for one in found] == [trace_id]
    # spanbridge has got it as the application sent it.
    rows = stored(
        service,
        "SELECT SpanAttributes['llm.model_name'] AS own, mapContains(SpanAttributes, "
        "'gen_ai.operation.name') AS bridged, GenAIInputTokens AS tokens FROM otel_traces "
        f"WHERE TraceId = '{trace_id}' AND SpanName = 'ChatCompletion'",
        lambda rows: len(rows) == 1,
    )
    assert [(row["own"], int(row["bridged"]), int(row["tokens"])) for row in rows] == [
        ("gpt-fake", 0, 20)
    ]


def test_every_dialect_has_the_attributes_of_the_conventions(
    pipeline: Pipeline, viewer: Viewer
) -> None:
    one_of_each = {case.dialect: case for case in corpus.cases()}
    stated = 0
    for case in one_of_each.values():
        request = ExportTraceServiceRequest.FromString(
            (corpus.FOLDER / case.index["file"]).read_bytes()
        )
        pipeline.send(request)
        first = trace_id_of(request)
        spans = {span.span_id: span for span in case.spans() if span.trace_id == first}
        shown = viewer.shown(first, len(spans))
        for span_id, span in spans.items():
            canonical = translate(span.view)
            if canonical.request_model and canonical.input_tokens is not None:
                assert shown[span_id]["gen_ai.request.model"] == canonical.request_model
                stated += shown[span_id].get("gen_ai.usage.input_tokens") == canonical.input_tokens
    assert stated > 15


def test_a_jaeger_that_is_away_costs_spanbridge_nothing(binary: Path, tmp_path: Path) -> None:
    with (
        grpc_receiver() as receiver,
        collecting.running(
            binary,
            [*collecting.files(*BRIDGE, "jaeger"), _QUICK],
            tmp_path,
            SPANBRIDGE_ENDPOINT=receiver.url.removeprefix("http://"),
            JAEGER_ENDPOINT=f"127.0.0.1:{free_port()}",
        ) as pipeline,
    ):
        for _ in range(20):
            application(pipeline.grpc)
        receiver.wait_for(40)
        assert len(receiver.spans) == 40
