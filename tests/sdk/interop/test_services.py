"""One trace through two services that are recorded by instrumentations of others too."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.processes import free_port, running, wait_until
from tests.sdk.interop.collected import PROGRAMS, Collector, environment

pytestmark = pytest.mark.slow

_STOP_S = 20


@contextmanager
def serving(endpoint: str, program: str, *arguments: int) -> Iterator[int]:
    """A program that serves HTTP; its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, PROGRAMS / program, str(port), *map(str, arguments)],
        env=environment(endpoint, OTEL_SERVICE_NAME=program),
    )

    def answers() -> bool:
        assert process.poll() is None, f"{program} ended"
        try:
            return bool(get(port, "/openapi.json"))
        except OSError:
            return False

    try:
        wait_until(answers, f"{program} to answer")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()


def get(port: int, path: str) -> object:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)


def ask(endpoint: str) -> None:
    """Start both services, ask the front one, and stop them."""
    with serving(endpoint, "back.py") as back, serving(endpoint, "front.py", back) as front:
        assert get(front, "/ask?question=why") == {"answer": "['why']"}


def test_two_services_make_one_trace(collector: Collector) -> None:
    ask(collector.url)
    search = collector.span("search")
    assert collector.line(search) == ["GET /ask", "answer", "GET", "GET /search", "search"]
    assert collector.line(collector.span("prompt")) == ["GET /ask", "answer", "prompt"]
    line = [span for span in collector.spans if span.trace_id == search.trace_id]
    assert {span.name: (span.service, span.scope) for span in line} == {
        "GET /ask": ("front.py", "opentelemetry.instrumentation.fastapi"),
        "answer": ("front.py", "spanbridge"),
        "prompt": ("front.py", "spanbridge"),
        "GET": ("front.py", "opentelemetry.instrumentation.httpx"),
        "GET /search": ("back.py", "opentelemetry.instrumentation.fastapi"),
        "search": ("back.py", "spanbridge"),
    }


def test_what_is_said_of_the_trace_is_found_below_a_foreign_root(tmp_path: Path) -> None:
    with running(tmp_path, "--store", tmp_path / "store") as service:
        ask(f"http://{service.http}")

        def of_session() -> list[dict[str, str]]:
            status, body = service.get("/api/traces")
            assert status == 200, body
            return [one for one in json.loads(body)["traces"] if one["session_id"] == "s-1"]

        wait_until(of_session, "the trace of the session")
        (found,) = of_session()
        document = json.loads(service.get(f"/api/traces/{found['trace_id']}")[1])
    assert (document["name"], document["user_id"]) == ("GET /ask", "ann")
    assert document["tags"]["team"] == "search"
    names = {span["name"] for span in document["spans"]}
    assert names == {"GET /ask", "answer", "prompt", "GET", "GET /search", "search"}
