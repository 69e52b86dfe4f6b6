"""Whatever was said in a recorded run is found in the messages of the right spans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.messages.recordings import Recording, Span, recordings

ALL = recordings()
THOUGHT = "The user greets me."
SYSTEM = ("You are terse.", "You are a weather agent.")
QUESTIONS = (
    "Say hello.",
    "Weather in Paris?",
    "What is in this image?",
    "Where is Paris?",
    "Capital of France?",
)

LACKS: dict[str, set[str]] = {
    # The server gave these another answer than the index says.
    "openinference-dspy/cot": {"answer"},
    "openinference-dspy/predict": {"answer"},
    # The tool's span has the one argument without its name.
    "openinference-langchain/agent_tool": {"tool arguments"},
    # Content is not recorded when the call fails.
    "openinference-openai-agents/agent_error": {"question"},
    "openlit-anthropic/error_429": {"question"},
    "openlit-anthropic/error_500": {"question"},
    "openlit-openai-1.33/error_429": {"question"},
    "openlit-openai-1.33/error_500": {"question"},
    "traceloop-openai-agents/agent_error": {"question"},
    # The definitions of the tools stand in the place of the calls.
    "openlit-openai-1.33/responses_tool": {"tool call"},
    # The agents' instrumentation makes no span for a model call.
    "otel-genai-openai-agents/agent_error": {"question"},
    "otel-genai-openai-agents/agent_plain": {"answer"},
    "otel-genai-openai-agents/agent_tool": {"answer", "tool call"},
    # Content was switched off.
    "otel-genai-openai-nocontent/chat": {"answer"},
    "otel-genai-openai-nocontent/error_429": {"question"},
    "otel-genai-openai-nocontent/tool_call": {"tool call"},
    "otel-openai-v2-nocontent/chat": {"answer"},
    "otel-openai-v2-nocontent/error_429": {"question"},
    "otel-openai-v2-nocontent/tool_call": {"tool call"},
    # One span for two requests: only the last answer is kept.
    "otel-google-genai/auto_tool": {"tool call"},
    # The stream helper's answer is not seen.
    "traceloop-anthropic-0.40/messages_stream_helper": {"answer"},
    # No texts are recorded, only how long the vectors are, if that.
    "logfire-2-openai/embeddings": {"embedded texts", "dimension"},
    "logfire-openai/embeddings": {"embedded texts", "dimension"},
    "otel-genai-openai/embeddings": {"embedded texts"},
    "otel-openai-v2-latest/embeddings": {"embedded texts"},
    "otel-openai-v2-legacy/embeddings": {"embedded texts"},
    # The texts, but no vectors.
    "laminar-openai/embeddings": {"dimension"},
    "openlit-openai-1.33/embeddings": {"dimension"},
    "traceloop-openai-0.40/embeddings": {"dimension"},
}
"""What a recording does not have. A reader that finds it nevertheless has to be struck off."""


def _texts(span: Span, *roles: str) -> Iterator[str]:
    said = [*span.messages.input, *span.messages.output]
    if "system" in roles:
        yield from (p["content"] for p in span.messages.system_instructions if p["type"] == "text")
    for message in said:
        if message["role"] in roles:
            yield from (p["content"] for p in message["parts"] if p["type"] == "text")


def _parts(spans: list[Span], kind: str) -> Iterator[dict[str, Any]]:
    for span in spans:
        for message in [*span.messages.input, *span.messages.output]:
            yield from (part for part in message["parts"] if part["type"] == kind)


def _unsaid(recording: Recording) -> Iterator[str]:
    """Answers and calls that are not in the output of a model call."""
    calls = [span for span in recording.spans if span.model_call]
    answered = [
        part for span in calls for message in span.messages.output for part in message["parts"]
    ]
    texts = {part["content"].strip() for part in answered if part["type"] == "text"}
    made = [(p["name"], p.get("arguments")) for p in answered if p["type"] == "tool_call"]
    thoughts = {part["content"] for part in answered if part["type"] == "reasoning"}
    if THOUGHT.encode() in recording.raw and (THOUGHT not in thoughts or THOUGHT in texts):
        yield "thought"
    for call in recording.expected["llm_calls"]:
        if call.get("output_text") and call["output_text"] not in texts:
            yield "answer"
        for tool in call.get("tool_calls") or []:
            if (tool["name"], tool["arguments"]) not in made:
                yield "tool call"


def _undone(recording: Recording) -> Iterator[str]:
    """What tools were given and gave, and is neither on their spans nor in a conversation."""
    spans = recording.spans
    done = [span.tool_call for span in spans]
    results = [call.result for call in done]
    results += [part["response"] for part in _parts(spans, "tool_call_response")]
    for tool in recording.expected.get("tools") or []:
        if tool["result"] not in results:
            yield "tool result"
        if "arguments" in tool and tool["arguments"] not in [call.arguments for call in done]:
            yield "tool arguments"


def _unasked(recording: Recording) -> Iterator[str]:
    """Instructions and questions that were recorded somewhere, and are not where they belong."""
    spans = recording.spans
    if not _said(spans, SYSTEM, "system", "developer") and _holds(recording, SYSTEM):
        yield "instructions"
    if "retrieval" in recording.expected:
        return
    if not _said(spans, QUESTIONS, "user") and _holds(recording, QUESTIONS):
        yield "question"
    if "error" in recording.expected and not any(True for s in spans for _ in _texts(s, "user")):
        yield "question"


def _unsearched(recording: Recording) -> Iterator[str]:
    """Queries and documents that are not found, texts that were embedded."""
    spans = recording.spans
    truth = recording.expected.get("retrieval")
    if truth is not None:
        found = [span.retrieval for span in spans if span.retrieval is not None]
        contents = [[doc["content"] for doc in each.documents] for each in found]
        if truth["query"] not in [each.query for each in found]:
            yield "query"
        if [doc["content"] for doc in truth["documents"]] not in contents:
            yield "documents"
    embedded = recording.expected.get("embedding")
    if embedded is not None:
        made = [span.embeddings for span in spans if span.embeddings is not None]
        if embedded["inputs"] not in [each.texts for each in made]:
            yield "embedded texts"
        if len(embedded["vector"]) not in [each.dimension for each in made]:
            yield "dimension"


def missing(recording: Recording) -> set[str]:
    """What was said or done and is not found."""
    checks = (_unsaid, _undone, _unasked, _unsearched)
    return {lost for check in checks for lost in check(recording)}


def _said(spans: list[Span], known: tuple[str, ...], *roles: str) -> bool:
    return any(k in text for span in spans for text in _texts(span, *roles) for k in known)


def _holds(recording: Recording, known: tuple[str, ...]) -> bool:
    return any(text.encode() in recording.raw for text in known)


@pytest.mark.parametrize("recording", ALL, ids=str)
def test_what_was_said_is_found(recording: Recording) -> None:
    assert missing(recording) == LACKS.get(str(recording), set())


def test_every_declaration_is_of_a_recording() -> None:
    assert set(LACKS) <= {str(recording) for recording in ALL}


@pytest.mark.parametrize("recording", [r for r in ALL if str(r) in LACKS], ids=str)
def test_text_that_is_declared_to_lack_was_not_recorded(recording: Recording) -> None:
    expected, lacks = recording.expected, LACKS[str(recording)]
    said = [call["output_text"] for call in expected["llm_calls"] if "output_text" in call]
    told = said if "answer" in lacks else []
    told += expected["embedding"]["inputs"] if "embedded texts" in lacks else []
    assert [text for text in told if text.encode() in recording.raw] == []
