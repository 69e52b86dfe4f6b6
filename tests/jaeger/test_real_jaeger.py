"""A real Jaeger v2 reads a real service by the configuration that is shipped."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from spanbridge_ingest.query.traces import trace_documents
from tests.jaeger import making, plain
from tests.jaeger.serving import copied_store
from tests.query.loading import TRACE_FILES, write
from tests.support import jaeger
from tests.support.collector import free_port
from tests.support.command import serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

LONG, LONG_SPANS, CALLS = 7, 10_000, 8
FAR = 2_000_000_000_000_000
"""A moment after all spans, in microseconds."""
DIALECTS = (
    *("openinference-openai", "traceloop-sdk", "vercel-ai-v6", "langfuse-sdk", "mlflow"),
    *("logfire-openai", "pydantic-ai-v1", "strands-latest", "otel-openai-v2-legacy"),
)


def sent_in(dialect: str) -> list[plain.PlainSpan]:
    files = [path for path in TRACE_FILES if path.parent.name == dialect]
    return [span for path in files for span in plain.spans_of(path.read_bytes())]


class Jaeger:
    """The query API of a Jaeger, and what the store said before the service had it."""

    def __init__(self, url: str, documents: Mapping[str, Any]) -> None:
        self._url = url
        self.documents = documents

    def get(self, path: str, **parameters: Any) -> tuple[int, Any]:
        url = f"{self._url}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=300) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def data(self, path: str, **parameters: Any) -> Any:
        status, body = self.get(path, **parameters)
        assert status == 200, body
        return body["data"]

    def found(self, **parameters: Any) -> set[str]:
        asked = {"start": 0, "end": FAR, "limit": 1000, **parameters}
        return {trace["traceID"] for trace in self.data("/api/traces", **asked)}

    def spans(self, trace_id: str) -> dict[str, dict[str, Any]]:
        """The attributes of each span, by version 3 of the API."""
        status, body = self.get(f"/api/v3/traces/{trace_id}")
        assert status == 200, body
        return {
            span["spanId"]: {
                pair["key"]: next(iter(pair["value"].values()), None)
                for pair in span.get("attributes", ())
            }
            for resource in body["result"]["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        }


@pytest.fixture(scope="module")
def real(corpus_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    binary = jaeger.build()
    directory = tmp_path_factory.mktemp("jaeger")
    with copied_store(corpus_store, directory / "store") as store:
        long = [making.span(LONG, n, n // 2) for n in range(1, LONG_SPANS + 1)]
        calls = range(100, 100 + CALLS)
        write(
            store,
            making.request(
                ("long", long),
                ("shop", [making.span(trace, 1) for trace in calls]),
                ("bank", [making.span(trace, 2, 1) for trace in calls]),
            ),
        )
        sent = [span for dialect in DIALECTS for span in sent_in(dialect)]
        documents = trace_documents(store, sorted({span.trace_id for span in sent}))
    storage = f"127.0.0.1:{free_port()}"
    with (
        serving(directory / "store", jaeger=storage),
        jaeger.running(binary, storage, directory / "log") as url,
    ):
        yield Jaeger(url, documents)


def test_services_and_operations(real: Jaeger) -> None:
    names = {span.service for span in plain.all_spans()} - {""} | {"long", "shop", "bank"}
    assert set(real.data("/api/services")) - {"OTLPResourceNoServiceName"} == names
    assert set(real.get("/api/v3/services")[1]["services"]) >= names
    for service in ("h2-corpus", "bank"):
        expected = {s.message.name for s in plain.all_spans() if s.service == service} or {"step 2"}
        assert set(real.data(f"/api/services/{service}/operations")) == expected
        body = real.get("/api/v3/operations", service=service)[1]
        assert {operation["name"] for operation in body["operations"]} == expected
    clients = real.data("/api/operations", service="h2-corpus", spanKind="client")
    assert {one["name"] for one in clients} == {
        span.message.name
        for span in plain.all_spans()
        if span.service == "h2-corpus" and span.message.kind == span.message.SPAN_KIND_CLIENT
    }


@pytest.mark.parametrize(
    ("older", "contract"),
    [
        ({}, {}),
        ({"operation": "get_weather"}, {"operation_name": "get_weather"}),
        ({"tags": '{"error": "true"}'}, {"attributes": {"error": "true"}}),
        ({"tags": '{"error": "false"}'}, {"attributes": {"error": "false"}}),
        ({"tags": '{"span.kind": "client"}'}, {"attributes": {"span.kind": "client"}}),
        (
            {"tag": "http.response.status_code:200"},
            {"attributes": {"http.response.status_code": "200"}},
        ),
        (
            {"tags": '{"openinference.span.kind": "LLM", "error": "true"}'},
            {"attributes": {"openinference.span.kind": "LLM", "error": "true"}},
        ),
        ({"minDuration": "250ms"}, {"duration_min": 250_000_000}),
        ({"maxDuration": "1.5ms"}, {"duration_max": 1_500_000}),
        ({"limit": 3}, {"search_depth": 3}),
    ],
)
def test_every_parameter(real: Jaeger, older: dict[str, Any], contract: dict[str, Any]) -> None:
    asked = {"search_depth": 1000, "service_name": "h2-corpus", **contract}
    expected = set(plain.find(plain.all_spans(), asked))
    assert expected
    assert real.found(service="h2-corpus", **older) == expected


def test_a_range_of_time(real: Jaeger) -> None:
    times = sorted(s.start for s in plain.all_spans() if s.service == "h2-corpus")
    low, high = times[len(times) // 4] // 1000, times[len(times) // 2] // 1000
    asked = {"start_time_min": low * 1000, "start_time_max": high * 1000, "search_depth": 1000}
    expected = set(plain.find(plain.all_spans(), {"service_name": "h2-corpus", **asked}))
    assert real.found(service="h2-corpus", start=low, end=high) == expected
    status, body = real.get(
        "/api/v3/traces",
        **{
            "query.service_name": "h2-corpus",
            "query.start_time_min": _rfc3339(low),
            "query.start_time_max": _rfc3339(high),
            "query.num_traces": 1000,
        },
    )
    assert status == 200
    assert {
        span["traceId"]
        for resource in body["result"]["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    } == expected


def _rfc3339(micros: int) -> str:
    seconds, rest = divmod(micros, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06}Z"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_chat_of_a_dialect(real: Jaeger, dialect: str) -> None:
    told = 0
    sent = sent_in(dialect)
    for trace_id in {span.trace_id for span in sent}:
        shown = real.spans(trace_id)
        assert shown.keys() == {s.message.span_id.hex() for s in sent if s.trace_id == trace_id}
        for span in real.documents[trace_id]["spans"]:
            own = shown[span["span_id"]]
            if span["span_type"] in ("LLM", "CHAT_MODEL") and "gen_ai.output.messages" in own:
                told += 1
                assert json.loads(own["gen_ai.output.messages"]) == span["output_messages"]
                assert json.loads(own["gen_ai.input.messages"]) == span["input_messages"]
                assert own["gen_ai.provider.name"] == span["provider"]
                assert own["gen_ai.operation.name"] in ("chat", "text_completion")
    assert told


def test_dependencies(real: Jaeger) -> None:
    end = making.START // 10**6 + 60_000
    links = real.data("/api/dependencies", endTs=end, lookback=120_000)
    assert [(one["parent"], one["child"], one["callCount"]) for one in links] == [
        ("shop", "bank", CALLS)
    ]


def test_ten_thousand_spans(real: Jaeger) -> None:
    started = time.monotonic()
    [trace] = real.data(f"/api/traces/{making.id_of(LONG)}")
    print(f"{LONG_SPANS} spans in {time.monotonic() - started:.1f} s")
    assert {span["spanID"] for span in trace["spans"]} == {
        f"{n:016x}" for n in range(1, LONG_SPANS + 1)
    }
    assert len(real.spans(making.id_of(LONG))) == LONG_SPANS


def test_what_is_not_there(real: Jaeger) -> None:
    unknown = making.id_of(0xDEAD)
    assert real.get(f"/api/traces/{unknown}")[0] == 404
    assert real.get(f"/api/v3/traces/{unknown}")[0] == 404
    assert real.found(service="nobody") == set()
