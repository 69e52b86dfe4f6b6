"""Programs traced with the SDK, and what a real MLflow server shows of their traces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.backends.install import python
from tests.backends.reading import new_place
from tests.backends.servers import Server
from tests.e2e.processes import environment, running

HERE = Path(__file__).parent
_TIMEOUT_S = 120.0

Shown = Mapping[str, Any]
"""What MLflow shows of a trace: see ``read_mlflow_trace.py``."""


@dataclass(frozen=True)
class Result:
    """What a program printed after the id of its trace, and what is shown of that."""

    printed: str
    shown: Shown


def sent_directly(
    server: Server, program: str, semconv: str, directory: Path, **more: str
) -> Result:
    """Run a program that sends to the server itself."""
    experiment = new_place(server, f"{program} {semconv} direct")
    header = f"x-mlflow-experiment-id={experiment}"
    trace_id, printed = _run(
        program,
        server.url,
        {
            "OTEL_EXPORTER_OTLP_HEADERS": header,
            # Its first request takes long.
            "OTEL_EXPORTER_OTLP_TIMEOUT": str(int(_TIMEOUT_S)),
            "SPANBRIDGE_SEMCONV": semconv,
            **more,
        },
    )
    return Result(printed, _read(server, experiment, trace_id))


def passed_on(server: Server, program: str, semconv: str, directory: Path, **more: str) -> Result:
    """Run a program that sends to a service, which passes on to the server."""
    experiment = new_place(server, f"{program} {semconv} passed on")
    options = ["--store", directory / "store", "--forward", server.forward]
    options += ["--forward-dialect", "mlflow"]
    options += ["--forward-header", f"x-mlflow-experiment-id={experiment}"]
    with running(directory, *options) as service:
        address = f"http://{service.http}"
        trace_id, printed = _run(program, address, {"SPANBRIDGE_SEMCONV": semconv, **more})
        return Result(printed, _read(server, experiment, trace_id))


def _run(program: str, endpoint: str, more: Mapping[str, str]) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, HERE / program],
        env={**environment(), "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **more},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    trace_id, _, printed = done.stdout.strip().partition(" ")
    return trace_id, printed


def _read(server: Server, experiment: str, trace_id: str) -> Shown:
    """What MLflow shows of a trace, as soon as it shows it."""
    without_ours = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    script = HERE / "read_mlflow_trace.py"
    deadline = time.monotonic() + _TIMEOUT_S
    while True:
        done = subprocess.run(
            [python("mlflow"), script, server.url, experiment, trace_id],
            env=without_ours,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
        if shown := json.loads(done.stdout):
            return shown
        assert time.monotonic() < deadline, "MLflow does not show the trace"
        time.sleep(1.0)
