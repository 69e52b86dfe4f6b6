"""What kinds of spans recorded traces consist of. How exactly they are read: tests/fidelity."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.semconv import corpus


def span_types(name: str) -> list[str]:
    case = next(case for case in corpus.cases() if str(case) == name)
    return sorted(found.span_type for trace in corpus.traces(case) for found in trace.canonical)


@pytest.mark.parametrize(
    ("case", "types"),
    [
        ("mlflow/agent", ["AGENT", "CHAT_MODEL", "RETRIEVER", "TOOL"]),
        ("mlflow/embeddings", ["EMBEDDING"]),
        ("traceloop-sdk/workflow_agent", ["AGENT", "CHAT_MODEL", "TASK", "TOOL", "WORKFLOW"]),
        ("traceloop-langchain/retriever", ["RETRIEVER"]),
        ("otel-genai-openai-agents/agent_tool", ["AGENT", "TOOL", "WORKFLOW"]),
        ("openinference-langchain/retriever", ["RETRIEVER"]),
        ("langfuse-sdk/observe_agent", ["AGENT", "CHAT_MODEL", "RETRIEVER", "TOOL"]),
        ("langsmith-otel/langchain_chain", ["CHAIN", "CHAIN", "CHAT_MODEL"]),
        ("laminar-openai/observe_agent", ["CHAIN", "CHAT_MODEL", "TOOL"]),
        ("vercel-ai-v6/embed_many", ["EMBEDDING", "EMBEDDING"]),
        ("vercel-ai-v6/generate_text", ["AGENT", "CHAT_MODEL"]),
        ("strands-latest/agent_plain", ["AGENT", "CHAIN", "CHAT_MODEL"]),
        ("pydantic-ai-old/agent_plain", ["AGENT", "CHAT_MODEL"]),
        ("google-adk-v1schema/agent_plain", ["AGENT", "CHAT_MODEL", "CHAT_MODEL", "WORKFLOW"]),
    ],
)
def test_span_types_say_what_a_span_is(case: str, types: list[str]) -> None:
    assert span_types(case) == types


def test_no_framework_stands_in_the_place_of_the_provider() -> None:
    providers = Counter(
        canonical.provider
        for case in corpus.cases()
        for trace in corpus.traces(case)
        for canonical in trace.canonical
    )
    assert set(providers) <= {"", "openai", "anthropic", "gcp.gemini", "gcp.gen_ai"}
