"""The query API over HTTP, in both versions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from spanbridge_ingest.errors import StoreUnavailableError
from spanbridge_ingest.jaeger import http_api
from spanbridge_ingest.jaeger.http_api import create_jaeger_app
from spanbridge_ingest.query.gate import Gate
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.store import ClickHouseStore
from tests.jaeger import plain
from tests.jaeger.test_protocol import FailingStore

SPANS = plain.all_spans()
EVER = {"query.startTimeMin": "1970-01-01T00:00:00Z", "query.startTimeMax": "2100-01-01T00:00:00Z"}
ALWAYS = {"start": 0, "end": 4_000_000_000_000_000}


def client_of(store: Reader) -> httpx.AsyncClient:
    app = Starlette(routes=[Mount("/jaeger", create_jaeger_app(store, Gate(2)))])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://api/jaeger")


@pytest.fixture
async def client(store: ClickHouseStore) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(store) as client:
        yield client


async def data(client: httpx.AsyncClient, path: str, **parameters: Any) -> Any:
    answer = await client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["errors"] is None
    return body["data"]


async def test_services_and_operations(client: httpx.AsyncClient) -> None:
    services = await data(client, "/api/services")
    assert (await client.get("/api/v3/services")).json() == {"services": services}
    service = max(services, key=lambda name: sum(span.service == name for span in SPANS))
    names = sorted({span.message.name for span in SPANS if span.service == service})
    assert await data(client, f"/api/services/{service}/operations") == names
    both = await data(client, "/api/operations", service=service, spanKind="client")
    v3 = await client.get("/api/v3/operations", params={"service": service, "spanKind": "client"})
    assert v3.json() == {"operations": both}
    assert {operation["spanKind"] for operation in both} == {"client"}


@pytest.mark.parametrize(
    ("older", "v3", "contract"),
    [
        ({}, {}, {}),
        ({"limit": 2}, {"query.searchDepth": 2}, {"search_depth": 2}),
        (
            {"minDuration": "100ms", "maxDuration": "1m0.5s"},
            {"query.duration_min": "100ms", "query.duration_max": "1m0.5s"},
            {"duration_min": 10**8, "duration_max": 60_500_000_000},
        ),
        (
            {"tags": '{"error":"true"}', "tag": "span.kind:client"},
            {"query.attributes": '{"error":"true","span.kind":"client"}'},
            {"attributes": {"error": "true", "span.kind": "client"}},
        ),
        (
            {"service": "h2-corpus", "operation": "get_weather"},
            {"query.service_name": "h2-corpus", "query.operationName": "get_weather"},
            {"service_name": "h2-corpus", "operation_name": "get_weather"},
        ),
    ],
)
async def test_searches(client: httpx.AsyncClient, older: Any, v3: Any, contract: Any) -> None:
    expected = plain.find(SPANS, {"search_depth": 20, **contract})
    assert expected
    found = await data(client, "/api/traces", **{"limit": 20, **ALWAYS, **older})
    assert [trace["traceID"] for trace in found] == expected
    asked = {"query.num_traces": 20, **EVER, **v3}
    summaries = await client.get("/api/v3/trace-summaries", params=asked)
    assert [one["traceId"] for one in summaries.json()["summaries"]] == expected
    traces = await client.get("/api/v3/traces", params=asked)
    resources = traces.json()["result"]["resourceSpans"]
    spans = [s for r in resources for scope in r["scopeSpans"] for s in scope["spans"]]
    assert list(dict.fromkeys(span["traceId"] for span in spans)) == expected


async def test_a_trace_in_the_older_form(client: httpx.AsyncClient) -> None:
    failed = next(s for s in SPANS if s.message.status.code == 2 and s.message.parent_span_id)
    [trace] = await data(client, f"/api/traces/{failed.trace_id.lstrip('0').upper()}")
    span = next(s for s in trace["spans"] if s["spanID"] == failed.message.span_id.hex())
    assert span["operationName"] == failed.message.name
    assert span["startTime"] == failed.start // 1000
    assert span["duration"] == failed.duration // 1000
    assert span["references"][0] == {
        "refType": "CHILD_OF",
        "traceID": failed.trace_id,
        "spanID": failed.message.parent_span_id.hex(),
    }
    tags = {tag["key"]: tag for tag in span["tags"]}
    assert tags["error"] == {"key": "error", "type": "bool", "value": True}
    assert tags["otel.status_code"]["value"] == "ERROR"
    assert [log["fields"][0] for log in span["logs"]] == [
        {"key": "event", "type": "string", "value": event.name} for event in failed.message.events
    ]
    assert trace["processes"][span["processID"]]["serviceName"] == failed.service
    # Grafana asks for several by their ids.
    both = await client.get("/api/traces", params={"traceID": [failed.trace_id, "1"]})
    assert [one["traceID"] for one in both.json()["data"]] == [failed.trace_id]


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("/api/traces/" + "1" * 32, {}, 404),
        ("/api/v3/traces/" + "1" * 32, {}, 404),
        ("/api/v3/traces", {"query.service_name": "nobody", **EVER}, 404),
        ("/api/traces/xyz", {}, 400),
        ("/api/v3/traces/" + "1" * 33, {}, 400),
        ("/api/v3/traces", {}, 400),
        ("/api/v3/traces", {"query.searchDepth": "-1", **EVER}, 400),
        ("/api/v3/traces", {"query.attributes": "[]", **EVER}, 400),
        ("/api/v3/traces", {"query.startTimeMin": "soon", "query.startTimeMax": "late"}, 400),
        ("/api/traces", {"start": "x"}, 400),
        ("/api/traces", {"tags": '{"error": true}'}, 400),
        ("/api/traces", {"tag": "error"}, 400),
        ("/api/traces", {"minDuration": "5"}, 400),
        ("/api/traces", {"limit": "99999"}, 400),
        ("/api/dependencies", {"lookback": "-1"}, 400),
        ("/api/nothing", {}, 404),
        ("/api/v3/nothing", {}, 404),
    ],
)
async def test_what_is_not_answered(
    client: httpx.AsyncClient, path: str, parameters: Any, status: int
) -> None:
    answer = await client.get(path, params=parameters)
    assert answer.status_code == status, answer.text
    body = answer.json()
    if "/v3/" in path or path.endswith("v3/traces"):
        assert body["error"]["httpCode"] == status
        assert body["error"]["message"]
    else:
        assert body["data"] is None
        assert body["errors"][0]["code"] == status
        assert body["errors"][0]["msg"]


async def test_an_answer_is_bounded(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_api, "MAX_ANSWER_BYTES", 2000)
    answer = await client.get("/api/traces", params={"limit": 50, **ALWAYS})
    assert answer.status_code == 413
    assert "fewer traces" in answer.text
    monkeypatch.setattr(http_api, "MAX_ANSWER_BYTES", 2**30)
    monkeypatch.setattr(http_api, "MAX_ANSWER_S", -1.0)
    answer = await client.get("/api/traces", params={"limit": 50, **ALWAYS})
    assert answer.status_code == 413
    assert "over gRPC" in answer.text


async def test_a_store_that_is_away() -> None:
    async with client_of(FailingStore(StoreUnavailableError("away"))) as client:
        answer = await client.get("/api/services")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    async with client_of(FailingStore(ValueError("content"))) as client:
        answer = await client.get("/api/v3/services")
        assert answer.status_code == 500
        assert "content" not in answer.text
