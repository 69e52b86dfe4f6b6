"""opentelemetry-sdk -> Collector -> spanbridge -> ClickHouse, with both killed on the way."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

from tests.e2e.processes import Service, free_port, running, wait_until
from tests.e2e.reading import ask, read
from tests.pipelines import collecting

pytestmark = [pytest.mark.slow, pytest.mark.chaos, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

_SOON = "yaml:exporters::otlp/spanbridge::retry_on_failure::max_interval: 1s"
_KEYS = "SELECT TraceId, SpanId, count() FROM otel_traces GROUP BY ALL"
_TOKENS = "SELECT sum(GenAIInputTokens), count() FROM otel_traces"


class Ledger(SpanExporter):
    """An exporter that notes which spans the Collector answered for."""

    def __init__(self, address: str) -> None:
        self._exporter = OTLPSpanExporter(f"http://{address}", insecure=True, timeout=60)
        self.acknowledged: Counter[tuple[str, str]] = Counter()
        self.failed = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            contexts = [span.get_span_context() for span in spans]
            self.acknowledged.update((f"{c.trace_id:032x}", f"{c.span_id:016x}") for c in contexts)
        else:
            self.failed += len(spans)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


@contextmanager
def application(address: str) -> Iterator[Ledger]:
    """A program that makes calls, a trace of four spans every few milliseconds, until the end."""
    ledger, enough = Ledger(address), threading.Event()
    provider = TracerProvider(resource=Resource.create({"service.name": "application"}))
    provider.add_span_processor(
        BatchSpanProcessor(ledger, max_queue_size=200_000, schedule_delay_millis=100)
    )
    tracer = provider.get_tracer("tests.pipelines")
    call = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.input.messages": "x" * 2_000,
    }

    def work() -> None:
        while not enough.wait(0.004):
            with tracer.start_as_current_span("request"):
                for _ in range(3):
                    tracer.start_span("chat m", kind=SpanKind.CLIENT, attributes=call).end()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield ledger
    finally:
        enough.set()
        thread.join()
        provider.shutdown()


def queued_bytes(pipeline: collecting.Pipeline) -> float:
    """What waits in the exporter's queue, as the Collector counts it itself."""
    with urlopen(f"http://{pipeline.metrics}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    sizes = [line for line in lines if line.startswith("otelcol_exporter_queue_size{")]
    return sum(float(line.rpartition(" ")[2]) for line in sizes)


def more(ledger: Ledger, count: int = 200) -> None:
    """Until so many more spans are acknowledged."""
    wanted = len(ledger.acknowledged) + count
    wait_until(lambda: len(ledger.acknowledged) >= wanted, "the Collector to take spans", 60)


def test_nothing_is_lost_when_everything_is_killed(
    binary: Path, empty_store: Path, tmp_path: Path
) -> None:
    front = f"127.0.0.1:{free_port()}"
    with running(tmp_path, "--store", empty_store, "--clickhouse-http", front) as service:
        configurations = [*collecting.files(), _SOON]
        with (
            collecting.running(
                binary, configurations, tmp_path, SPANBRIDGE_ENDPOINT=service.grpc
            ) as pipeline,
            application(pipeline.grpc) as ledger,
        ):
            disturb(service, pipeline, ledger)
        wait_until(lambda: stored(service) >= len(ledger.acknowledged), "the rest", 120)
        assert service.stop() == 0
    found = read(empty_store, {"spans": _KEYS, "tokens": _TOKENS})
    rows = Counter({(trace, span): count for trace, span, count in found["spans"]})
    assert ledger.failed == 0
    assert sorted(ledger.acknowledged - rows) == [], "acknowledged and lost"
    assert rows.keys() == ledger.acknowledged.keys()
    again = sum(rows.values()) - len(rows)
    print(f"{len(rows)} spans, {again} of them stored again")
    # What was on its way when the Collector was killed is sent again, in another batch.
    assert again < len(rows) / 4
    assert int(found["tokens"][0][0]) > 0


def disturb(service: Service, pipeline: collecting.Pipeline, ledger: Ledger) -> None:
    """Kill and restart both, while the application works on."""
    more(ledger)
    wait_until(lambda: stored(service) > 100, "spans in the store", 60)
    service.kill()
    more(ledger, 1_000)
    time.sleep(2)
    waiting = queued_bytes(pipeline)
    assert waiting > 100_000
    pipeline.process.stop()
    pipeline.process.start()
    more(ledger)
    assert queued_bytes(pipeline) >= waiting
    pipeline.process.kill()
    pipeline.process.start()
    more(ledger)
    service.start()
    more(ledger)
    pipeline.process.kill()
    pipeline.process.start()
    more(ledger)
    wait_until(lambda: queued_bytes(pipeline) < waiting, "the queue to shrink", 60)


def stored(service: Service) -> int:
    """How many spans are in the store, each counted once."""
    [row] = ask(service, "SELECT uniqExact(TraceId, SpanId) AS n FROM otel_traces")
    return int(row["n"])
