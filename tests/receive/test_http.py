from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from unittest.mock import Mock

import httpx
import pytest
from google.protobuf import json_format
from google.rpc import status_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.receive.intake import IntakeLimits
from spanbridge_ingest.store.base import Signal
from tests.commit.memory_store import POISON, REJECT, MemoryStore, request
from tests.commit.test_committer import until
from tests.receive.conftest import REQUEST_LIMIT, Service, running
from tests.receive.test_encoding import raw_deflate, zstd
from tests.support.otlp import as_json, logs, traces

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


async def post(service: Service, body, path: str = "/v1/traces", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await service.http.post(path, content=body, headers={**PROTOBUF, **named})


def status_of(response: httpx.Response) -> status_pb2.Status:
    """The google.rpc.Status in a refusal, in the encoding that the answer claims."""
    if response.headers["content-type"] == "application/json":
        return json_format.Parse(response.text, status_pb2.Status())
    assert response.headers["content-type"] == "application/x-protobuf"
    return status_pb2.Status.FromString(response.content)


async def raw(service: Service, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Send bytes as they are, and read until the server closes."""
    address = service.receiver.http_address
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
        return await asyncio.wait_for(reader.read(), 30)
    finally:
        writer.close()


def head(length: int | None, **headers: str) -> bytes:
    lines = ["POST /v1/traces HTTP/1.1", "Host: x", "Content-Type: application/x-protobuf"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def test_protobuf(service: Service):
    for path, signal in [("/v1/traces", Signal.TRACES), ("/v1/logs", Signal.LOGS)]:
        response = await post(service, request("a"), path)
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-type"] == "application/x-protobuf"
        assert service.store.stored(signal) == {request("a"): 1}


async def test_json(service: Service):
    body = traces("a", "b")
    response = await service.http.post(
        "/v1/traces", content=json.dumps(as_json(body)), headers=JSON
    )
    assert (response.status_code, response.json()) == (200, {})
    assert response.headers["content-type"] == "application/json"
    assert ExportTraceServiceRequest.FromString(service.store.batches[0].payload) == body
    response = await service.http.post("/v1/logs", json=as_json(logs("hi")))
    assert response.status_code == 200
    assert service.store.batches[1].signal is Signal.LOGS


async def test_large_json_is_converted_beside_the_loop(service: Service):
    body = traces(*(f"span {i}" for i in range(2000)))
    assert len(json.dumps(as_json(body))) > 100_000
    response = await service.http.post("/v1/traces", json=as_json(body))
    assert response.status_code == 200
    assert ExportTraceServiceRequest.FromString(service.store.batches[0].payload) == body


@pytest.mark.parametrize(
    ("content_type", "answered"),
    [
        ("application/x-protobuf", "application/x-protobuf"),
        ("Application/X-Protobuf; messageType=x", "application/x-protobuf"),
        ("application/json; charset=utf-8", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        ("application/protobuf", "application/protobuf"),
    ],
)
async def test_content_types(service: Service, content_type, answered):
    response = await post(service, b"", Content_Type=content_type)
    assert response.status_code == 200
    assert response.headers["content-type"] == answered
    assert not service.store.attempts


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-protobuf2", ";", "\xff"])
async def test_other_content_types_are_refused(service: Service, content_type):
    response = await service.http.post(
        "/v1/traces",
        content=request("a"),
        headers={b"Content-Type": content_type.encode("latin-1")},
    )
    assert response.status_code == 415
    assert "Content-Type" in status_of(response).message
    assert not service.store.attempts


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("zstd", zstd.compress),
        ("identity", bytes),
    ],
)
async def test_encodings(service: Service, encoding, compress):
    for size in (0, 500_000):
        body = compress(request(f"{size}", size))
        response = await post(service, body, Content_Encoding=encoding)
        assert response.status_code == 200
    assert service.store.stored() == {request("0"): 1, request("500000", 500_000): 1}


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "snappy"])
async def test_other_encodings_are_refused(service: Service, encoding):
    response = await post(service, b"", Content_Encoding=encoding)
    assert response.status_code == 415
    assert "Content-Encoding" in status_of(response).message


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
async def test_corrupt_compression_is_a_bad_request(service: Service, encoding):
    response = await post(service, b"\x07garbage", Content_Encoding=encoding)
    assert response.status_code == 400
    assert status_of(response).code == 3


@pytest.mark.parametrize(
    ("headers", "body"),
    [(PROTOBUF, b"\x0a\x05ab"), (PROTOBUF, b"{}"), (JSON, b"{"), (JSON, b'{"resourceSpans":1}')],
)
async def test_malformed_bodies(service: Service, headers, body):
    response = await service.http.post("/v1/traces", content=body, headers=headers)
    assert response.status_code == 400
    assert response.headers["content-type"] == headers["Content-Type"]
    assert status_of(response).code == 3
    assert "retry-after" not in response.headers


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstd.compress)],
)
async def test_a_bomb_is_refused(service: Service, encoding, compress):
    response = await post(service, compress(bytes(50_000_000)), Content_Encoding=encoding)
    assert response.status_code == 413
    assert status_of(response).code == 8
    assert "retry-after" not in response.headers


async def test_an_announced_or_streamed_body_over_the_limit_is_refused(service: Service):
    async def chunks():
        for _ in range(REQUEST_LIMIT // 50_000 + 2):
            yield bytes(50_000)

    for body in (bytes(REQUEST_LIMIT + 1), chunks()):
        response = await post(service, body)
        assert response.status_code == 413
        assert "connection" not in response.headers  # all of it was sent, the next may follow
    assert (await post(service, request("next"))).status_code == 200


async def test_a_body_without_end_is_cut_off(service: Service):
    endless = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    address = service.receiver.http_address
    _, writer = await asyncio.open_connection(address.host, address.port)

    async def send_for_ever() -> None:
        while True:
            writer.write(endless)
            await writer.drain()
            await asyncio.sleep(0.001)

    writer.write(head(None, Transfer_Encoding="chunked"))
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(send_for_ever(), 30)
    writer.close()
    assert service.receiver._intake.budget.held == 0
    assert (await post(service, request("next"))).status_code == 200


async def test_a_client_that_asks_first_is_answered_before_it_sends(service: Service):
    answer = await raw(service, head(REQUEST_LIMIT + 1, Expect="100-continue"))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"100 Continue" not in answer
    answer = await raw(service, head(3, Expect="100-continue", Connection="close"), b"\x0a\x01x")
    assert answer.startswith(b"HTTP/1.1 100 Continue")
    assert b"HTTP/1.1 200" in answer


async def test_a_body_that_stalls_is_given_up_and_others_are_served(service: Service):
    stalled = asyncio.create_task(raw(service, head(100), b"\x0a"))
    await asyncio.sleep(0.05)
    assert (await post(service, request("other"))).status_code == 200
    answer = await stalled
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"connection: close" in answer.lower()
    assert service.receiver._intake.budget.held == 0


async def test_a_body_that_trickles_is_given_up(service: Service):
    address = service.receiver.http_address
    reader, writer = await asyncio.open_connection(address.host, address.port)
    answer = asyncio.create_task(reader.read())
    writer.write(head(100))
    for _ in range(60):
        writer.write(b"x")
        await asyncio.wait({answer}, timeout=0.1)
        if answer.done():
            break
    assert answer.result().startswith(b"HTTP/1.1 503")
    writer.close()
    assert service.receiver._intake.budget.held == 0


async def test_a_client_that_leaves_while_sending_hurts_nobody(service: Service, monkeypatch):
    intake = service.receiver._intake
    arrived = Mock(side_effect=intake.answered)
    monkeypatch.setattr(intake, "answered", arrived)
    address = service.receiver.http_address
    labels = {"signal": "traces", "transport": "http_protobuf", "outcome": "cancelled"}
    for left, part in enumerate((b"", b"\x0a"), 1):
        _, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(head(100) + part)
        await writer.drain()
        await until(lambda n=left: arrived.call_count == n)
        writer.transport.abort()
        await until(lambda n=left: service.sample("spanbridge_requests_total", **labels) == n)
    assert intake.budget.held == 0
    assert (await post(service, request("next"))).status_code == 200


async def test_bodies_being_received_are_bounded_together(store: MemoryStore):
    limits = IntakeLimits(request_bytes=1000, receiving_bytes=1500)
    async with running(store, intake=limits) as service:
        first = asyncio.create_task(raw(service, head(1000), bytes(999)))
        await until(lambda: service.receiver._intake.budget.held == 999)
        response = await post(service, bytes(900))
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) >= 1
        await first
        assert service.receiver._intake.budget.held == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods(service: Service, method):
    for path in ("/v1/traces", "/v1/logs"):
        response = await service.http.request(method, path)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"


async def test_metrics_and_unknown_paths_are_not_found_with_a_status(service: Service):
    response = await post(service, b"", "/v1/metrics")
    assert response.status_code == 404
    assert "metrics are not stored" in status_of(response).message
    response = await service.http.post("/v1/profiles", json={})
    assert response.status_code == 404
    assert status_of(response).code == 12


async def test_partial_success_in_both_encodings(service: Service):
    response = await post(service, request(REJECT.decode()))
    partial = ExportTraceServiceResponse.FromString(response.content).partial_success
    assert (response.status_code, partial.rejected_spans) == (200, 1)
    body = as_json(traces(REJECT.decode()))
    response = await service.http.post("/v1/traces", json=body)
    assert response.json()["partialSuccess"]["rejectedSpans"] == "1"


async def test_poison_busy_and_away(store: MemoryStore):
    async with running(store, CommitLimits(queue_requests=1, probe_first_s=0.02)) as service:
        assert (await post(service, request(POISON.decode()))).status_code == 400
        store.hold()
        first = asyncio.create_task(post(service, request("first")))
        await until(lambda: len(store.attempts) == 2)
        busy = await post(service, request("second"))
        store.let_go()
        assert (await first).status_code == 200
        store.away = True
        away = await post(service, request("third"))
        ready = await service.http.get("/readyz")
        for response, code in ((busy, 429), (away, 503)):
            assert response.status_code == code
            assert int(response.headers["retry-after"]) >= 1
            assert status_of(response).details
        assert ready.status_code == 503
        assert (await service.http.get("/healthz")).status_code == 200
        store.away = False
        await until(lambda: service.committer.ready)
        assert (await post(service, request("third"))).status_code == 200
        assert (await service.http.get("/readyz")).status_code == 200


async def test_the_experiment_header(service: Service):
    await post(service, request("a"), X_MLflow_Experiment_Id="42")
    assert service.store.batches[0].request_attributes == {"mlflow.experimentId": "42"}
    for value in (b"x" * 257, b"\xff\xfe", b"a\x7fb"):
        headers = {**PROTOBUF, b"x-mlflow-experiment-id": value}
        response = await service.http.post("/v1/traces", content=request("b"), headers=headers)
        assert response.status_code == 400
    twice = [*PROTOBUF.items(), ("x-mlflow-experiment-id", "1"), ("x-mlflow-experiment-id", "2")]
    response = await service.http.post("/v1/traces", content=request("c"), headers=twice)
    assert response.status_code == 400


async def test_pages_of_other_origins_may_send_only_when_told(store: MemoryStore):
    asks = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    async with running(store) as service:
        assert (await service.http.options("/v1/traces", headers=asks)).status_code == 405
    async with running(store, cors_origins=["https://app.example"]) as service:
        response = await service.http.options("/v1/traces", headers=asks)
        assert response.headers["access-control-allow-origin"] == "https://app.example"
        response = await post(service, request("a"), Origin="https://app.example")
        assert response.headers["access-control-allow-origin"] == "https://app.example"
        response = await post(service, request("b"), Origin="https://evil.example")
        assert "access-control-allow-origin" not in response.headers


async def test_own_metrics(service: Service):
    await post(service, request("a"))
    response = await service.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'spanbridge_requests_total{outcome="ok"' in response.text
    assert "spanbridge_store_up 1.0" in response.text
    assert "spanbridge_queue_bytes 0.0" in response.text
    assert "process_cpu_seconds_total" in response.text
