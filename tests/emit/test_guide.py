"""The guide's commands run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "translate.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A directory from which the commands can run, with a ``spanbridge`` command in it."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    command = tmp_path / "bin" / "spanbridge"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m spanbridge_ingest "$@"\n', "utf-8")
    command.chmod(0o755)
    return tmp_path


def run(command: list[str], place: Path) -> str:
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        command,
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_commands_run(workplace: Path) -> None:
    [commands] = blocks("sh")
    lines = run(["sh", "-e", "-c", commands], workplace).splitlines()
    assert len(lines) == 2
    assert "openinference.span.kind" in lines[0]
    assert "gen_ai.input.messages" in lines[1]
    for name in ("translated.binpb", "again.binpb"):
        request = ExportTraceServiceRequest.FromString((workplace / name).read_bytes())
        assert request.resource_spans


def test_the_program_runs(workplace: Path) -> None:
    [program] = blocks("python")
    printed = run([sys.executable, "-c", program], workplace)
    assert '"openinference.span.kind": "LLM"' in printed
