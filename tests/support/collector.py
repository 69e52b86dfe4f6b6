"""A real OpenTelemetry Collector, built from the pinned manifest and run on loopback."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ROOT: Final = Path(__file__).resolve().parents[2]
MANIFEST: Final = ROOT / "deploy" / "collector" / "builder.yaml"
_MODULE: Final = re.compile(r"  - gomod: (\S+)/([a-z]+) (v\S+)")
_CORE: Final = "go.opentelemetry.io/collector"
_START_SECONDS: Final = 60


def build(components: Sequence[str]) -> Path:
    """The path of a Collector with some of the manifest's components, built if it is not cached.

    Args:
        components: last segments of the modules, such as ``otlpreceiver``; configuration
            providers are always in.

    A build takes minutes. It is kept under ``$XDG_CACHE_HOME/spanbridge/collector``, by the hash
    of what it is made of. Without ``go`` the test is skipped.
    """
    if shutil.which("go") is None:
        pytest.skip("no `go` here to build a Collector with")
    manifest, version = _selected(components)
    digest = hashlib.sha256(manifest.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "spanbridge" / "collector" / digest
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / "otelcol"
    # Test processes side by side build once.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            _compile(folder, manifest, version)
            (folder / "_build" / "otelcol").rename(binary)
            shutil.rmtree(folder / "_build")
    return binary


def _selected(components: Sequence[str]) -> tuple[str, str]:
    """The manifest with these components alone, and the version of the builder."""
    wanted, version = set(components), ""
    lines = ["dist:", "  name: otelcol", "  output_path: ./_build"]
    section = ""
    for line in MANIFEST.read_text(encoding="utf-8").splitlines():
        if re.fullmatch("[a-z]+:", line):
            section = line
        elif module := _MODULE.fullmatch(line):
            path, name, pinned = module.groups()
            if path.startswith(_CORE) and pinned.startswith("v0."):
                version = pinned
            if name in wanted or section == "providers:":
                wanted.discard(name)
                lines += [section] if section not in lines else []
                lines.append(line)
    if wanted:
        raise LookupError(f"{MANIFEST} has no {', '.join(sorted(wanted))}")
    return "\n".join(lines) + "\n", version


def _compile(folder: Path, manifest: str, version: str) -> None:
    (folder / "builder.yaml").write_text(manifest, encoding="utf-8")
    # -e: what only the tests of a component import need not be there.
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-p=2 -e -mod=mod"}
    builder = f"{_CORE}/cmd/builder@{version}"
    result = subprocess.run(
        ["nice", "-n", "10", "go", "run", builder, "--config", "builder.yaml"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(f"building the Collector failed:\n{result.stderr[-4000:]}")


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(binary: Path, configurations: Sequence[Path], port: int, log: Path) -> Iterator[int]:
    """Run a Collector until the block ends; yields its process id.

    Args:
        binary: what :func:`build` gave.
        configurations: merged in this order.
        port: of its OTLP receiver; the block begins when it answers.
        log: where the Collector's output goes.
    """
    arguments = [f"--config={path}" for path in configurations]
    with log.open("w") as output:
        process = subprocess.Popen([binary, *arguments], stdout=output, stderr=output)
    try:
        _wait(process, port, log)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the Collector did not start:\n{log.read_text()[-4000:]}")


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
