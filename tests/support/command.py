"""Run the ``spanbridge`` command as a user does: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from spanbridge_ingest.cli import service_info
from spanbridge_ingest.cli.service_info import ServiceInfo

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"
_TIMEOUT_S = 90.0


def spanbridge(
    *arguments: object, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run to the end; output is captured, the exit code is the caller's to check."""
    return subprocess.run(
        _command(*arguments),
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )


@contextmanager
def serving(
    store: Path,
    *arguments: object,
    grpc: str = "127.0.0.1:0",
    http: str = "127.0.0.1:0",
    jaeger: str = "off",
) -> Iterator[tuple[subprocess.Popen[str], ServiceInfo]]:
    """Run ``spanbridge serve`` on ``store`` until the block ends.

    Ports are free ones unless told; Jaeger gets none.
    """
    command = _command("serve", "--store", store, "--grpc", grpc, "--http", http)
    command += ["--jaeger", jaeger, *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    try:
        yield process, _wait_for(process, store)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=_TIMEOUT_S)


def _wait_for(process: subprocess.Popen[str], store: Path) -> ServiceInfo:
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline:
        info = service_info.read(store)
        if info is not None and info.pid == process.pid:
            return info
        if process.poll() is not None:
            raise AssertionError(f"the service ended: {process.communicate()}")
        time.sleep(0.02)
    raise AssertionError("the service did not start")


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "spanbridge_ingest", *map(str, arguments)]
