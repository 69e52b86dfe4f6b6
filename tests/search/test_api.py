"""The routes that search, as programs call them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from spanbridge_ingest.query.api import create_app
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.schema import ErrorAnswer
from spanbridge_ingest.query.search import documents
from spanbridge_ingest.query.search.models import FoundSessions, FoundTraces
from spanbridge_ingest.query.traces import trace_document
from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import TRACE_FILES, load_corpus
from tests.search.data import draw_traces, store_of
from tests.search.model import value_of_trace
from tests.search.test_sessions import SESSION

TRACES = draw_traces(40, seed=31)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with store_of(tmp_path_factory.mktemp("store"), TRACES) as store:
        yield store


@pytest.fixture
async def client(store: Reader) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Mount("/api", create_app(store))])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api/api") as client:
        yield client


async def search(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post("/traces/search", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(client: httpx.AsyncClient, status: int = 400, **body: Any) -> dict[str, str]:
    answer = await client.post("/traces/search", json=body)
    assert answer.status_code == status, answer.text
    ErrorAnswer.model_validate(answer.json())
    error: dict[str, str] = answer.json()["error"]
    return error


async def test_traces_are_documents(client: httpx.AsyncClient, store: ClickHouseStore) -> None:
    page = await search(client, filter="status = 'ERROR'", max_results=5)
    FoundTraces.model_validate(page)
    assert len(page["traces"]) == 5
    for document in page["traces"]:
        assert document["state"] == "ERROR"
        whole = json.loads(json.dumps(trace_document(store, document["trace_id"])))
        assert document == whole


async def test_without_spans_they_say_what_a_list_says(
    client: httpx.AsyncClient, store: ClickHouseStore
) -> None:
    page = await search(client, include_spans=False, max_results=40)
    FoundTraces.model_validate(page)
    assert len(page["traces"]) == 40
    for document in page["traces"]:
        whole = trace_document(store, document["trace_id"])
        told = ("request_preview", "response_preview", "metadata", "spans")
        assert document["spans"] == []
        assert {**document, **{name: 0 for name in told}} == {
            **json.loads(json.dumps(whole)),
            **{name: 0 for name in told},
        }


async def test_pages_follow_each_other(client: httpx.AsyncClient) -> None:
    found, token = [], None
    while True:
        page = await search(client, max_results=15, page_token=token, include_spans=False)
        found += [document["trace_id"] for document in page["traces"]]
        token = page["next_page_token"]
        if token is None:
            break
    assert sorted(found) == sorted(trace.id for trace in TRACES)


async def test_a_page_that_would_be_too_large_ends_early(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [trace["trace_id"] for trace in (await search(client))["traces"]]
    monkeypatch.setattr(documents, "MAX_PAGE_BYTES", 1)
    monkeypatch.setattr(documents, "_SPANS_AT_ONCE", 3)
    found, token, pages = [], None, 0
    while True:
        page = await search(client, page_token=token)
        found += [document["trace_id"] for document in page["traces"]]
        pages += 1
        token = page["next_page_token"]
        if token is None:
            break
    assert found == whole
    assert pages > 5


async def test_a_trace_too_large_for_a_page_comes_without_its_spans(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_TRACE_SPANS", 2)
    sizes = {trace.id: len(trace.spans) for trace in TRACES}
    for document in (await search(client))["traces"]:
        size = sizes[document["trace_id"]]
        assert len(document["spans"]) == (size if size <= 2 else 0)


async def test_experiments_and_runs(client: httpx.AsyncClient) -> None:
    for trace in (await search(client, experiment_ids=["1", "7"]))["traces"]:
        assert trace["experiment_id"] == "1"
    assert (await search(client, experiment_ids=["7"]))["traces"] == []
    runs = await search(client, run_id="s1", filter="status != 'ERROR' OR name = 'x'")
    assert runs["traces"]
    assert {(trace["run_id"], trace["state"] != "ERROR") for trace in runs["traces"]} == {
        ("s1", True)
    }


async def test_sessions(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sessions/search", json={"max_results": 2})
    assert answer.status_code == 200, answer.text
    FoundSessions.model_validate(answer.json())
    page = answer.json()
    assert len(page["sessions"]) == 2
    session = page["sessions"][0]
    own = {trace.id for trace in TRACES if value_of_trace(SESSION, trace) == session["session_id"]}
    assert set(session["trace_ids"]) == own
    found = await search(client, filter=f"request_id IN ({str(sorted(own))[1:-1]})")
    assert {trace["trace_id"] for trace in found["traces"]} == own


async def test_an_error_in_a_filter_is_shown_as_it_is(client: httpx.AsyncClient) -> None:
    error = await refused(client, filter="name = 'x' AND\n  status ! 'OK'")
    assert error == {
        "code": "bad_request",
        "message": "'!' cannot stand here\nname = 'x' AND   status ! 'OK'\n"
        "                        ^",
        "hint": "accepted: = != > >= < <=, ., ILIKE, IN, IS, LIKE, NOT, RLIKE",
    }
    error = await refused(client, order_by=["timestamp", "nome"])
    assert error["message"] == "nothing is called nome\nnome\n^"


@pytest.mark.parametrize(
    "body",
    [
        {"filter": 5},
        {"max_results": 0},
        {"max_results": 501},
        {"max_results": "5"},
        {"order_by": ["name"] * 6},
        {"order_by": "name"},
        {"experiment_ids": ["x" * 501]},
        {"page_token": "AAAA"},
        {"fliter": ""},
        {"run_id": "x" * 501},
    ],
)
async def test_malformed_bodies(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await refused(client, **body))["code"] == "bad_request"


async def test_only_json_is_taken(client: httpx.AsyncClient) -> None:
    for path in ("/traces/search", "/sessions/search"):
        plain = await client.post(path, content="{}", headers={"content-type": "text/plain"})
        assert plain.status_code == 415
        assert (await client.post(path, json=[])).status_code == 400


INJECTED = [
    "x' OR '1'='1",
    "x'; DROP TABLE otel_traces; --",
    "\\' OR 1=1 --",
    "{p0:String}",
    "{database:Identifier}",
    "%s %(x)s $1 ? :p0",
    "x\x00y",
    "') UNION ALL SELECT 1 --",
    "`\"'\\",
    "/* */ -- #",
]


@pytest.mark.parametrize("text", INJECTED)
async def test_values_and_keys_are_never_part_of_the_statement(
    client: httpx.AsyncClient, store: ClickHouseStore, text: str
) -> None:
    value, key = text.replace("'", "''"), text.replace("`", "``")
    pattern = value.replace("\\", "\\\\").replace("%", "\\%")
    quiet = [
        *(f"{f} = '{value}'" for f in ("name", "session_id", "span.model", "run_id", "request_id")),
        *(f"{f}.`{key}` = '{value}'" for f in ("tag", "metadata", "span.attributes", "feedback")),
        *(f"{f}.`{key}` > 5" for f in ("tag", "metadata", "span.attributes", "expectation")),
        *(f"{f}.`{key}` IS NOT NULL" for f in ("tag", "metadata", "span.attributes", "feedback")),
        f"name IN ('{value}', '{value}')",
        f"text LIKE '%{pattern}%'",
        f"service ILIKE '{pattern}'",
    ]
    for text in quiet:
        found = await search(client, filter=text, include_spans=False)
        assert found == {"traces": [], "next_page_token": None}, text
    by_key = await search(client, order_by=[f"tag.`{key}` DESC"], include_spans=False)
    assert len(by_key["traces"]) == len(TRACES)
    assert await search(client, experiment_ids=[text], run_id=text) == {
        "traces": [],
        "next_page_token": None,
    }
    [(spans,)] = store.query("SELECT count() FROM otel_traces")
    assert spans == sum(len(trace.spans) for trace in TRACES)


def test_no_source_of_search_puts_values_into_statements() -> None:
    folder = Path(documents.__file__).parent
    for file in folder.glob("*.py"):
        source = file.read_text("utf-8")
        assert "comparison.value}" not in source
        assert "field.key}" not in source or file.name in ("columns.py", "nodes.py")


async def test_totals_are_those_of_the_documents(client: httpx.AsyncClient) -> None:
    totals = {
        trace["trace_id"]: trace["usage"]["total_tokens"]
        for trace in (await search(client))["traces"]
        if trace["usage"] and trace["usage"]["total_tokens"] is not None
    }
    middle = sorted(totals.values())[len(totals) // 2]
    few = await search(client, filter=f"total_tokens < {middle}", include_spans=False)
    many = await search(client, filter=f"total_tokens >= {middle}", include_spans=False)
    assert {t["trace_id"] for t in few["traces"]} == {i for i, n in totals.items() if n < middle}
    assert {t["trace_id"] for t in many["traces"]} == {i for i, n in totals.items() if n >= middle}
    assert few["traces"]
    assert many["traces"]


@pytest.mark.slow
async def test_recordings_of_every_emitter_can_be_searched(
    client: httpx.AsyncClient, store: ClickHouseStore
) -> None:
    load_corpus(store)
    assert TRACE_FILES
    token, seen = None, 0
    while True:
        page = await search(client, filter="span.type IS NOT NULL", page_token=token)
        FoundTraces.model_validate(page)
        seen += len(page["traces"])
        token = page["next_page_token"]
        if token is None:
            break
    assert seen > len(TRACES)
