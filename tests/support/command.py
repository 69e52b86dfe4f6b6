"""Run the ``spanbridge`` command as a user does."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from spanbridge_ingest.cli import service_info
from spanbridge_ingest.cli.app import main
from spanbridge_ingest.cli.service_info import ServiceInfo

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"
_TIMEOUT_S = 150.0


Finished = subprocess.CompletedProcess[str]


def spanbridge(*arguments: object) -> Finished:
    """Run to the end in this process, which may hold no store open; output is captured.

    The exit code is the caller's to check. Starting Python and the libraries anew costs more than
    most commands do.
    """
    given = [str(argument) for argument in arguments]
    with (
        io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) as out,
        io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) as errors,
    ):
        with redirect_stdout(out), redirect_stderr(errors):
            code = main(given)
        told = [stream.buffer.getvalue().decode() for stream in (out, errors)]
    return subprocess.CompletedProcess(given, code, *told)


def spanbridge_process(*arguments: object, env: Mapping[str, str] | None = None) -> Finished:
    """Run to the end in a process of its own; output is captured, the exit code is to check."""
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
