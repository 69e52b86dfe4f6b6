"""Who asks wrongly, too much, or while the store is away."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Mapping
from typing import Any

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_ingest.errors import (
    ConfigError,
    StoreError,
    StoreSchemaError,
    StoreUnavailableError,
)
from spanbridge_ingest.jaeger.grpc_server import SERVICES, JaegerEndpoint, ReadLimits
from spanbridge_ingest.jaeger.messages import MESSAGES
from spanbridge_ingest.query.gate import Gate
from spanbridge_ingest.values import Address
from tests.jaeger.client import READER, Client, connected, ids
from tests.jaeger.serving import Committer, endpoint

HEALTH = "/grpc.health.v1.Health/Check"
METHODS = (
    *("GetTraces", "GetOperations", "FindTraces", "FindTraceIDs", "FindTraceSummaries"),
    "GetServices",
)
STREAMS = ("GetTraces", "FindTraces", "FindTraceSummaries")


def call(client: Client, method: str, body: bytes, timeout: float = 30.0) -> None:
    if method in STREAMS:
        list(client.raw_stream(READER + method, body, timeout))
    else:
        client.raw(READER + method, body, timeout)


def code_of(client: Client, method: str, body: bytes, timeout: float = 30.0) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as refused:
        call(client, method, body, timeout)
    assert refused.value.details()
    return refused.value.code()


@pytest.mark.parametrize("method", METHODS)
def test_bytes_that_are_no_request(jaeger: Client, method: str) -> None:
    assert code_of(jaeger, method, b"\x0a\xff") is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "fields",
    [
        {"search_depth": -1},
        {"search_depth": 10_001},
        {"filter": b"\x0a\x00"},
        {"service_name": "x" * 70_000},
        {"duration_min": {"seconds": 2}, "duration_max": {"seconds": 1}},
        {"duration_min": {"seconds": -1}},
        {"attributes": [{"key": str(n)} for n in range(65)]},
    ],
)
def test_searches_that_cannot_be_answered(jaeger: Client, fields: dict[str, Any]) -> None:
    body = MESSAGES["FindTracesRequest"](query=fields).SerializeToString()
    for method in ("FindTraces", "FindTraceIDs", "FindTraceSummaries"):
        assert code_of(jaeger, method, body) is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("trace_id", [b"", b"\x01" * 8, b"\x01" * 17])
def test_malformed_ids(jaeger: Client, trace_id: bytes) -> None:
    body = MESSAGES["GetTracesRequest"](query=[{"trace_id": trace_id}]).SerializeToString()
    assert code_of(jaeger, "GetTraces", body) is grpc.StatusCode.INVALID_ARGUMENT


@settings(deadline=None, max_examples=60)
@given(body=st.binary(max_size=80), method=st.sampled_from(METHODS))
def test_noise_never_breaks_the_server(jaeger: Client, body: bytes, method: str) -> None:
    code = None
    try:
        call(jaeger, method, body)
    except grpc.RpcError as refused:
        code = refused.code()
    assert code in (None, grpc.StatusCode.INVALID_ARGUMENT)


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE otel_traces; --", "{p0:String}", "$condition", "\\"]
)
def test_texts_stay_texts(jaeger: Client, text: str) -> None:
    asked = {"service_name": text, "operation_name": text, "attributes": {text: text}}
    assert jaeger.find_ids(**asked) == []
    assert jaeger.operations(text) == []
    assert jaeger.services()


def test_a_number_beyond_all_counts_is_a_text(jaeger: Client) -> None:
    assert jaeger.find_ids(attributes={"gen_ai.usage.input_tokens": "9" * 5000}) == []


def test_capabilities_and_health(jaeger: Client) -> None:
    body = jaeger.raw("/jaeger.storage.v2.Capabilities/GetCapabilities", b"")
    search = MESSAGES["GetCapabilitiesResponse"].FromString(body).search
    assert (search.without_service_name, search.same_span_conjunction) == (True, True)
    for name in ("", *SERVICES):
        assert jaeger.raw(HEALTH, b"\x0a" + bytes([len(name)]) + name.encode()) == b"\x08\x01"


def test_many_at_once_get_what_each_asked_for(jaeger: Client) -> None:
    found: dict[int, list[str]] = {}

    def ask(depth: int) -> None:
        found[depth] = ids(jaeger.find(search_depth=depth))

    threads = [threading.Thread(target=ask, args=(depth,)) for depth in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    newest = jaeger.find_ids(search_depth=12)
    assert found == {depth: newest[:depth] for depth in range(1, 13)}


class FailingStore:
    """Raises what it is told to."""

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        raise self._problem


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (StoreUnavailableError("away"), grpc.StatusCode.UNAVAILABLE),
        (StoreError("odd"), grpc.StatusCode.UNAVAILABLE),
        (StoreUnavailableError("slow", 159), grpc.StatusCode.DEADLINE_EXCEEDED),
        (StoreUnavailableError("large", 241), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (StoreSchemaError("old"), grpc.StatusCode.FAILED_PRECONDITION),
        (ValueError("content"), grpc.StatusCode.INTERNAL),
    ],
)
def test_a_store_that_fails(problem: Exception, code: grpc.StatusCode) -> None:
    with endpoint(FailingStore(problem)) as address, connected(address) as client:
        assert code_of(client, "GetServices", b"") is code
        assert code_of(client, "FindTraces", b"") is code


def test_health_tells_that_the_store_is_away() -> None:
    committer = Committer()
    with (
        endpoint(FailingStore(StoreError("odd")), committer=committer) as address,
        connected(address) as client,
    ):
        assert client.raw(HEALTH, b"") == b"\x08\x01"
        committer.ready = False
        assert client.raw(HEALTH, b"") == b"\x08\x02"


class SlowStore:
    """Answers when it is let; says how many wait."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.entered = threading.Semaphore(0)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        self.entered.release()
        assert self.go.wait(60)
        return []


def test_slow_calls_are_given_up_and_too_many_refused() -> None:
    store = SlowStore()
    limits = ReadLimits(calls=2, call_s=1.0)
    with endpoint(store, limits) as address, connected(address) as client:
        codes: list[grpc.StatusCode] = []
        callers = [
            threading.Thread(target=lambda: codes.append(code_of(client, "GetServices", b"", 60)))
            for _ in range(2)
        ]
        for caller in callers:
            caller.start()
        for _ in callers:
            assert store.entered.acquire(timeout=60)
        assert code_of(client, "GetServices", b"") is grpc.StatusCode.RESOURCE_EXHAUSTED
        # A thread that waits for the store is not left behind: the answer comes when it is free.
        threading.Timer(1.5, store.go.set).start()
        for caller in callers:
            caller.join()
        assert codes == [grpc.StatusCode.DEADLINE_EXCEEDED] * 2
        assert client.services() == []


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address("127.0.0.1", taken.getsockname()[1])

        async def start() -> None:
            store = FailingStore(StoreError("odd"))
            await JaegerEndpoint(store, Gate(1), Committer(), address).start()

        with pytest.raises(ConfigError, match=f"cannot listen on {address}: .*--jaeger"):
            asyncio.run(start())
