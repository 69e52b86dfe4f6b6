"""Real servers: started on free ports with data of their own, stopped by their process group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.backends.install import python
from tests.e2e.processes import free_port

_START_S = 240.0
_STOP_S = 20.0


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    http: str
    """Host and port."""
    grpc: str = ""
    """The same of OTLP over gRPC; empty where it is not spoken."""

    @property
    def url(self) -> str:
        """The base of its HTTP interface."""
        return f"http://{self.http}"

    @property
    def forward(self) -> str:
        """Where to pass on to: by gRPC where that is spoken."""
        return f"otlp://{self.grpc}" if self.grpc else self.url


@contextmanager
def mlflow(directory: Path) -> Iterator[Server]:
    """``mlflow server`` on SQLite."""
    port = free_port()
    command = ["mlflow", "server", "--backend-store-uri", f"sqlite:///{directory / 'mlflow.db'}"]
    command += ["--default-artifact-root", str(directory / "artifacts")]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    environment = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    server = Server("mlflow", f"127.0.0.1:{port}")
    with _running(server, command, environment, directory, "/health"):
        yield server


@contextmanager
def phoenix(directory: Path) -> Iterator[Server]:
    """``phoenix serve`` on SQLite."""
    port, grpc_port = free_port(), free_port()
    environment = {
        "PHOENIX_WORKING_DIR": str(directory / "phoenix"),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc_port),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    server = Server("phoenix", f"127.0.0.1:{port}", f"127.0.0.1:{grpc_port}")
    with _running(server, ["phoenix", "serve"], environment, directory, "/"):
        yield server


@contextmanager
def _running(
    server: Server, command: list[str], environment: Mapping[str, str], directory: Path, probe: str
) -> Iterator[None]:
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / f"{server.name}.log"
    program = python(server.name).parent / command[0]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "OTEL_"))}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, *command[1:]],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env={**inherited, **environment},
            cwd=directory,
            start_new_session=True,
        )
    try:
        _wait(server.url + probe, process, log)
        yield
    finally:
        _stop(process)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text(errors='replace')[-3000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.3)
    raise RuntimeError(f"no answer from {url}: {log.read_text(errors='replace')[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started: its group is its own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            continue
