"""Tokens and durations as metrics, by the names of the GenAI conventions, for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from spanbridge_semconv import translate
from tests.e2e.processes import free_port, wait_until
from tests.pipelines import collecting
from tests.pipelines.collecting import BRIDGE, Pipeline
from tests.pipelines.spans import chat, trace
from tests.semconv import corpus
from tests.support.otlp_receiver import grpc_receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

CALLS = ("LLM", "CHAT_MODEL", "EMBEDDING", "RERANKER")


class Metrics:
    """A Collector that makes metrics, and where they are read."""

    def __init__(self, pipeline: Pipeline, address: str) -> None:
        self.pipeline, self._address = pipeline, address

    def sums(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """The samples of a name, added up by some of their labels."""
        with urlopen(f"http://{self._address}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found: Counter[tuple[str, ...]] = Counter()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name:
                    found[tuple(sample.labels.get(label, "") for label in labels)] += sample.value
        return dict(found)


@pytest.fixture
def metrics(metrics_binary: Path, tmp_path: Path) -> Iterator[Metrics]:
    address = f"127.0.0.1:{free_port()}"
    with (
        grpc_receiver() as receiver,
        collecting.running(
            metrics_binary,
            collecting.files(*BRIDGE, "token-metrics"),
            tmp_path,
            SPANBRIDGE_ENDPOINT=receiver.url.removeprefix("http://"),
            OTELCOL_PROMETHEUS=address,
        ) as pipeline,
    ):
        yield Metrics(pipeline, address)


def test_tokens_are_added_up_by_what_they_were_for(metrics: Metrics) -> None:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 130}
    for _ in range(3):
        metrics.pipeline.send(trace(chat(100, 10), chat(30, 2), agent))
    metrics.pipeline.send(trace(chat(5, 1, **{"gen_ai.request.model": "other"}), service="batch"))
    metrics.pipeline.send(
        trace(
            {
                "openinference.span.kind": "LLM",
                "llm.model_name": "claude-fake",
                "llm.provider": "anthropic",
                "llm.token_count.prompt": 70,
                "llm.token_count.completion": 7,
            },
            scope="openinference.instrumentation.x",
        )
    )
    labels = [
        *("service_name", "gen_ai_provider_name", "gen_ai_request_model"),
        *("gen_ai_response_model", "gen_ai_token_type"),
    ]
    wanted = {
        ("application", "openai", "gpt-fake", "", "input"): 390,
        ("application", "openai", "gpt-fake", "", "output"): 36,
        ("application", "anthropic", "unknown", "claude-fake", "input"): 70,
        ("application", "anthropic", "unknown", "claude-fake", "output"): 7,
        ("batch", "openai", "other", "", "input"): 5,
        ("batch", "openai", "other", "", "output"): 1,
    }
    usage = "gen_ai_client_token_usage"
    wait_until(lambda: metrics.sums(f"{usage}_sum", *labels) == wanted, "the tokens", 30)
    counts = metrics.sums(f"{usage}_count", "gen_ai_token_type")
    assert counts == {("input",): 8, ("output",): 8}
    buckets = metrics.sums(f"{usage}_bucket", "gen_ai_request_model", "gen_ai_token_type", "le")
    assert buckets["gpt-fake", "input", "64"] == 3
    assert buckets["gpt-fake", "input", "256"] == 6


def test_durations_are_in_seconds_and_name_the_error(metrics: Metrics) -> None:
    metrics.pipeline.send(trace(chat(), seconds=3))
    metrics.pipeline.send(trace(chat(**{"error.type": "timeout"}), seconds=30))
    name = "gen_ai_client_operation_duration_seconds"
    wait_until(lambda: len(metrics.sums(f"{name}_sum", "error_type")) == 2, "the durations", 30)
    found = metrics.sums(f"{name}_sum", "error_type")
    assert found["",] == pytest.approx(3, abs=0.1)
    assert found["timeout",] == pytest.approx(30, abs=0.1)


def test_recorded_calls_are_counted_as_python_reads_them(metrics: Metrics) -> None:
    tokens: Counter[str] = Counter()
    for case in corpus.cases():
        path = corpus.FOLDER / case.index["file"]
        metrics.pipeline.send(ExportTraceServiceRequest.FromString(path.read_bytes()))
        for span in case.spans():
            canonical = translate(span.view)
            if canonical.span_type in CALLS:
                tokens["input"] += canonical.input_tokens or 0
                tokens["output"] += canonical.output_tokens or 0
    wanted = {(kind,): float(count) for kind, count in tokens.items()}
    name = "gen_ai_client_token_usage_sum"
    wait_until(lambda: metrics.sums(name, "gen_ai_token_type") == wanted, f"{wanted}", 30)
