"""The running service as its operator sees it: start, addresses, stop."""

from __future__ import annotations

import asyncio
import io
import json
import runpy
import shutil
import signal
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from rich.console import Console

from spanbridge_ingest.cli import serve, service_info
from spanbridge_ingest.cli.service_info import ServiceInfo
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.values import Address
from tests.support import otlp
from tests.support.command import ROOT, serving, spanbridge, spanbridge_process


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())


def post(url: str, body: bytes) -> int:
    request = urllib.request.Request(url, body, {"Content-Type": "application/x-protobuf"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(answer.status)


@pytest.fixture(scope="module")
def service(
    template_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, ServiceInfo, str]]:
    """The store of a service, its addresses, and where it speaks ClickHouse's protocol."""
    store = tmp_path_factory.mktemp("served") / "store"
    shutil.copytree(template_store, store, symlinks=True)
    with serving(store, "--clickhouse-http", "127.0.0.1:0") as (process, info):
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        front = next(line.split()[1] for line in lines if line.strip().startswith("ClickHouse"))
        yield store, info, front


def test_it_takes_otlp_both_ways_serves_the_api_and_stops_in_order(empty_store: Path) -> None:
    with serving(empty_store) as (process, info):
        assert get(f"{info.api_url}/readyz") == b"ready\n"
        assert post(f"{info.api_url}/v1/traces", otlp.traces("http").SerializeToString()) == 200
        provider = TracerProvider()
        exporter = OTLPSpanExporter(endpoint=f"http://{info.grpc}", insecure=True)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        provider.get_tracer("tests").start_span("grpc").end()
        provider.shutdown()
        found = json.loads(get(f"{info.api_url}/api/traces"))["traces"]
        assert {trace["name"] for trace in found} == {"http", "grpc"}
        assert b"spanbridge_requests_total" in get(f"{info.api_url}/metrics")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 0
    assert errors == ""
    # On a busy machine opening the store takes long enough to be said before.
    assert "spanbridge is ready. Ctrl-C stops it.\n" in output
    for shown in (str(empty_store), info.grpc, f"{info.api_url}/api/traces", "OTEL_EXPORTER_OTLP"):
        assert str(shown) in output
    assert service_info.read(empty_store) is None


def test_opening_a_store_is_said_when_it_takes_a_moment(
    empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_QUIET_S", 0.0)
    settings = Settings(store=empty_store, grpc=None, http=Address("127.0.0.1", 0), jaeger=None)
    with io.StringIO() as said:
        asyncio.run(serve._opened(settings, Console(file=said))).close()
        assert said.getvalue() == f"Opening the store: {empty_store}\n"


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_a_kill(empty_store: Path) -> None:
    with serving(empty_store) as (process, info):
        assert post(f"{info.api_url}/v1/traces", otlp.traces("kept").SerializeToString()) == 200
        process.kill()
        process.wait()
    result = spanbridge("traces", "list", "--store", empty_store, "--json")
    assert [trace["name"] for trace in json.loads(result.stdout)] == ["kept"]


def test_a_taken_port_and_a_taken_store_are_told_in_one_line(
    empty_store: Path, service: tuple[Path, ServiceInfo, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = spanbridge_process(
            "serve", "--store", empty_store, "--http", address, "--grpc", "off", "--jaeger", "off"
        )
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"error: cannot listen on {address}: ")
    taken_store, _, _ = service
    second = spanbridge_process(
        "serve", "--store", taken_store, "--http", "127.0.0.1:0", "--jaeger", "off"
    )
    assert second.returncode == 2
    assert "is in use by another process" in second.stderr


def test_a_server_that_does_not_answer_stops_the_start_and_hides_the_password() -> None:
    refused = spanbridge_process("serve", "--clickhouse", "http://me:hunter2@127.0.0.1:1/otel")
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: cannot reach ClickHouse at 127.0.0.1:1")
    assert "hunter2" not in refused.stderr + refused.stdout


def test_a_command_says_once_that_a_server_does_not_answer() -> None:
    refused = spanbridge_process("traces", "list", "--clickhouse", "http://127.0.0.1:1/otel")
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: cannot reach ClickHouse at 127.0.0.1:1")


@pytest.mark.parametrize("name", ["", "my-agent"])
def test_the_example_reaches_a_service(
    service: tuple[Path, ServiceInfo, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _, info, _ = service
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{info.grpc}")
    monkeypatch.setenv("OTEL_SERVICE_NAME", name)
    runpy.run_path(str(ROOT / "examples" / "otel_sdk.py"), run_name="__main__")
    called = name or "example"
    (trace,) = json.loads(get(f"{info.api_url}/api/traces?service={called}"))["traces"]
    assert trace["service_name"] == called
    assert trace["usage"]["input_tokens"] == 23


def test_the_store_can_be_queried_as_a_clickhouse_but_not_changed(
    service: tuple[Path, ServiceInfo, str],
) -> None:
    _, info, front = service
    assert post(f"{info.api_url}/v1/traces", otlp.traces("a", "b").SerializeToString()) == 200
    count = urllib.parse.quote("SELECT count() FROM otel_traces WHERE SpanName IN ('a', 'b')")
    assert get(f"{front}/?query={count}") == b"2\n"
    with pytest.raises(urllib.error.HTTPError):
        post(f"{front}/", b"TRUNCATE TABLE otel_traces")
    assert get(f"{front}/?query={count}") == b"2\n"
