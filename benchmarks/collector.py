"""What the generated transform processor costs a Collector. Prints one JSON document.

    python benchmarks/collector.py [--rounds 40]

CPU microseconds of the Collector per span, with and without the processor, from the OTLP receiver
to an exporter that drops everything: recorded GenAI spans, and web spans of no dialect. Each is the
least of three runs. Building the Collector takes minutes, once, and needs Go.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from process import cpu  # noqa: E402

from tests.support import collector  # noqa: E402

_RUNS = 3
_WEB = {
    "http.request.method": "GET",
    "url.full": "https://api.example.com/v1/orders/42",
    "server.address": "api.example.com",
    "http.response.status_code": "200",
    "network.protocol.version": "1.1",
    "user_agent.original": "python-requests/2.32",
    "http.route": "/v1/orders/{id}",
    "client.address": "10.0.0.1",
    "thread.id": "1234",
    "code.function.name": "get",
}
_PIPELINE = """
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{port}"}}}}}}}}
exporters: {{nop: {{}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{traces: {{receivers: [otlp], processors: [{processors}], exporters: [nop]}}}}
"""


def recorded() -> ExportTraceServiceRequest:
    """All recorded spans in one request."""
    request = ExportTraceServiceRequest()
    folder = ROOT / "tests" / "corpus"
    for case in json.loads((folder / "index.json").read_text(encoding="utf-8")):
        request.MergeFromString((folder / case["file"]).read_bytes())
    return request


def web(spans: int) -> ExportTraceServiceRequest:
    """As many spans of a web client."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    scope.scope.name = "opentelemetry.instrumentation.requests"
    for number in range(1, spans + 1):
        span = scope.spans.add(
            trace_id=(1).to_bytes(16, "big"), span_id=number.to_bytes(8, "big"), name="GET"
        )
        for key, text in _WEB.items():
            span.attributes.add(key=key).value.string_value = text
    return request


def measure(request: ExportTraceServiceRequest, processors: str, rounds: int) -> float:
    """CPU microseconds per span of a Collector that takes a request so many times."""
    binary = collector.build()
    spans = count(request)
    with tempfile.TemporaryDirectory() as folder:
        port, pipeline = collector.free_port(), Path(folder) / "pipeline.yaml"
        pipeline.write_text(_PIPELINE.format(port=port, processors=processors))
        configurations = [ROOT / "deploy" / "collector" / "transform-genai.yaml", pipeline]
        with collector.running(binary, configurations, port, Path(folder) / "log") as running:
            least = float("inf")
            for _ in range(_RUNS):
                before = cpu(running.pid).total_s
                for _ in range(rounds):
                    collector.send(port, request)
                least = min(least, (cpu(running.pid).total_s - before) / rounds / spans)
    return round(least * 1e6, 1)


def count(request: ExportTraceServiceRequest) -> int:
    return sum(len(s.spans) for r in request.resource_spans for s in r.scope_spans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    genai = recorded()
    report = {
        name: {
            "spans": count(request),
            "bytes_per_span": request.ByteSize() // count(request),
            "cpu_us_per_span": measure(request, "", rounds),
            "cpu_us_per_span_transformed": measure(request, "transform/genai", rounds),
        }
        for name, request in (("genai", genai), ("web", web(count(genai))))
    }
    print(json.dumps({"cpus": os.cpu_count(), **report}, indent=2))


if __name__ == "__main__":
    main()
