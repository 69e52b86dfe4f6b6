"""A Collector with the generated processor, and where it sends what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support import collector

GENERATED = collector.ROOT / "deploy" / "collector" / "transform-genai.yaml"
_PIPELINE = """
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{port}"}}}}}}
processors:
  transform/genai: {{error_mode: {error_mode}}}
exporters:
  otlphttp:
    endpoint: "{endpoint}"
    compression: none
    sending_queue: {{enabled: false}}
    retry_on_failure: {{enabled: false}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [transform/genai], exporters: [otlphttp]}}
"""


@pytest.fixture(scope="session")
def binary() -> Path:
    """A Collector with everything the configurations need."""
    return collector.build()


@dataclass
class Transform:
    """A running Collector: spans in, spans out."""

    port: int
    sink: collector.Sink

    def __call__(self, request: ExportTraceServiceRequest) -> ExportTraceServiceRequest:
        """What comes out, once the Collector has sent it on."""
        before = len(self.sink.requests)
        assert collector.send(self.port, request) == 200
        (answer,) = self.sink.requests[before:]
        return answer


@pytest.fixture(scope="session")
def transforming(
    binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Transform]]:
    """Start a Collector with an error mode; the same one for all tests that ask for it."""
    started: dict[str, Transform] = {}
    with ExitStack() as stack:

        def start(error_mode: str) -> Transform:
            if error_mode not in started:
                folder = tmp_path_factory.mktemp(error_mode)
                sink, port = stack.enter_context(collector.Sink()), collector.free_port()
                pipeline = _PIPELINE.format(
                    port=port, endpoint=sink.endpoint, error_mode=error_mode
                )
                (folder / "pipeline.yaml").write_text(pipeline)
                configurations = [GENERATED, folder / "pipeline.yaml"]
                log = folder / "log.txt"
                stack.enter_context(collector.running(binary, configurations, port, log))
                started[error_mode] = Transform(port, sink)
            return started[error_mode]

        yield start
