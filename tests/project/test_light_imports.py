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
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(result.stdout.split())


@pytest.mark.parametrize("package", ["spanbridge", "spanbridge_semconv", "spanbridge_ingest"])
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    assert not loaded_after(f"import {package}") & set(HEAVY)


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
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        "error: the spanbridge command needs the [server] extra (no module named 'typer'): "
        "pip install 'spanbridge[server]'\n"
    )
