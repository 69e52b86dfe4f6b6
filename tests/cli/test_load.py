"""``spanbridge load --to``: a service that is not there, or goes away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from spanbridge_ingest.cli import load, targets
from tests.support import otlp
from tests.support.command import CORPUS, spanbridge

RECORDED = sorted((CORPUS / "mlflow").glob("*.binpb"))


class _Ok(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering(times: int) -> Iterator[str]:
    """A service that takes so many requests and is gone then."""
    server = HTTPServer(("127.0.0.1", 0), _Ok)

    def serve() -> None:
        for _ in range(times):
            server.handle_request()
        server.server_close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    thread.join()


def test_a_service_that_is_not_there_stops_the_load_at_once() -> None:
    started = time.monotonic()
    done = spanbridge("load", "--to", "http://127.0.0.1:9", *RECORDED)
    assert time.monotonic() - started < 20
    assert len(RECORDED) > 5
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: http://127.0.0.1:9 does not answer: ")
    assert "--to takes the address of OTLP/HTTP" in done.stderr
    assert done.stderr.count("\n") == 1


def test_one_that_goes_away_is_waited_for_and_then_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_IN_FLIGHT", 1)
    monkeypatch.setattr(targets, "_AWAY_S", 0.5)
    file = tmp_path / "three.jsonl"
    line = json.dumps(otlp.as_json(otlp.traces("a")))
    file.write_text(f"{line}\n" * 3)
    with answering(2) as address:
        done = spanbridge("load", "--to", address, file)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {address} does not answer: ")
    assert done.stderr.endswith("Stored until then: 2 requests.\n")
