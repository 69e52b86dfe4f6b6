"""What the parts cost to import, and what happens where the extra is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("grpc", "google.protobuf", "clickhouse_connect", "chdb", "fastapi", "uvicorn", "rich")


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules, sep='\\n')"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return set(result.stdout.split())


NOT_FOR_RECORDING = (
    *("opentelemetry.sdk", "opentelemetry.exporter", "httpx", "requests", "urllib3", "ssl"),
    *("openai", "pandas", "numpy", "pydantic", "asyncio", "multiprocessing"),
    *("spanbridge_semconv.messages", "spanbridge_semconv.emit"),
)
"""What an application must not pay for that has only imported the SDK."""


@pytest.mark.parametrize("package", ["spanbridge", "spanbridge_semconv", "spanbridge_ingest"])
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    assert not loaded_after(f"import {package}") & set(HEAVY)


@pytest.mark.parametrize(
    "statement",
    [
        "import spanbridge",
        "from spanbridge import trace, SpanType, tracing; trace(len)",
        "from spanbridge.entities import SpanType, LiveSpan, Document",
        "import spanbridge; spanbridge.tracing.disable(); spanbridge.trace(len)('')",
    ],
)
def test_importing_the_sdk_loads_nothing_that_only_some_need(statement: str) -> None:
    assert not loaded_after(statement) & {*HEAVY, *NOT_FOR_RECORDING}


def test_a_span_for_the_applications_own_provider_loads_no_exporter() -> None:
    loaded = loaded_after(
        "from opentelemetry import trace; from opentelemetry.sdk.trace import TracerProvider; "
        "trace.set_tracer_provider(TracerProvider()); import spanbridge; spanbridge.trace(len)('')"
    )
    assert not loaded & {*HEAVY, "requests", "httpx", "spanbridge_semconv.messages"}
    assert "spanbridge.own_provider" not in loaded


def test_the_bridge_needs_the_standard_library_only() -> None:
    loaded = {
        name.partition(".")[0] for name in loaded_after("import spanbridge_semconv.translate")
    }
    foreign = loaded - set(sys.stdlib_module_names) - {"spanbridge_semconv"}
    at_start = {name.partition(".")[0] for name in loaded_after("pass")}
    assert not foreign - at_start


def test_parts_of_the_service_do_not_load_the_engine() -> None:
    loaded = loaded_after("import spanbridge_ingest.cli.app")
    assert not loaded & {"chdb", "pandas", "numpy", "pyarrow"}


def test_without_the_extra_the_command_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError('no', name='typer')\n")
    result = subprocess.run(
        [sys.executable, "-m", "spanbridge_ingest", "version"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        "error: the spanbridge command needs the [server] extra (no module named 'typer'): "
        "pip install 'spanbridge[server]'\n"
    )
