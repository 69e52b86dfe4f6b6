"""Every recorded trace, through the real engine and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.query import otlp, rows, traces
from spanbridge_ingest.query.reading import ask
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


def _request(path: Path) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest.FromString(path.read_bytes())


def _span_ids(path: Path) -> set[tuple[str, str]]:
    return {
        (span.trace_id.hex(), span.span_id.hex())
        for resource in _request(path).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }


def _trace_ids(path: Path) -> list[str]:
    return sorted({trace_id for trace_id, _ in _span_ids(path)})


EVERY_ID = sorted(trace_id for path in TRACE_FILES for trace_id in _trace_ids(path))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        load_corpus(store)
        yield store


@pytest.fixture(scope="module")
def documents(store: ClickHouseStore) -> dict[str, dict[str, Any]]:
    """Every trace document by its id; read at once, which takes a tenth of the time."""
    return traces.trace_documents(store, EVERY_ID)


@pytest.fixture(scope="module")
def records(store: ClickHouseStore) -> dict[str, list[rows.SpanRecord]]:
    """The spans of every trace by its id."""
    found: dict[str, list[rows.SpanRecord]] = defaultdict(list)
    for row in ask(
        store, "trace_spans", trace_ids=EVERY_ID, after="", limit=traces.MAX_TRACE_SPANS
    ):
        span = rows.span(rows.SpanRow(*row[: len(rows.SpanRow._fields)]))
        found[span.trace_id].append(span)
    return found


@pytest.mark.parametrize("path", TRACE_FILES, ids=lambda p: str(p.relative_to(CORPUS)))
def test_rebuilt_spans_equal_what_was_sent(
    records: dict[str, list[rows.SpanRecord]], path: Path
) -> None:
    rebuilt = [otlp.rebuild_request(records[trace_id]) for trace_id in _trace_ids(path)]

    assert comparable(rebuilt) == comparable([_request(path)])


def test_a_trace_read_alone_is_the_same(
    store: ClickHouseStore, documents: dict[str, dict[str, Any]]
) -> None:
    path = CORPUS / "otel-openai-v2-legacy" / "chat.binpb"
    alone = [traces.trace_otlp(store, trace_id) for trace_id in _trace_ids(path)]

    assert comparable(alone) == comparable([_request(path)])
    for trace_id in _trace_ids(path):
        assert traces.trace_document(store, trace_id) == documents[trace_id]


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
def test_document_is_valid_json_of_its_schema(
    documents: dict[str, dict[str, Any]], path: Path
) -> None:
    seen = set()
    for trace_id in _trace_ids(path):
        document = documents[trace_id]
        written = orjson.loads(orjson.dumps(document))
        TraceDocument.model_validate(written, strict=True)
        seen |= {(written["trace_id"], span["span_id"]) for span in written["spans"]}
    assert seen == _span_ids(path)


def test_list_agrees_with_the_documents(
    store: ClickHouseStore, documents: dict[str, dict[str, Any]]
) -> None:
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
    assert sorted(item["trace_id"] for item in listed) == EVERY_ID
    shared = ("name", "status", "service_name", "usage", "model_calls", "cost_usd")
    for item in listed:
        document = documents[item["trace_id"]]
        assert {key: item[key] for key in shared} == {key: document[key] for key in shared}
        # Lists do not read log records, where some emitters put the user.
        assert item["session_id"] in ("", document["session_id"])
        assert item["user_id"] in ("", document["user_id"])
    assert sum(bool(item["user_id"]) for item in listed) > 10
    for item in listed:
        document = documents[item["trace_id"]]
        assert item["span_count"] == len(document["spans"])
        assert item["end_time_unix_nano"] == document["end_time_unix_nano"]


def test_rows_name_the_columns_of_their_queries(store: ClickHouseStore) -> None:
    [trace_id] = _trace_ids(CORPUS / "mlflow" / "chat.binpb")

    [row] = traces._spans(store, trace_id)

    experiment = 1
    assert len(row) == len(rows.SpanRow._fields) + len(traces.GenAIRow._fields) + experiment
