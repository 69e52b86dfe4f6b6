"""Whatever was said in a recorded run is found in the messages of the right spans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.messages.recordings import Recording, Span, recordings

ALL = recordings()
SYSTEM = ("You are terse.", "You are a weather agent.")
QUESTIONS = ("Say hello.", "Weather in Paris?", "What is in this image?", "Where is Paris?")

LACKS: dict[str, set[str]] = {}
"""What a recording does not have, or has only as a trace that cannot be told from other text."""


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


def missing(recording: Recording) -> set[str]:
    """What was said and is not found."""
    spans = recording.spans
    calls = [span for span in spans if span.model_call]
    expected = recording.expected
    answered = [
        part for span in calls for message in span.messages.output for part in message["parts"]
    ]
    texts = {part["content"].strip() for part in answered if part["type"] == "text"}
    made = [
        (part["name"], part.get("arguments")) for part in answered if part["type"] == "tool_call"
    ]
    lost = set()
    for call in expected["llm_calls"]:
        if call.get("output_text") and call["output_text"] not in texts:
            lost.add("answer")
        for tool in call.get("tool_calls") or []:
            if (tool["name"], tool["arguments"]) not in made:
                lost.add("tool call")
    results = {
        str(found)
        for found in [
            *(span.tool_call.result for span in spans),
            *(part["response"] for part in _parts(spans, "tool_call_response")),
        ]
    }
    for tool in expected.get("tools") or []:
        if tool["result"] not in results:
            lost.add("tool result")
        arguments = tool.get("arguments")
        if arguments is not None and arguments not in [span.tool_call.arguments for span in spans]:
            lost.add("tool arguments")
    if not _said(spans, SYSTEM, "system", "developer") and _holds(recording, SYSTEM):
        lost.add("instructions")
    if not _said(spans, QUESTIONS, "user"):
        lost.add("question")
    return lost


def _said(spans: list[Span], known: tuple[str, ...], *roles: str) -> bool:
    return any(k in text for span in spans for text in _texts(span, *roles) for k in known)


def _holds(recording: Recording, known: tuple[str, ...]) -> bool:
    return any(text.encode() in recording.raw for text in known)


@pytest.mark.parametrize("recording", ALL, ids=str)
def test_what_was_said_is_found(recording: Recording) -> None:
    assert missing(recording) == LACKS.get(str(recording), set())
