"""What the readers find, in the documents of traces that went through the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.query import traces
from spanbridge_ingest.query.schema import TraceDocument
from spanbridge_ingest.store import ClickHouseStore
from tests.messages.recordings import CORPUS
from tests.query.loading import embedded_store, write

FILES = (
    "google-adk-v1schema/agent_tool.binpb",
    "langfuse-sdk/observe_agent.binpb",
    "mlflow/agent.binpb",
    "openinference-langchain/retriever.binpb",
    "pydantic-ai-v1/agent_tool.binpb",
    "strands-latest/agent_tool.binpb",
    "traceloop-sdk/workflow_agent.binpb",
    "vercel-ai-v4/embed_many.binpb",
    "vercel-ai-v6/tool_loop.binpb",
)


def _request(file: str) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest.FromString((CORPUS / file).read_bytes())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        write(store, *map(_request, FILES))
        yield store


def _spans(store: ClickHouseStore, file: str, span_type: str) -> list[dict[str, Any]]:
    ids = {
        s.trace_id.hex()
        for r in _request(file).resource_spans
        for q in r.scope_spans
        for s in q.spans
    }
    documents = [traces.trace_document(store, trace_id) for trace_id in sorted(ids)]
    for document in documents:
        TraceDocument.model_validate(document, strict=True)
    spans = [span for document in documents for span in document["spans"]]
    return [span for span in spans if span["span_type"] == span_type]


@pytest.mark.parametrize(
    ("file", "arguments"),
    [
        ("google-adk-v1schema/agent_tool.binpb", {"city": "Paris"}),
        ("langfuse-sdk/observe_agent.binpb", {"args": ["Paris"], "kwargs": {}}),
        ("mlflow/agent.binpb", {"city": "Paris"}),
        ("pydantic-ai-v1/agent_tool.binpb", {"city": "Paris"}),
        ("strands-latest/agent_tool.binpb", {"city": "Paris"}),
        ("traceloop-sdk/workflow_agent.binpb", {"args": ["Paris"], "kwargs": {}}),
        ("vercel-ai-v6/tool_loop.binpb", {"city": "Paris"}),
    ],
)
def test_a_tool_has_its_arguments_and_its_result(
    store: ClickHouseStore, file: str, arguments: object
) -> None:
    [tool] = _spans(store, file, "TOOL")
    assert (tool["input"], tool["output"]) == (arguments, "21C sunny")
    assert (tool["retrieval"], tool["embeddings"]) == (None, None)


@pytest.mark.parametrize(
    ("file", "query", "contents"),
    [
        ("langfuse-sdk/observe_agent.binpb", "Weather in Paris?", ["Paris is in France."]),
        ("mlflow/agent.binpb", "Weather in Paris?", ["Paris is in France."]),
        (
            "openinference-langchain/retriever.binpb",
            "Where is Paris?",
            ["Paris is in France.", "Lyon too."],
        ),
    ],
)
def test_a_retriever_has_its_query_and_documents(
    store: ClickHouseStore, file: str, query: str, contents: list[str]
) -> None:
    [retriever] = _spans(store, file, "RETRIEVER")
    assert retriever["retrieval"]["query"] == query
    assert [doc["content"] for doc in retriever["retrieval"]["documents"]] == contents


def test_an_embedding_has_its_texts_and_no_vectors(store: ClickHouseStore) -> None:
    spans = _spans(store, "vercel-ai-v4/embed_many.binpb", "EMBEDDING")
    expected = {"texts": ["alpha", "beta"], "count": 2, "dimension": 4}
    assert [span["embeddings"] for span in spans] == [expected] * len(spans)
    assert spans
