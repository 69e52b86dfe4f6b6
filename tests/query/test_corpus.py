"""Every recorded trace, through the real engine and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.query import otlp, rows, traces
from spanbridge_ingest.query.schema import TraceDocument, TraceList
from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import (
    CORPUS,
    LOG_FILES,
    TRACE_FILES,
    comparable,
    embedded_store,
    load_corpus,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        load_corpus(store)
        yield store


def _request(path: Path) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest.FromString(path.read_bytes())


def _trace_ids(path: Path) -> list[str]:
    found = {
        span.trace_id.hex()
        for resource in _request(path).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    return sorted(found)


@pytest.mark.parametrize("path", TRACE_FILES, ids=lambda p: str(p.relative_to(CORPUS)))
def test_rebuilt_spans_equal_what_was_sent(store: ClickHouseStore, path: Path) -> None:
    rebuilt = [traces.trace_otlp(store, trace_id) for trace_id in _trace_ids(path)]

    assert comparable(rebuilt) == comparable([_request(path)])


def test_rebuilt_logs_equal_what_was_sent(store: ClickHouseStore) -> None:
    sent = [ExportLogsServiceRequest.FromString(path.read_bytes()) for path in LOG_FILES]
    ids = {
        record.trace_id.hex()
        for request in sent
        for resource in request.resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    }

    found = [record for trace_id in ids for record in traces.trace_logs(store, trace_id)]

    assert comparable([otlp.rebuild_logs_request(found)]) == comparable(sent)


@pytest.mark.parametrize("path", TRACE_FILES, ids=lambda p: str(p.relative_to(CORPUS)))
def test_document_is_valid_json_of_its_schema(store: ClickHouseStore, path: Path) -> None:
    spans = {
        span.span_id.hex()
        for resource in _request(path).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    seen: set[str] = set()
    for trace_id in _trace_ids(path):
        document = orjson.loads(orjson.dumps(traces.trace_document(store, trace_id)))
        TraceDocument.model_validate(document, strict=True)
        assert document["trace_id"] == trace_id
        seen |= {span["span_id"] for span in document["spans"]}
    assert seen == spans


def test_list_agrees_with_the_documents(store: ClickHouseStore) -> None:
    listed: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = traces.list_traces(store, limit=37, cursor=cursor)
        TraceList.model_validate({"traces": page.traces, "next_cursor": page.next_cursor})
        listed += page.traces
        cursor = page.next_cursor
        if cursor is None:
            break

    starts = [item["start_time_unix_nano"] for item in listed]
    assert starts == sorted(starts, reverse=True)
    assert sorted(item["trace_id"] for item in listed) == sorted(
        trace_id for path in TRACE_FILES for trace_id in _trace_ids(path)
    )
    shared = ("name", "status", "service_name", "session_id", "user_id", "usage", "model_calls")
    for item in listed:
        document = traces.trace_document(store, item["trace_id"])
        assert {key: item[key] for key in shared} == {key: document[key] for key in shared}
        assert item["span_count"] == len(document["spans"])
        assert item["end_time_unix_nano"] == document["end_time_unix_nano"]


def _cases() -> list[Any]:
    index = json.loads((CORPUS / "index.json").read_text())
    families = ("otel", "openinference", "mlflow", "traceloop")
    return [
        pytest.param(case, id=case["file"])
        for case in index
        if case["dialect"].startswith(families)
    ]


@pytest.mark.parametrize("case", _cases())
def test_what_was_said_can_be_read(store: ClickHouseStore, case: dict[str, Any]) -> None:
    """Answers and tool calls of the calls that succeeded stand in some span's output messages."""
    output: list[dict[str, Any]] = []
    for trace_id in _trace_ids(CORPUS / case["file"]):
        for span in traces.trace_document(store, trace_id)["spans"]:
            output += [part for m in span["output_messages"] for part in m["parts"]]
    texts = {part["content"] for part in output if part["type"] == "text"}
    called = {part["name"] for part in output if part["type"] == "tool_call"}

    for call in case["expected"]["llm_calls"]:
        if call.get("text") and _has_content(case):
            assert call["text"] in texts
        for tool in call.get("tool_calls") or []:
            if _has_content(case):
                assert tool["name"] in called


def _has_content(case: dict[str, Any]) -> bool:
    return "nocontent" not in case["dialect"]


def test_rows_name_the_columns_of_their_queries(store: ClickHouseStore) -> None:
    [trace_id] = _trace_ids(CORPUS / "mlflow" / "chat.binpb")

    [row] = traces._spans(store, trace_id)

    assert len(row) == len(rows.SpanRow._fields) + len(traces.GenAIRow._fields)
