from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from spanbridge_ingest.cli import service_info
from spanbridge_ingest.cli.service_info import ServiceInfo


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_running_service_is_found_by_its_note(tmp_path: Path, address: str) -> None:
    info = ServiceInfo(os.getpid(), "127.0.0.1:4317", address)
    service_info.write(tmp_path, info)
    assert service_info.running(tmp_path) == info
    assert info.api_url == f"http://{address}"
    service_info.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_note_left_by_a_crash_is_not_believed(tmp_path: Path, address: str) -> None:
    service_info.write(tmp_path, ServiceInfo(dead_pid(), None, address))
    assert service_info.running(tmp_path) is None


def test_a_process_id_that_was_given_away_is_not_believed(tmp_path: Path) -> None:
    service_info.write(tmp_path, ServiceInfo(os.getpid(), None, "127.0.0.1:1"))
    assert service_info.running(tmp_path) is None


def test_a_service_without_http_is_still_running(tmp_path: Path) -> None:
    info = ServiceInfo(os.getpid(), "127.0.0.1:4317", None)
    service_info.write(tmp_path, info)
    assert service_info.running(tmp_path) == info
    assert info.api_url is None


def test_only_its_own_process_takes_a_note_away(tmp_path: Path) -> None:
    service_info.write(tmp_path, ServiceInfo(dead_pid(), None, None))
    service_info.remove(tmp_path)
    assert service_info.read(tmp_path) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x", "grpc": null, "http": null}'])
def test_a_damaged_note_is_no_note(tmp_path: Path, text: str) -> None:
    (tmp_path / service_info.FILE_NAME).write_text(text)
    assert service_info.read(tmp_path) is None
    assert service_info.running(tmp_path / "absent") is None


def test_a_note_is_private_and_holds_addresses_only(tmp_path: Path) -> None:
    service_info.write(tmp_path, ServiceInfo(1, "a:1", "b:2"))
    path = tmp_path / service_info.FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {"pid": 1, "grpc": "a:1", "http": "b:2"}


@pytest.mark.parametrize(
    ("listening", "reachable"),
    [
        ("0.0.0.0:4318", "127.0.0.1:4318"),
        ("[::]:4318", "[::1]:4318"),
        ("10.0.0.7:4318", "10.0.0.7:4318"),
    ],
)
def test_wildcards_are_reached_by_loopback(listening: str, reachable: str) -> None:
    assert service_info.reachable(listening) == reachable
