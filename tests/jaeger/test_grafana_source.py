"""Grafana's Jaeger data source asks as its code does: paths, parameters, and the types it reads.

Its URL has the path of the mount; Grafana joins the paths of the API to it. It reads strictly:
a number where it expects a text fails the whole answer.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from spanbridge_ingest.store import ClickHouseStore
from tests.jaeger import making, plain
from tests.jaeger.serving import copied_store
from tests.jaeger.test_http_api import client_of
from tests.query.loading import write

SPANS = plain.all_spans()
SERVICE = "team/app one"
CALLER, CALLED = 40, 41
DAY_MS = 86_400_000
TAG = {"key": str, "type": str}
REFERENCE = {"refType": str, "traceID": str, "spanID": str}
SPAN = {
    **dict.fromkeys(("traceID", "spanID", "processID", "operationName"), str),
    **dict.fromkeys(("startTime", "duration", "flags"), int),
}


@pytest.fixture(scope="module")
def store(
    corpus_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClickHouseStore]:
    directory = tmp_path_factory.mktemp("grafana") / "store"
    with copied_store(corpus_store, directory) as store:
        caller = making.span(CALLER, 1, name="GET /", attributes={"count": 2**60, "ratio": 0.5})
        called = making.span(CALLER, 2, 1, name="charge", duration=2_500 * making.MS)
        called.links.add(trace_id=(CALLED).to_bytes(16, "big"), span_id=b"\x01" * 8)
        called.events.add(name="retry", time_unix_nano=called.start_time_unix_nano + 5_000)
        called.status.code = plain.ERROR
        write(store, making.request((SERVICE, [caller]), ("bank", [called])))
        yield store


@pytest.fixture
async def client(store: ClickHouseStore) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(store) as client:
        yield client


async def data(client: httpx.AsyncClient, path: str, **parameters: object) -> list[Any]:
    answer = await client.get(f"{path}?{urlencode(parameters)}" if parameters else path)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [type(body[name]) for name in ("limit", "offset", "total")] == [int] * 3
    assert body["errors"] is None
    assert isinstance(body["data"], list)
    found: list[Any] = body["data"]
    return found


def has(value: dict[str, Any], types: dict[str, type]) -> None:
    assert {name: type(value[name]) for name in types} == types


async def test_save_and_test(client: httpx.AsyncClient) -> None:
    """Its health check lists the services."""
    services = await data(client, "/api/services")
    assert SERVICE in services
    assert all(isinstance(name, str) for name in services)


@pytest.mark.parametrize("spelled", [quote(SERVICE), quote(SERVICE, safe="")])
async def test_operations_of_any_service(client: httpx.AsyncClient, spelled: str) -> None:
    """The backend joins the name with its slashes, frontends before Grafana 12.1 escape them."""
    assert await data(client, f"/api/services/{spelled}/operations") == ["GET /"]


@pytest.mark.parametrize(
    ("asked", "contract"),
    [
        ({}, {"search_depth": 20}),
        ({"service": "h2-corpus", "operation": "get_weather"}, {"operation_name": "get_weather"}),
        (
            {"tags": {"error": "true", "span.kind": "client"}},
            {"attributes": {"error": "true", "span.kind": "client"}},
        ),
        ({"minDuration": "1.2s"}, {"duration_min": 1_200_000_000}),
        (
            {"minDuration": "500us", "maxDuration": "100ms"},
            {"duration_min": 500_000, "duration_max": 10**8},
        ),
    ],
)
async def test_searches(client: httpx.AsyncClient, asked: Any, contract: Any) -> None:
    """Times in microseconds, tags as JSON of what was written in logfmt."""
    parameters = {
        "limit": 20,
        "service": "h2-corpus",
        **asked,
        "start": min(span.start for span in SPANS) // 1000,
        "end": max(span.start for span in SPANS) // 1000 + 1,
    }
    if "tags" in asked:
        parameters["tags"] = json.dumps(asked["tags"], separators=(",", ":"))
    wanted = plain.find(SPANS, {"service_name": "h2-corpus", "search_depth": 20, **contract})
    assert wanted
    found = await data(client, "/api/traces", **parameters)
    assert [trace["traceID"] for trace in found] == wanted
    # The table of traces takes the earliest span for the root, and the service of its process.
    for trace in found:
        first = min(trace["spans"], key=lambda span: span["startTime"])
        assert trace["processes"][first["processID"]]["serviceName"]


async def test_a_trace_as_it_is_decoded(client: httpx.AsyncClient) -> None:
    """With the time of the panel, in milliseconds, if the data source is told to send it."""
    path = f"/api/traces/{making.id_of(CALLER)}"
    [trace] = await data(client, path, start=1, end=2)
    has(trace, {"traceID": str, "spans": list, "processes": dict})
    for process in trace["processes"].values():
        has(process, {"serviceName": str, "tags": list})
    for span in trace["spans"]:
        has(span, SPAN)
        for tag in span["tags"]:
            has(tag, TAG)
        for log in span["logs"]:
            has(log, {"timestamp": int, "fields": list})
        for reference in span["references"]:
            has(reference, REFERENCE)
    _, called = trace["spans"]
    assert [one["refType"] for one in called["references"]] == ["CHILD_OF", "FOLLOWS_FROM"]
    assert called["duration"] == 2_500_000
    assert len(called["logs"]) == 1


async def test_a_trace_that_is_not_there(client: httpx.AsyncClient) -> None:
    """An empty list of traces would end the data source's process."""
    assert (await client.get(f"/api/traces/{making.id_of(0xDEAD)}")).status_code == 404


async def test_the_graph_of_services(client: httpx.AsyncClient) -> None:
    """It gives the end and how far to look back, in milliseconds."""
    end = making.START // making.MS + DAY_MS
    found = await data(client, "/api/dependencies", endTs=end, lookback=2 * DAY_MS)
    assert found == [{"parent": SERVICE, "child": "bank", "callCount": 1}]
    assert await data(client, "/api/dependencies", endTs=end + 9 * DAY_MS, lookback=DAY_MS) == []


async def test_version_three(client: httpx.AsyncClient) -> None:
    """With the toggle ``jaegerEnableGrpcEndpoint``; times go out unescaped."""
    answer = await client.get("/api/v3/services")
    assert SERVICE in answer.json()["services"]
    answer = await client.get(f"/api/v3/operations?{urlencode({'service': SERVICE})}")
    assert answer.json()["operations"] == [{"name": "GET /", "spanKind": "internal"}]
    times = "start_time=2026-01-01T00:00:00.5Z&end_time=2027-01-01T00:00:00Z"
    answer = await client.get(f"/api/v3/traces/{making.id_of(CALLER)}?{times}")
    assert answer.status_code == 200
    for resource in answer.json()["result"]["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                has(span, {**dict.fromkeys(("traceId", "spanId", "name"), str), "kind": int})
                has(span, dict.fromkeys(("startTimeUnixNano", "endTimeUnixNano"), str))
    answer = await client.get(f"/api/v3/traces/{making.id_of(0xDEAD)}?{times}")
    assert answer.status_code == 404
    has(answer.json()["error"], {"httpCode": int, "message": str})
    asked = urlencode({"query.service_name": SERVICE, "query.attributes": '{"ratio":"0.5"}'})
    times = "query.start_time_min=2026-01-01T00:00:00Z&query.start_time_max=2027-01-01T00:00:00Z"
    answer = await client.get(f"/api/v3/traces?{asked}&{times}")
    assert answer.json()["result"]["resourceSpans"]
