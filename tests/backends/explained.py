"""Why a backend still shows some recordings wrong when they were passed on."""

from __future__ import annotations

from fnmatch import fnmatch

EXPLAINED = {
    "The recording does not hold it: the library reported none, or `NaN`.": {
        "openinference-dspy/*:tokens",
        "openinference-langchain/chat_stream:tokens",
        "traceloop-langchain/chat_stream:tokens",
        "traceloop-openai-0.40/chat_stream:tokens",
        "traceloop-openai-0.40/multimodal:content",
        "traceloop-anthropic-0.40/messages_stream*",
        "vercel-ai-v4/stream_text:tokens",
        "openinference-openai-agents/agent_error:model",
        "traceloop-openai-agents/agent_error:model",
        "openlit-openai-*/responses_tool:content",
        "otel-genai-openai-agents/*",
    },
    "The library makes one span of two requests, with what the last of them said.": {
        "*-google-genai/auto_tool:*",
    },
    "The library estimates, where the model's server said nothing or something else.": {
        "openlit-openai-*/chat_stream_nousage:tokens",
        "traceloop-anthropic/messages_stream*:tokens",
    },
    "Phoenix adds up the tokens of LLM spans only; these are of its kind EMBEDDING.": {
        "phoenix:*/embed*:tokens",
    },
}
"""Reasons, and the cases they hold for: ``emitter/case:fact``, after ``backend:`` if for one."""


def explanation(backend: str, case: str, fact: str) -> str:
    """Why, or nothing if that is not known."""
    for reason in EXPLAINED:
        if any(fits(pattern, backend, case, fact) for pattern in EXPLAINED[reason]):
            return reason
    return ""


def fits(pattern: str, backend: str, case: str, fact: str) -> bool:
    """Whether a pattern is about this."""
    name = f"{case}:{fact}"
    return fnmatch(name, pattern) or fnmatch(f"{backend}:{name}", pattern)
