"""The HTTP API, on a real store and on stores that fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.routing import Mount

from spanbridge_ingest.errors import StoreError, StoreSchemaError, StoreUnavailableError
from spanbridge_ingest.query import gate
from spanbridge_ingest.query.api import create_app
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.schema import ErrorAnswer, TraceDocument, TraceList
from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import CORPUS, comparable, embedded_store, write

SECOND = 1_000_000_000
START = 1_800_000_000 * SECOND
AGENT = ExportTraceServiceRequest.FromString((CORPUS / "mlflow" / "agent.binpb").read_bytes())


def simple_trace(number: int, start: int, service: str = "shop") -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    resource.scope_spans.add().spans.add(
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        name=f"trace {number}",
        start_time_unix_nano=start,
        end_time_unix_nano=start + 1000,
    )
    return request


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        # Ten traces, three of them in one second; the last one comes from another service.
        starts = [START + n * 40 * SECOND for n in range(7)] + [START + n for n in (1, 2, 2)]
        requests = [
            simple_trace(n + 1, start, "bank" if n == 9 else "shop")
            for n, start in enumerate(starts)
        ]
        write(store, *requests, AGENT)
        yield store


async def client_of(store: Reader) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Mount("/api", create_app(store))])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


@pytest.fixture
async def client(store: ClickHouseStore) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(store):
        yield client


def error(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    ErrorAnswer.model_validate(answer.json())
    return answer.json()["error"]


async def names(client: httpx.AsyncClient, **parameters: object) -> list[str]:
    answer = await client.get("/api/traces", params={k: str(v) for k, v in parameters.items()})
    assert answer.status_code == 200, answer.text
    return [trace["name"] for trace in answer.json()["traces"]]


NEWEST_FIRST = [f"trace {n}" for n in (7, 6, 5, 4, 3, 2, 10, 9, 8, 1)]


async def test_newest_traces_come_first(client: httpx.AsyncClient) -> None:
    assert await names(client, start=START) == NEWEST_FIRST


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_hold_every_trace_once(client: httpx.AsyncClient, limit: int) -> None:
    found: list[str] = []
    parameters: dict[str, Any] = {"start": START, "limit": limit}
    while True:
        page = (await client.get("/api/traces", params=parameters)).json()
        TraceList.model_validate(page)
        found += [trace["name"] for trace in page["traces"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert found == NEWEST_FIRST


async def test_pages_do_not_shift_when_traces_arrive(
    client: httpx.AsyncClient, store: ClickHouseStore
) -> None:
    far = START + 10**6 * SECOND
    write(store, *(simple_trace(1000 + n, far + n * SECOND) for n in range(4)))
    parameters: dict[str, Any] = {"start": far, "limit": 2}
    first = (await client.get("/api/traces", params=parameters)).json()
    write(store, simple_trace(1010, far + 9 * SECOND))

    second = await names(client, **parameters, cursor=first["next_cursor"])

    assert [t["name"] for t in first["traces"]] == ["trace 1003", "trace 1002"]
    assert second == ["trace 1001", "trace 1000"]
    assert (await names(client, start=far))[0] == "trace 1010"


async def test_range_is_half_open(client: httpx.AsyncClient) -> None:
    assert await names(client, start=START + 1, end=START + 2) == ["trace 8"]
    assert await names(client, start=START + 2, end=START + 40 * SECOND) == ["trace 10", "trace 9"]
    assert await names(client, start=START + 2, end=START + 2) == []
    assert await names(client, start=2**63) == []


async def test_times_may_be_written_out(client: httpx.AsyncClient) -> None:
    begin = datetime.fromtimestamp(START // SECOND, UTC)
    later = begin + timedelta(seconds=40)
    for start in (begin.isoformat(), begin.isoformat().replace("+00:00", "Z")):
        assert "trace 1" in await names(client, start=start, end=later.isoformat())
    assert await names(client, start=f"{begin:%Y-%m-%dT%H:%M:%S}.000000002Z", end=later) == [
        "trace 10",
        "trace 9",
    ]


async def test_service_filter(client: httpx.AsyncClient) -> None:
    assert await names(client, service="bank") == ["trace 10"]
    assert await names(client, service="no such") == []


async def test_a_long_trace_stands_where_it_began(
    client: httpx.AsyncClient, store: ClickHouseStore
) -> None:
    """Spans that arrive late, in another batch, neither move nor repeat their trace."""
    base = START + 2 * 10**6 * SECOND
    write(store, simple_trace(2000, base), simple_trace(2001, base + 5 * SECOND))
    late = simple_trace(2000, base + 10**5 * SECOND)
    late.resource_spans[0].scope_spans[0].spans[0].span_id = b"latespan"
    write(store, late)

    assert await names(client, start=base) == ["trace 2001", "trace 2000"]
    assert await names(client, start=base, limit=1) == ["trace 2001"]
    assert await names(client, start=base + 10 * SECOND) == []


async def test_summary_of_an_agent(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/traces", params={"limit": 500})).json()["traces"]
    [agent] = [trace for trace in listed if trace["name"] == "agent"]
    assert agent["span_count"] == 4
    assert agent["model_calls"] == 1
    assert agent["models"] == ["gpt-fake-2026-01-01"]
    assert agent["usage"]["input_tokens"] == 23
    assert agent["duration_ns"] == agent["end_time_unix_nano"] - agent["start_time_unix_nano"]


def agent_id() -> str:
    return AGENT.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()


async def test_document(client: httpx.AsyncClient) -> None:
    for trace_id in (agent_id(), agent_id().upper()):
        answer = await client.get(f"/api/traces/{trace_id}")
        assert answer.status_code == 200
        TraceDocument.model_validate_json(answer.content, strict=True)
    types = {span["name"]: span["span_type"] for span in answer.json()["spans"]}
    assert types["get_weather"] == "TOOL"


async def test_otlp_by_accept(client: httpx.AsyncClient) -> None:
    url = f"/api/traces/{agent_id()}/otlp"

    binary = await client.get(url, headers={"accept": "application/x-protobuf"})
    text = await client.get(url)

    assert binary.headers["content-type"] == "application/x-protobuf"
    rebuilt = ExportTraceServiceRequest.FromString(binary.content)
    assert comparable([rebuilt]) == comparable([AGENT])
    [resource] = text.json()["resourceSpans"]
    assert resource["scopeSpans"][0]["spans"][0]["traceId"] == agent_id()


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    assert error(await client.get(f"/api/traces/{'ab' * 16}"), 404)["code"] == "not_found"
    nowhere = error(await client.get("/api/nowhere"), 404)
    assert (nowhere["code"], nowhere["hint"]) == ("not_found", "/api/docs lists what there is")
    assert error(await client.post("/api/traces"), 405)["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "start=yesterday",
        "end=-1",
        "start=99999999999999999999",
        "cursor=",
        "cursor=1AAAA",
        "cursor=%00",
        "cursor=1%C3%A9",
    ],
)
async def test_malformed_parameters_are_named(client: httpx.AsyncClient, query: str) -> None:
    problem = error(await client.get(f"/api/traces?{query}"), 400)
    assert problem["code"] == "bad_request"
    assert query.partition("=")[0] in problem["message"]


async def test_a_changed_cursor_is_refused(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/traces", params={"start": START, "limit": 1})).json()
    cursor = page["next_cursor"]
    for position in range(len(cursor)):
        changed = cursor[:position] + ("A" if cursor[position] != "A" else "B")
        changed += cursor[position + 1 :]
        answer = await client.get("/api/traces", params={"cursor": changed})
        # The last character may carry bits that mean nothing.
        if not (answer.status_code == 200 and position == len(cursor) - 1):
            error(answer, 400)


@pytest.mark.parametrize("trace_id", ["x", "0" * 31, "g" * 32, "%27%20OR%201=1%20--", "é" * 32])
async def test_malformed_ids(client: httpx.AsyncClient, trace_id: str) -> None:
    assert error(await client.get(f"/api/traces/{trace_id}"), 400)["code"] == "bad_request"


class FailingStore:
    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        raise self._problem


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (StoreUnavailableError("away"), 503, "store_unavailable"),
        (StoreError("odd"), 503, "store_unavailable"),
        (StoreSchemaError("old"), 500, "store_schema"),
        (ZeroDivisionError(), 500, "internal"),
    ],
)
async def test_a_failing_store(problem: Exception, status: int, code: str) -> None:
    async for client in client_of(FailingStore(problem)):
        answer = await client.get("/api/traces")
        assert error(answer, status)["code"] == code
        assert ("retry-after" in answer.headers) == (status == 503)


class SlowStore:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        assert self.go.wait(20)
        return [(0, 0, 0)]


async def test_a_long_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MAX_WAITING", 2)
    store = SlowStore()
    async for client in client_of(store):
        waiting = [asyncio.create_task(client.get("/api/traces")) for _ in range(6)]
        await asyncio.sleep(0.2)
        assert error(await client.get("/api/traces"), 503)["code"] == "busy"
        store.go.set()
        assert [(await task).status_code for task in waiting] == [200] * 6


async def test_openapi_and_docs_need_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    openapi = (await client.get("/api/openapi.json")).json()
    assert set(openapi["paths"]) == {
        *("/traces", "/traces/{trace_id}", "/traces/{trace_id}/otlp", "/unmapped"),
        *("/prices", "/prices/unknown", "/traces/search", "/sessions/search"),
    }
    assert openapi["servers"] == [{"url": "/api"}]
    page = (await client.get("/api/docs")).text
    assert "/api/traces/{trace_id}" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
