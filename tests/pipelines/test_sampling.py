"""Tail sampling keeps errors and costly traces whole, a share of the others, and changes none."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.collector.compare import spans_of, typed
from tests.e2e.processes import wait_until
from tests.pipelines import collecting
from tests.pipelines.spans import chat, trace, trace_id_of
from tests.semconv import corpus
from tests.support.otlp_receiver import Receiver, grpc_receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

_PLAIN = 400
CONFIGURATIONS = collecting.files("transform-genai", "tail-sampling")
COSTLY = {
    "OpenTelemetry": trace(chat(19_000, 1_200), chat()),
    "OpenInference": trace(
        {"openinference.span.kind": "LLM", "llm.token_count.prompt": 25_000},
        scope="openinference.instrumentation.x",
    ),
    "Langfuse": trace(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.usage_details": '{"input": 30000, "output": 10}',
        },
        scope="langfuse-sdk",
    ),
    "OpenLLMetry": trace(
        {
            "llm.request.type": "chat",
            "gen_ai.usage.prompt_tokens": 20_000,
            "gen_ai.usage.completion_tokens": 1,
        },
        scope="opentelemetry.instrumentation.openai",
    ),
}
FAILED = {
    "status": trace(chat(), error=True),
    "name of an error": trace(chat(**{"error.type": "timeout"})),
}


def request_of(receiver: Receiver, sent: ExportTraceServiceRequest) -> dict[bytes, object]:
    """Spans of a trace that arrived, by their ids, with everything that is said of them."""
    ids = {span.span_id for span, _, _ in spans_of(sent)}
    found = {}
    for request in receiver.requests:
        for span, scope, resource in spans_of(request.message):
            if span.span_id in ids:
                found[span.span_id] = (typed(span), span.SerializeToString(), scope, resource)
    return found


def sampled(binary: Path, folder: Path, requests: list[ExportTraceServiceRequest]) -> Receiver:
    """What comes out of a Collector, once it has decided everything."""
    with grpc_receiver() as receiver:
        with collecting.running(
            binary,
            CONFIGURATIONS,
            folder,
            SPANBRIDGE_ENDPOINT=receiver.url.removeprefix("http://"),
            SAMPLING_WAIT="1s",
        ) as pipeline:
            for request in requests:
                pipeline.send(request)
            # The last trace is one that is kept.
            last = trace_id_of(requests[-1])
            wait_until(
                lambda: last in {span.trace_id.hex() for span in receiver.spans}, "a decision", 60
            )
        # A stop decides what waits, and empties the queue.
        return receiver


def test_errors_and_costly_traces_are_kept_and_a_share_of_others(
    binary: Path, tmp_path: Path
) -> None:
    plain = [trace(chat(), chat()) for _ in range(_PLAIN)]
    slow = trace(chat(), seconds=90)
    important = [*FAILED.values(), *COSTLY.values(), slow]
    receiver = sampled(binary, tmp_path, [*plain, *important])
    kept = {span.trace_id.hex() for span in receiver.spans}
    missing = [
        name for name, request in {**FAILED, **COSTLY}.items() if trace_id_of(request) not in kept
    ]
    assert missing == []
    assert trace_id_of(slow) in kept
    # A tenth, of which the ids decide, which are the same each time.
    others = kept - {trace_id_of(request) for request in important}
    assert _PLAIN * 0.05 < len(others) < _PLAIN * 0.16
    whole = {trace_id: 0 for trace_id in others}
    for span in receiver.spans:
        if span.trace_id.hex() in whole:
            whole[span.trace_id.hex()] += 1
    assert set(whole.values()) == {3}


def test_what_is_kept_is_what_was_sent(binary: Path, tmp_path: Path) -> None:
    requests = [
        ExportTraceServiceRequest.FromString((corpus.FOLDER / case.index["file"]).read_bytes())
        for case in corpus.cases()
    ]
    everything = [*requests, FAILED["status"]]
    receiver = sampled(binary, tmp_path, everything)
    arrived = 0
    for request in everything:
        found = request_of(receiver, request)
        for span, scope, resource in spans_of(request):
            if span.span_id not in found:
                continue
            attributes, _, name, after = found[span.span_id]
            assert (attributes, name, after) == (typed(span), scope, resource)
            arrived += 1
    assert arrived > 30
