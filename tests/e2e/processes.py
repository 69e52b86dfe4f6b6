"""The service in a process of its own, as an operator runs it: start, kill, stop, look."""

from __future__ import annotations

import http.client
import itertools
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0
_PORTS = range(20_000, 32_000)
"""Below the ports the kernel gives to clients: a service that is down must find its port free."""


def free_port() -> int:
    """A port that nobody listens on, and that no connection of another test will be given."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_until(condition, what: str, timeout_s: float = 60.0, pause_s: float = 0.05) -> None:
    """Wait for a condition, or fail with ``what`` was missing."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s:.0f} s for {what}"
        time.sleep(pause_s)


def environment() -> dict[str, str]:
    """This process's, without settings of the person who runs the tests."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("SPANBRIDGE_", "OTEL_"))}


class Service:
    """``spanbridge serve`` with addresses that outlive its processes.

    ``arguments`` name the store and everything else but the addresses. What the processes print
    goes to files in ``directory``.
    """

    def __init__(self, directory: Path, *arguments: object) -> None:
        self.grpc = f"127.0.0.1:{free_port()}"
        self.http = f"127.0.0.1:{free_port()}"
        self.clickhouse: str | None = None
        """Where ClickHouse's own protocol is served, if the arguments ask for it."""
        self.store: str | None = None
        """The directory of an embedded store."""
        self._arguments = [str(argument) for argument in arguments]
        for name, value in itertools.pairwise(self._arguments):
            if name == "--clickhouse-http":
                self.clickhouse = value
            elif name == "--store":
                self.store = value
        self._output = directory / "service.out"
        self._errors = directory / "service.err"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        """What all processes printed so far."""
        return self._output.read_text("utf-8")

    @property
    def errors(self) -> str:
        """What all processes logged so far."""
        return self._errors.read_text("utf-8")

    @property
    def pid(self) -> int:
        """The process id of the running service."""
        assert self.process is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def launch(self) -> None:
        """Start a process and return at once."""
        assert not self.alive
        command = [sys.executable, "-m", "spanbridge_ingest", "serve"]
        command += ["--grpc", self.grpc, "--http", self.http, "--jaeger", "off", *self._arguments]
        with self._output.open("ab") as out, self._errors.open("ab") as err:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=environment()
            )

    def start(self) -> None:
        """Start a process and wait until it is ready."""
        self.launch()
        wait_until(self._ready_or_gone, "the service to be ready", START_TIMEOUT_S)
        assert self.alive, f"the service ended: {self.errors}"

    def kill(self) -> None:
        """``kill -9``."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_TIMEOUT_S)

    def signal(self, number: int) -> None:
        """Send the process a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait for the end of the process; its exit code."""
        assert self.process is not None
        return self.process.wait(STOP_TIMEOUT_S)

    def stop(self) -> int:
        """Stop in order; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.wait()

    def get(self, path: str, timeout_s: float = 60.0) -> tuple[int, str]:
        """Status and body of ``GET path``."""
        connection = http.client.HTTPConnection(self.http, timeout=timeout_s)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def readiness(self) -> int:
        """The status of ``/readyz``, 0 when nobody answers."""
        try:
            return self.get("/readyz")[0]
        except OSError:
            return 0

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples of ``name`` that have these labels."""
        families = text_string_to_metric_families(self.get("/metrics")[1])
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def rss_mb(self) -> float:
        """Resident memory in MiB."""
        return self.metric("process_resident_memory_bytes") / 2**20

    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        return self.metric("process_cpu_seconds_total")

    def _ready_or_gone(self) -> bool:
        return not self.alive or self.readiness() == 200


@contextmanager
def running(directory: Path, *arguments: object) -> Iterator[Service]:
    """A ready service; it is killed at the end if the test did not stop it."""
    service = Service(directory, *arguments)
    try:
        service.start()
        yield service
    finally:
        if service.alive:
            service.kill()


def run_to_end(
    *arguments: object, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``spanbridge`` and wait for it."""
    return subprocess.run(
        [sys.executable, "-m", "spanbridge_ingest", *map(str, arguments)],
        env={**environment(), **(env or {})},
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
