"""The store's remote path: everything over HTTP, on the front."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.clickhouse_http import FrontOptions
from spanbridge_ingest.errors import StoreUnavailableError
from spanbridge_ingest.query import traces
from spanbridge_ingest.store import ClickHouseStore, open_store
from tests.clickhouse_http.serving import serve
from tests.query.loading import LOG_FILES, TRACE_FILES, comparable, load_corpus


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    path = tmp_path_factory.mktemp("engine")
    with serve(path, FrontOptions(readonly=False, max_queries=16)) as front:
        store = open_store(url=front.url)
        try:
            load_corpus(store)
            yield store
        finally:
            store.close()


def _trace_ids(path: Path) -> set[str]:
    request = ExportTraceServiceRequest.FromString(path.read_bytes())
    return {
        span.trace_id.hex()
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }


def test_the_corpus_is_stored_and_read_back(store: ClickHouseStore) -> None:
    assert LOG_FILES
    [(spans, logs)] = store.query(
        "SELECT (SELECT count() FROM otel_traces), (SELECT count() FROM otel_logs)"
    )
    assert int(str(spans)) > 400
    assert int(str(logs)) > 80
    for path in TRACE_FILES[::12]:
        sent = ExportTraceServiceRequest.FromString(path.read_bytes())
        rebuilt = [traces.trace_otlp(store, trace_id) for trace_id in _trace_ids(path)]
        assert comparable(rebuilt) == comparable([sent])


def test_lists_and_documents(store: ClickHouseStore) -> None:
    page = traces.list_traces(store, limit=5)
    assert len(page.traces) == 5
    for item in page.traces:
        document = traces.trace_document(store, item["trace_id"])
        assert document["usage"] == item["usage"]


def test_reading_cannot_write(store: ClickHouseStore) -> None:
    with pytest.raises(StoreUnavailableError, match="READONLY"):
        store.query("INSERT INTO otlp_batches (BatchId) SELECT 1")
