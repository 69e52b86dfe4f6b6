"""Small recordings and documents for tests of the measure."""

from __future__ import annotations

from typing import Any

from benchmarks.fidelity.fields import Case, findings
from benchmarks.fidelity.findings import Finding
from benchmarks.fidelity.leaves import RawSpan, Recording, leaves_of
from tests.support import documents

CALL = {
    "request_model": "gpt-fake",
    "response_model": "gpt-fake-2026-01-01",
    "input_tokens": 23,
    "output_tokens": 11,
    "cache_read_tokens": 8,
    "reasoning_tokens": 4,
    "finish_reason": "stop",
    "output_text": "Hello.",
}
SAID = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-fake",
    "gen_ai.response.model": "gpt-fake-2026-01-01",
    "gen_ai.usage.input_tokens": 23,
    "gen_ai.usage.output_tokens": 11,
    "gen_ai.usage.cache_read.input_tokens": 8,
    "gen_ai.usage.reasoning.output_tokens": 4,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"content": "Hello."}]}]',
}


def recording(said: dict[str, Any], *, span_id: str = "a1", name: str = "chat") -> Recording:
    """What one span says."""
    return Recording([RawSpan("t", span_id, name, "tests", said)], leaves_of(said, span_id))


def text(content: str) -> list[dict[str, Any]]:
    """Messages with one part of text."""
    return [{"role": "assistant", "parts": [{"type": "text", "content": content}]}]


def call_span(span_id: str = "a1", **values: Any) -> dict[str, Any]:
    """The span of a document that reads `SAID` without a mistake; ``values`` replace members."""
    right = {
        "span_type": "CHAT_MODEL",
        "model_call": True,
        "provider": "openai",
        "request_model": "gpt-fake",
        "response_model": "gpt-fake-2026-01-01",
        "usage": documents.usage(23, 11, cache_read=8, reasoning=4),
        "finish_reasons": ["stop"],
        "input": None,
        "input_messages": [],
        "output_messages": text("Hello."),
        "scope": {"name": "tests", "version": ""},
    }
    return documents.span(span_id, **(right | values))


def document(*spans: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A trace document around spans, with the usage of the first."""
    calls = sum(span["model_call"] for span in spans)
    usage = spans[0]["usage"] if spans else None
    return documents.trace(*spans, **({"model_calls": calls, "usage": usage} | values))


def verdicts(
    recorded: Recording, *read: dict[str, Any], expected: dict[str, Any] | None = None
) -> dict[str, Finding]:
    """The findings by field, with the label where there is one."""
    truth = expected or {"llm_calls": [CALL]}
    found = findings(Case("dialect/case", truth, recorded, read))
    return {f"{f.field} {f.label}".strip(): f for f in found}
