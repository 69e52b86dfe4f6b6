"""A stop and a start that fails end in time, whatever the store does."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spanbridge_ingest.cli import service_info
from tests.commit.memory_store import request
from tests.support.command import ROOT


def post(url: str, body: bytes) -> int:
    sent = urllib.request.Request(url, body, {"Content-Type": "application/x-protobuf"})
    try:
        with urllib.request.urlopen(sent, timeout=120) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0  # the connection was cut


@pytest.mark.parametrize(
    ("what", "code", "told"),
    [
        ("write", 3, "stopped with 1 requests not known to be stored"),
        ("close", 0, "could not be closed within 1 s"),
    ],
)
def test_a_store_that_hangs_does_not_keep_the_service(
    tmp_path: Path, what: str, code: int, told: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.hanging_service", what, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with ThreadPoolExecutor(1) as clients:
            deadline = time.monotonic() + 90
            while (info := service_info.read(tmp_path)) is None:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            answer = clients.submit(post, f"{info.api_url}/v1/traces", request("a"))
            if what == "write":
                time.sleep(0.5)
                assert not answer.done()
            else:
                assert answer.result() == 200
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=120)
            assert time.monotonic() - started < 6
            assert (answer.result() == 200) == (what == "close")
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == code
    assert told in errors
    assert "Stopping" in output
    assert service_info.read(tmp_path) is None


def test_a_start_that_fails_on_a_store_that_hangs_ends_and_says_why(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.cli.hanging_service", "start", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    assert "--clickhouse-http is for an embedded store" in ended.stderr
    assert "could not be closed within 1 s" in ended.stderr
