"""What recorded traces of the supported dialects say must be what really happened."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any

import pytest

from spanbridge_semconv import Canonical
from tests.semconv import corpus
from tests.semconv.corpus import Case, Trace

FAMILIES = ("otel-", "openinference-", "mlflow", "traceloop-")
SUPPORTED = [case for case in corpus.cases() if case.dialect.startswith(FAMILIES)]
TOKENS = {
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
}
FINISH = {
    "stop": "stop",
    "STOP": "stop",
    "end_turn": "stop",
    "tool_calls": "tool_call",
    "tool_use": "tool_call",
}
PROVIDERS = {
    "gpt-": "openai",
    "text-embedding-": "openai",
    "claude-": "anthropic",
    "gemini-": "gcp",
}

NOT_RECORDED: dict[str, set[str]] = {
    # Neither the span nor its events hold it in any form.
    "openinference-dspy/*": {*TOKENS, "response_model", "finish_reasons"},
    "openinference-google-genai/*": {"request_model"},
    "openinference-google-genai/error_429": set(),
    "openinference-langchain/chat_stream": TOKENS,
    "openinference-litellm/*": {"response_model"},
    "openinference-litellm/embeddings": set(),
    "openinference-openai-agents/*": {"request_model"},
    "traceloop-openai-agents/*": {"request_model"},
    "traceloop-langchain/chat_stream": {*TOKENS, "response_model"},
    "traceloop-langchain/chain": {"reasoning_tokens"},
    "traceloop-openai-0.40/chat": {"reasoning_tokens"},
    "traceloop-openai-0.40/multimodal": {"reasoning_tokens"},
    "traceloop-openai-0.40/chat_stream": TOKENS,
    "traceloop-anthropic-0.40/messages_stream": {*TOKENS, "response_model"},
    "traceloop-anthropic-0.40/messages_stream_helper": {
        *TOKENS,
        "response_model",
        "finish_reasons",
    },
    "otel-openai-v2-*/chat": {"cache_read_tokens", "reasoning_tokens"},
    "otel-openai-v2-*/multimodal": {"cache_read_tokens", "reasoning_tokens"},
    "otel-openai-v2-latest/chat_stream": {"cache_read_tokens", "reasoning_tokens"},
    "otel-openai-v2-*/tool_result": {"cache_read_tokens"},
    # These put the finish reason of a stream into a log record only.
    "otel-openai-v2-legacy/chat_stream": {
        "cache_read_tokens",
        "reasoning_tokens",
        "finish_reasons",
    },
    "otel-openai-v2-legacy/chat_stream_nousage": {"finish_reasons"},
    "mlflow/embeddings": {"provider"},
}
"""What a recording lacks, by case; the most exact pattern counts. A gap that closed must go."""

NO_CALL_SPANS = {"otel-genai-openai-agents"}
"""Emitters that record no model calls, only agents and tools."""
SHARED_CALL_SPAN = {"openinference-google-genai/auto_tool", "otel-google-genai/auto_tool"}
"""Two requests in one span, with the usage of the last."""


def gaps(case: Case) -> set[str]:
    fitting = [pattern for pattern in NOT_RECORDED if fnmatch(str(case), pattern)]
    return (
        NOT_RECORDED[max(fitting, key=lambda p: (p.count("*") == 0, len(p)))] if fitting else set()
    )


def wanted_calls(case: Case) -> list[dict[str, Any]]:
    expected = case.expected
    calls = list(expected.get("llm_calls", []))
    if "embedding" in expected:
        calls.append(expected["embedding"])
    if "error" in expected:
        calls.append({"request_model": expected["request_model"]})
    return calls


def same_model(found: str, wanted: str) -> bool:
    """LiteLLM's and DSPy's names carry the provider in front."""
    return found == wanted or (found != "" and found == wanted.partition("/")[2])


def differences(found: Canonical, wanted: dict[str, Any]) -> set[str]:
    wrong = {
        name
        for name in ("request_model", "response_model")
        if name in wanted and not same_model(getattr(found, name), wanted[name])
    }
    wrong |= {
        # An emitter may leave out what is 0.
        name
        for name in TOKENS & wanted.keys()
        if getattr(found, name) != wanted[name]
        and (getattr(found, name), wanted[name]) != (None, 0)
    }
    if wanted.get("finish_reason") and set(found.finish_reasons) != {
        FINISH[wanted["finish_reason"]]
    }:
        wrong.add("finish_reasons")
    asked = wanted["request_model"].partition("/")[2] or wanted["request_model"]
    provider = next(p for prefix, p in PROVIDERS.items() if asked.startswith(prefix))
    if found.provider.partition(".")[0] != provider:
        wrong.add("provider")
    return wrong


def with_calls(case: Case) -> list[Trace]:
    """The traces that saw the calls: two, where an instrumentor and an SDK each began their own."""
    return [trace for trace in corpus.traces(case) if trace.totals.model_calls]


@pytest.mark.parametrize("case", SUPPORTED, ids=str)
def test_model_calls_are_what_the_server_answered(case: Case) -> None:
    wanted = wanted_calls(case)
    if case.dialect in NO_CALL_SPANS:
        wanted = []
    if str(case) in SHARED_CALL_SPAN:
        wanted = wanted[-1:]
    traces = with_calls(case)
    wrong: list[set[str]] = []
    for trace in traces:
        assert len(trace.calls) == len(wanted)
        pairs = zip(trace.calls, wanted, strict=True)
        wrong.append(set().union(*(differences(found, want) for found, want in pairs)))
    assert bool(traces) == bool(wanted)
    # What one trace lacks, the other may have; nothing more than declared, and nothing less.
    asked = set().union(*wanted, {"provider"}) if wanted else set()
    named = {"finish_reasons" if name == "finish_reason" else name for name in asked}
    assert (set.intersection(*wrong) if wrong else set()) == gaps(case) & named


@pytest.mark.parametrize("case", SUPPORTED, ids=str)
def test_every_trace_adds_up_to_the_truth(case: Case) -> None:
    truth = case.index["true_input_tokens"]
    if "embedding" in case.expected:
        truth = case.expected["embedding"]["input_tokens"]
    if case.dialect in NO_CALL_SPANS or "input_tokens" in gaps(case):
        truth = None
    if str(case) in SHARED_CALL_SPAN:
        truth = case.expected["llm_calls"][-1]["input_tokens"]
    sums = [trace.totals.usage for trace in with_calls(case)]
    # An instrumentor that saw no usage adds up to nothing, and the SDK's own trace to the truth.
    assert {usage.input_tokens for usage in sums if usage} == ({truth} if truth else set())


FAILED = [c for c in SUPPORTED if "error" in c.expected and c.dialect not in NO_CALL_SPANS]


@pytest.mark.parametrize("case", FAILED, ids=str)
def test_failed_calls_name_their_error_once(case: Case) -> None:
    for trace in corpus.traces(case):
        assert trace.totals.model_calls == 1
        assert trace.totals.usage is None
        has_name = any(
            "error.type" in span.view.attributes or span.view.events for span in trace.spans
        )
        assert bool(trace.calls[0].error_type) == has_name


@pytest.mark.parametrize("case", SUPPORTED, ids=str)
def test_tools_sessions_and_users_are_found(case: Case) -> None:
    found = [canonical for trace in corpus.traces(case) for canonical in trace.canonical]
    tools = [canonical.tool_name for canonical in found if canonical.span_type == "TOOL"]
    for tool in case.expected.get("tools", []):
        assert tool["name"] in tools
    for name in ("conversation_id", "session_id", "session_id_hint"):
        if name in case.expected:
            assert case.expected[name] in {canonical.conversation_id for canonical in found}
    for name in ("user_id", "user_id_hint"):
        if name in case.expected:
            assert case.expected[name] in {canonical.user_id for canonical in found}


def span_types(dialect: str, name: str) -> list[str]:
    case = next(c for c in corpus.cases() if (c.dialect, c.name) == (dialect, name))
    return sorted(found.span_type for trace in corpus.traces(case) for found in trace.canonical)


def test_span_types_say_what_a_span_is() -> None:
    assert span_types("mlflow", "agent") == ["AGENT", "CHAT_MODEL", "RETRIEVER", "TOOL"]
    assert span_types("mlflow", "embeddings") == ["EMBEDDING"]
    assert span_types("traceloop-sdk", "workflow_agent") == [
        *("AGENT", "CHAT_MODEL", "TASK", "TOOL", "WORKFLOW"),
    ]
    assert span_types("traceloop-langchain", "retriever") == ["RETRIEVER"]
    assert span_types("otel-genai-openai-agents", "agent_tool") == ["AGENT", "TOOL", "WORKFLOW"]
    assert span_types("openinference-openai-agents", "agent_error") == [
        *("AGENT", "AGENT", "CHAIN", "CHAIN", "LLM"),
    ]
    assert span_types("openinference-langchain", "retriever") == ["RETRIEVER"]
