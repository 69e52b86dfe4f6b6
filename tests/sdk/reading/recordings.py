"""Documents of recorded traces, made by the service's own code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.query import traces
from tests.query.loading import CORPUS, embedded_store, write

AGENTS = (
    "mlflow/agent",
    "google-adk-default/agent_tool",
    "openinference-langchain/agent_tool",
    "pydantic-ai-v2/agent_tool",
    "traceloop-langchain/agent_tool",
    "vercel-ai-v6/tool_loop",
)
CALLS = (
    "langfuse-sdk/openai_tool_call",
    "mlflow/tool_call",
    "openinference-openai/tool_call",
    "openlit-openai-1.33/tool_call",
    "otel-openai-v2-latest/tool_call",
    "traceloop-openai-0.40/tool_call",
)
OTHERS = (
    *("mlflow/error_429", "mlflow/embeddings"),
    *("openinference-openai/error_429", "openinference-openai/embeddings"),
)

Documents = dict[str, dict[str, Any]]


def read_documents(directory: Path) -> Documents:
    """The document of the largest trace of each recording, by the recording's name."""
    requests = {
        name: ExportTraceServiceRequest.FromString((CORPUS / f"{name}.binpb").read_bytes())
        for name in (*AGENTS, *CALLS, *OTHERS)
    }
    with embedded_store(directory) as store:
        write(store, *requests.values())
        logs = [CORPUS / f"{name}.logs.binpb" for name in requests]
        write(
            store,
            *(ExportLogsServiceRequest.FromString(p.read_bytes()) for p in logs if p.exists()),
        )
        return {
            name: max(
                (traces.trace_document(store, trace_id) for trace_id in _trace_ids(request)),
                key=lambda document: len(document["spans"]),
            )
            for name, request in requests.items()
        }


def _trace_ids(request: ExportTraceServiceRequest) -> list[str]:
    return sorted(
        {
            span.trace_id.hex()
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }
    )
