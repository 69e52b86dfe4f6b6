"""A real OpenTelemetry Collector, built from the pinned manifest and run on loopback."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.go import built, go

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "deploy" / "collector"
MANIFEST: Final = FOLDER / "builder.yaml"
"""Of a Collector with everything but what makes metrics."""
METRICS_MANIFEST: Final = FOLDER / "builder-metrics.yaml"
_CORE: Final = "go.opentelemetry.io/collector"
_VERSION: Final = re.compile(rf"gomod: {re.escape(_CORE)}/receiver/otlpreceiver (v\S+)")
_NAME: Final = re.compile(r"^  name: (\S+)$", re.MULTILINE)
_START_SECONDS: Final = 300


def build(manifest: Path = MANIFEST) -> Path:
    """The path of the Collector that a manifest describes, built if it is not cached.

    A build takes minutes. Comments of the manifest do not ask for another. Without ``go`` the test
    is skipped.
    """
    lines = manifest.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")) + "\n"
    return built("collector", text.encode(), "otelcol", lambda folder: _compile(folder, text))


def _found(pattern: re.Pattern[str], manifest: str) -> str:
    match = pattern.search(manifest)
    if match is None:
        raise LookupError(f"the manifest has no line like {pattern.pattern!r}")
    return match[1]


def _compile(folder: Path, manifest: str) -> Path:
    (folder / "builder.yaml").write_text(manifest, encoding="utf-8")
    builder = f"{_CORE}/cmd/builder@{_found(_VERSION, manifest)}"
    # -e: what only the tests of a component import need not be there.
    go(folder, "run", builder, "--config", "builder.yaml", flags="-e -mod=mod")
    program = (folder / "_build" / _found(_NAME, manifest)).rename(folder / "building")
    shutil.rmtree(folder / "_build")
    return program


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Collector:
    """A Collector with addresses that outlive its processes.

    Args:
        binary: what :func:`build` gave.
        configurations: merged in this order.
        port: of its OTLP receiver; it has started when that answers.
        log: where the output of all its processes goes.
        environment: variables that the configurations ask for.
    """

    def __init__(
        self,
        binary: Path,
        configurations: Sequence[Path | str],
        port: int,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = [str(binary), *(f"--config={place}" for place in configurations)]
        self._environment = os.environ | dict(environment or {})
        self._port = port
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, port: int = 0) -> None:
        """Start a process and wait until it takes spans, or another ``port`` of it answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, stdout=output, stderr=output, env=self._environment
            )
        port = port or self._port
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            time.sleep(0.05)
        raise RuntimeError(f"the Collector did not start:\n{self.log.read_text()[-4000:]}")

    @property
    def pid(self) -> int:
        """The process id of the running Collector."""
        assert self.process is not None
        return self.process.pid

    def stop(self) -> None:
        """Stop in order, if it runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)

    def kill(self) -> None:
        """``kill -9``."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=30)


@contextlib.contextmanager
def running(
    binary: Path,
    configurations: Sequence[Path | str],
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Collector]:
    """Run a :class:`Collector` until the block ends."""
    collector = Collector(binary, configurations, port, log, environment)
    try:
        collector.start()
        yield collector
    finally:
        collector.stop()


class Sink:
    """Takes what a Collector exports as OTLP over HTTP; a context manager."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def endpoint(self) -> str:
        """What the exporter is to be given."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Sink:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def send(port: int, request: ExportTraceServiceRequest) -> int:
    """Send spans to a Collector's OTLP receiver over HTTP; the status of its answer."""
    post = Request(
        f"http://127.0.0.1:{port}/v1/traces",
        data=request.SerializeToString(),
        headers={"Content-Type": "application/x-protobuf"},
    )
    with urlopen(post, timeout=60) as response:
        return int(response.status)
