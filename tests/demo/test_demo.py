"""The demo as a newcomer runs it: the real service, real OTLP, a real store."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from spanbridge_ingest.cli import service_info
from tests.support.command import spanbridge, spanbridge_process


def test_once_prints_the_trace_as_read_from_the_store_and_exits(tmp_path: Path) -> None:
    result = spanbridge_process("demo", "--once", "--store", tmp_path / "demo")
    assert result.returncode == 0, result.stdout + result.stderr
    for pattern in (
        r"AGENT invoke_agent travel-agent",
        r"CHAT_MODEL chat gpt-fake .* gpt-fake-2026-01-01 +57 in",
        r"CHAT_MODEL chat gpt-fake .* 81 in \(64 cached\), 9 out",
        r"TOOL execute_tool get_weather",
        r"2 model calls · tokens 138 in \(64 cached\), 26 out · total 164",
    ):
        assert re.search(pattern, result.stdout), result.stdout
    assert service_info.read(tmp_path / "demo") is None
    started = time.monotonic()
    # A ClickHouse that is meant for the service is not touched.
    env = {"SPANBRIDGE_CLICKHOUSE": "http://127.0.0.1:1/otel"}
    again = spanbridge_process("demo", "--once", "--store", tmp_path / "demo", env=env)
    assert again.returncode == 0, again.stderr
    assert time.monotonic() - started < 20
    listing = spanbridge("traces", "list", "--store", tmp_path / "demo")
    assert listing.stdout.count("spanbridge-demo") == 2


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_it_stays_up_until_told_to_stop_and_leaves_nothing_running(
    empty_store: Path, number: int
) -> None:
    command = [sys.executable, "-m", "spanbridge_ingest", "demo", "--store", str(empty_store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        try:
            info = _look_around(demo, empty_store)
            demo.send_signal(number)
            assert demo.wait(timeout=120) == 0
        finally:
            # Nothing may wait for a demo that was not told to stop.
            demo.terminate()
    with pytest.raises(ProcessLookupError):
        os.kill(info.pid, 0)


def _look_around(demo: subprocess.Popen[str], store: Path) -> service_info.ServiceInfo:
    assert demo.stdout is not None
    shown = ""
    for line in demo.stdout:
        shown += line
        if line.startswith("Ctrl-C stops it"):
            break
    info = service_info.running(store)
    assert info is not None, shown
    assert f"{info.api_url}/api/traces" in shown
    with urllib.request.urlopen(f"{info.api_url}/api/traces", timeout=120) as answer:
        assert b"spanbridge-demo" in answer.read()
    second = spanbridge_process("demo", "--once", "--store", store)
    assert second.returncode == 2
    assert "already uses" in second.stderr
    return info


def test_a_service_that_does_not_start_is_reported_with_its_log(empty_store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = spanbridge_process("demo", "--once", "--store", empty_store, "--http", address)
    assert result.returncode == 1
    assert "the service did not start; the end of its log:" in result.stderr
    assert f"cannot listen on {address}" in result.stderr
