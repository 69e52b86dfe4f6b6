"""A real Collector with some of the committed configurations, on ports of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.processes import free_port
from tests.support import collector

MAIN: Final = collector.ROOT / "otel-collector-config.yaml"
QUICK: Final = "yaml:exporters::otlp/spanbridge::sending_queue::batch::flush_timeout: 100ms"
"""The main configuration gathers for a second, which is long in a test."""


def files(*names: str) -> list[Path | str]:
    """The main configuration and overlays of ``deploy/collector``, without their endings."""
    return [MAIN, *(collector.FOLDER / f"{name}.yaml" for name in names)]


BRIDGE: Final = ("transform-genai", "bridge")


@dataclass(frozen=True)
class Pipeline:
    """Where a Collector takes spans, and its process."""

    grpc: str
    http: str
    health: str
    metrics: str
    process: collector.Collector

    def send(self, request: ExportTraceServiceRequest) -> None:
        """Send spans, which has to succeed."""
        assert collector.send(int(self.http.rpartition(":")[2]), request) == 200

    @property
    def log(self) -> str:
        """What the Collector said."""
        return self.process.log.read_text(encoding="utf-8")


def prepared(
    binary: Path, configurations: list[Path | str], folder: Path, **environment: object
) -> Pipeline:
    """A Collector that is not started; ``environment`` are variables of the configurations."""
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(4)]
    grpc, http, health, metrics = addresses
    variables = {
        "OTELCOL_STORAGE_DIR": folder / "queue",
        "OTELCOL_GRPC": grpc,
        "OTELCOL_HTTP": http,
        "OTELCOL_HEALTH": health,
        "OTELCOL_METRICS_PORT": metrics.rpartition(":")[2],
        **environment,
    }
    process = collector.Collector(
        binary,
        [*configurations, QUICK],
        int(http.rpartition(":")[2]),
        folder / "collector.log",
        {name: str(value) for name, value in variables.items()},
    )
    return Pipeline(grpc, http, health, metrics, process)


@contextlib.contextmanager
def running(
    binary: Path, configurations: list[Path | str], folder: Path, **environment: object
) -> Iterator[Pipeline]:
    """A Collector until the block ends."""
    pipeline = prepared(binary, configurations, folder, **environment)
    try:
        pipeline.process.start()
        yield pipeline
    finally:
        pipeline.process.stop()
