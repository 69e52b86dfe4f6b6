"""A real Zipkin shows the traces that the Collector's variant sends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_semconv import translate
from tests.e2e.processes import free_port, wait_until
from tests.pipelines import collecting
from tests.pipelines.collecting import BRIDGE, Pipeline
from tests.pipelines.spans import chat, spans_in, trace, trace_id_of
from tests.semconv import corpus
from tests.support import java
from tests.support.otlp_receiver import grpc_receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

_QUICK = "yaml:exporters::zipkin::sending_queue::batch::flush_timeout: 100ms"


@pytest.fixture(scope="module")
def zipkin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Zipkin with its store in memory."""
    jar = java.class_path("io.zipkin", "zipkin-server", "3.6.1", "exec")
    port = free_port()
    where = [f"--armeria.ports[0].{name}" for name in (f"port={port}", "ip=127.0.0.1")]
    arguments = ["-jar", jar, *where, "--armeria.ports[0].protocols[0]=http"]
    with java.running(arguments, port, tmp_path_factory.mktemp("zipkin")):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def pipeline(
    binary: Path, zipkin: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    with (
        grpc_receiver() as receiver,
        collecting.running(
            binary,
            [*collecting.files(*BRIDGE, "zipkin"), _QUICK],
            tmp_path_factory.mktemp("collector"),
            SPANBRIDGE_ENDPOINT=receiver.url.removeprefix("http://"),
            ZIPKIN_ENDPOINT=zipkin,
        ) as pipeline,
    ):
        yield pipeline


def shown(zipkin: str, trace_id: str, spans: int) -> dict[str, dict[str, Any]]:
    """The spans of a trace by their ids, once so many are there."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        try:
            with urlopen(f"{zipkin}/api/v2/trace/{trace_id}", timeout=10) as answer:
                found[:] = json.load(answer)
        except HTTPError as error:
            if error.code != 404:
                raise
        return len(found) >= spans

    wait_until(there, f"{spans} spans of trace {trace_id} in Zipkin", 60)
    return {span["id"]: span for span in found}


def test_recorded_traces_stand_there_with_genai_tags(pipeline: Pipeline, zipkin: str) -> None:
    one_of_each = {case.dialect: case for case in corpus.cases()}
    tagged = 0
    for case in one_of_each.values():
        path = corpus.FOLDER / case.index["file"]
        pipeline.send(ExportTraceServiceRequest.FromString(path.read_bytes()))
        by_trace: dict[str, list[corpus.RecordedSpan]] = {}
        for span in case.spans():
            by_trace.setdefault(span.trace_id, []).append(span)
        for trace_id, spans in by_trace.items():
            there = shown(zipkin, trace_id, len({span.span_id for span in spans}))
            for span in spans:
                found = there[span.span_id]
                assert found.get("parentId", "") == span.parent_span_id
                assert found["name"] == span.view.span_name.lower() or not span.view.span_name
                canonical = translate(span.view)
                if canonical.request_model:
                    assert found["tags"]["gen_ai.request.model"] == canonical.request_model
                if canonical.input_tokens is not None and canonical.output_tokens is not None:
                    tokens = str(canonical.input_tokens)
                    assert found["tags"]["gen_ai.usage.input_tokens"] == tokens
                    tagged += 1
    assert tagged > 15


def test_tags_are_texts_and_failures_are_errors(pipeline: Pipeline, zipkin: str) -> None:
    messages = [{"role": "user", "parts": [{"type": "text", "content": "Hello"}]}]
    attributes = {
        "gen_ai.input.messages": messages,
        "gen_ai.response.finish_reasons": ["stop", "length"],
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stream": True,
    }
    request = trace(chat(**attributes), error=True)
    pipeline.send(request)
    there = shown(zipkin, trace_id_of(request), 2)
    [call] = [span for span in there.values() if span.get("kind") == "CLIENT"]
    tags = call["tags"]
    assert json.loads(tags["gen_ai.input.messages"]) == messages
    assert json.loads(tags["gen_ai.response.finish_reasons"]) == ["stop", "length"]
    assert (tags["gen_ai.request.temperature"], tags["gen_ai.request.stream"]) == ("0.5", "true")
    assert tags["error"]
    assert call["localEndpoint"]["serviceName"] == "application"


def test_long_texts_are_cut_with_a_mark(pipeline: Pipeline, zipkin: str) -> None:
    request = trace(chat(**{"gen_ai.input.messages": "ä" * 400_000}))
    pipeline.send(request)
    there = shown(zipkin, trace_id_of(request), 2)
    [call] = [span for span in there.values() if span.get("kind") == "CLIENT"]
    text = call["tags"]["gen_ai.input.messages"]
    assert text.endswith("ä [truncated]")
    assert len(text.encode()) <= 16_384
    assert call["tags"]["spanbridge.truncated"] == "true"
    assert call["tags"]["gen_ai.usage.input_tokens"] == "20"


def test_a_zipkin_that_is_away_costs_spanbridge_nothing(binary: Path, tmp_path: Path) -> None:
    with grpc_receiver() as receiver:
        with collecting.running(
            binary,
            [*collecting.files(*BRIDGE, "zipkin"), _QUICK],
            tmp_path,
            SPANBRIDGE_ENDPOINT=receiver.url.removeprefix("http://"),
            ZIPKIN_ENDPOINT=f"http://127.0.0.1:{free_port()}",
        ) as pipeline:
            requests = [trace(chat()) for _ in range(50)]
            for request in requests:
                pipeline.send(request)
            receiver.wait_for(100)
        assert len(receiver.spans) == len(spans_in(requests))
