"""The Collector's X-Ray exporter puts segments that X-Ray takes, at moto's server.

Moto keeps the documents as they come and has no limit of size. X-Ray has one, and what is longer
comes back unprocessed: so their sizes are looked at here.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_semconv import translate
from tests.e2e.processes import free_port, wait_until
from tests.pipelines import collecting
from tests.pipelines.collecting import BRIDGE
from tests.pipelines.spans import chat, trace, trace_id_of, value_of
from tests.semconv import corpus
from tests.support import moto
from tests.support.otlp_receiver import grpc_receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

LIMIT = 64 * 1024
_QUICK = "yaml:exporters::otlp/xray-queue::sending_queue::batch::flush_timeout: 100ms"
_UNCUT = "yaml:service::pipelines::traces/xray::processors: []"


class XRay:
    """A Collector that sends to moto, and what has arrived there."""

    def __init__(self, pipeline: collecting.Pipeline, address: str) -> None:
        self._pipeline, self._address = pipeline, address

    def __call__(self, request: ExportTraceServiceRequest, spans: int = 2) -> list[str]:
        """The segment documents of a trace, in the order in which they began."""
        self._pipeline.send(request)
        found = trace_id_of(request)
        name = f"1-{found[:8]}-{found[8:]}"
        wait_until(
            lambda: len(moto.documents(self._address, [name])) >= spans, "the segments", 60, 0.2
        )
        return moto.documents(self._address, [name])

    def call(self, request: ExportTraceServiceRequest) -> tuple[dict[str, Any], int]:
        """The document of the span below the root, and how long it is."""
        [document] = [d for d in self(request) if "parent_id" in json.loads(d)]
        return json.loads(document), len(document.encode())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with moto.xray(tmp_path_factory.mktemp("moto") / "log") as address:
        yield address


@pytest.fixture(scope="module", params=[False])
def xray(
    binary: Path,
    address: str,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[XRay]:
    """With the limits of the variant; a test may ask for one without."""
    configurations = [*collecting.files(*BRIDGE, "xray"), _QUICK]
    if request.param:
        configurations.append(_UNCUT)
    with (
        grpc_receiver() as receiver,
        collecting.running(
            binary,
            configurations,
            tmp_path_factory.mktemp("collector"),
            SPANBRIDGE_ENDPOINT=receiver.url.removeprefix("http://"),
            XRAY_ENDPOINT=address,
            XRAY_LOCAL_MODE="true",
            OTELCOL_XRAY_QUEUE=f"127.0.0.1:{free_port()}",
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
        ) as pipeline,
    ):
        yield XRay(pipeline, address)


def test_spans_are_segments_and_calls_are_annotated(xray: XRay) -> None:
    request = trace(chat(**{"gen_ai.conversation.id": "c", "gen_ai.request.top_p": 0.5}))
    documents = [json.loads(document) for document in xray(request)]
    [root] = [document for document in documents if "parent_id" not in document]
    [call] = [document for document in documents if "parent_id" in document]
    assert call["parent_id"] == root["id"]
    assert call["annotations"] == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-fake",
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.conversation.id": "c",
    }
    assert call["metadata"]["default"]["gen_ai.request.top_p"] == 0.5
    assert root["metadata"]["default"]["otel.resource.service.name"] == "application"


def test_every_dialect_has_the_same_annotations(xray: XRay) -> None:
    one_of_each = {case.dialect: case for case in corpus.cases()}
    tagged = 0
    for case in one_of_each.values():
        path = corpus.FOLDER / case.index["file"]
        request = ExportTraceServiceRequest.FromString(path.read_bytes())
        first = trace_id_of(request)
        spans = {span.span_id: span for span in case.spans() if span.trace_id == first}
        found = {
            document["id"]: document for document in map(json.loads, xray(request, len(spans)))
        }
        for span_id, span in spans.items():
            canonical = translate(span.view)
            if canonical.request_model and canonical.input_tokens is not None:
                annotations = found[span_id]["annotations"]
                assert annotations["gen_ai.request.model"] == canonical.request_model
                tagged += "gen_ai.usage.input_tokens" in annotations
    assert tagged > 15


def long_ones() -> dict[str, ExportTraceServiceRequest]:
    """Spans that X-Ray would not take, each in another way."""
    chance = random.Random(1)
    messages = [{"role": "user", "parts": [{"type": "text", "content": "long " * 50_000}]}]
    raised = trace(chat(), error=True)
    last = raised.resource_spans[0].scope_spans[0].spans[-1]
    last.status.message = "long " * 20_000
    for _ in range(30):
        event = last.events.add(name="exception", time_unix_nano=last.end_time_unix_nano)
        for key in ("exception.type", "exception.message", "exception.stacktrace"):
            event.attributes.add(key=key).value.string_value = "ValueError: " + "long " * 2_000
    resourceful = trace(chat())
    for number in range(100):
        pair = resourceful.resource_spans[0].resource.attributes.add(key=f"key.{number}")
        pair.value.CopyFrom(value_of("long " * 1_000))
    return {
        "JSON": trace(chat(**{"gen_ai.input.messages": json.dumps(messages)})),
        "lists and maps": trace(chat(**{"gen_ai.input.messages": messages})),
        "many": trace(chat(**{f"my.attribute.{n}": "x" * 500 for n in range(1_000)})),
        "escapes": trace(chat(**{"gen_ai.output.messages": '<&>"\\\x01' * 30_000})),
        "letters": trace(chat(**{"gen_ai.output.messages": "日本語のテキスト" * 10_000})),
        "names": trace(chat(**{f"{chance.randbytes(200).hex()}": "x" for _ in range(300)})),
        "exceptions": raised,
        "resource": resourceful,
    }


LONG = long_ones()


@pytest.mark.parametrize("kind", LONG)
def test_spans_over_the_limit_are_cut_with_a_mark(xray: XRay, kind: str) -> None:
    documents = xray(LONG[kind])
    assert [
        len(document.encode()) for document in documents if len(document.encode()) > LIMIT
    ] == []
    [call] = [d for d in map(json.loads, documents) if "parent_id" in d]
    if kind != "resource":
        assert call["annotations"]["spanbridge.truncated"] is True
    # What is indexed is whole.
    assert call["annotations"]["gen_ai.request.model"] == "gpt-fake"
    assert call["annotations"]["gen_ai.usage.input_tokens"] == 20
    if kind in ("JSON", "lists and maps"):
        text = call["metadata"]["default"]["gen_ai.input.messages"]
        assert text.startswith('[{"parts":' if kind == "lists and maps" else '[{"role":')
        assert text.endswith(" [truncated]")
        assert len(text) > 4_000


@pytest.mark.parametrize("xray", [True], indirect=True)
def test_without_the_limits_these_spans_are_too_long(xray: XRay) -> None:
    """So that the test above could fail."""
    requests = long_ones()
    sizes = {kind: max(len(d.encode()) for d in xray(requests[kind])) for kind in requests}
    assert {kind for kind, size in sizes.items() if size <= LIMIT} == set()


def test_what_fits_is_left_as_it_is(xray: XRay) -> None:
    document, size = xray.call(trace(chat(**{"gen_ai.output.messages": "x" * 30_000})))
    assert 30_000 < size < LIMIT
    assert document["metadata"]["default"]["gen_ai.output.messages"] == "x" * 30_000
    assert "spanbridge.truncated" not in document["annotations"]
