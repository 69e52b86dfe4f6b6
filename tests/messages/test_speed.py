"""Large spans are read in time that grows with their size, not with its square."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from spanbridge_semconv.messages import Event, read_messages, read_retrieval

Span = tuple[dict[str, Any], list[Event]]

DETAILS = "gen_ai.client.inference.operation.details"


def _conversation(size: int) -> Span:
    said = [{"role": "user", "content": f"question {n}"} for n in range(size)]
    return {"input.value": json.dumps({"model": "m", "messages": said})}, []


def _openinference(size: int) -> Span:
    found: dict[str, Any] = {}
    for n in range(size):
        message = f"llm.input_messages.{n}.message"
        found[f"{message}.role"] = "assistant"
        found[f"{message}.tool_calls.0.tool_call.function.name"] = "f"
    return found, []


def _traceloop(size: int) -> Span:
    return {f"gen_ai.prompt.{n}.content": f"question {n}" for n in range(size)}, []


def _events(size: int) -> Span:
    return {}, [Event("gen_ai.user.message", {"content": f"question {n}"}) for n in range(size)]


def _details(size: int) -> Span:
    said = [{"role": "user", "parts": [{"type": "text", "content": f"{n}"}]} for n in range(size)]
    return {}, [Event(DETAILS, {"gen_ai.input.messages": json.dumps([one])}) for one in said]


SPANS: dict[str, Callable[[int], Span]] = {
    "payload": _conversation,
    "openinference": _openinference,
    "traceloop": _traceloop,
    "events": _events,
    "details": _details,
}


def _seconds(read: Callable[[], object]) -> float:
    """The best of some: other work on the machine only ever adds."""
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        read()
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize("name", SPANS)
def test_time_grows_with_the_size(name: str) -> None:
    small, large = SPANS[name](500), SPANS[name](5_000)
    assert len(read_messages(*large).input) == 5_000
    # Ten times as much; with the square it would be a hundred times.
    assert _seconds(lambda: read_messages(*large)) < 40 * _seconds(lambda: read_messages(*small))


def test_documents_take_time_as_they_are_many() -> None:
    small, large = (
        {f"retrieval.documents.{n}.document.content": "x" for n in range(size)}
        for size in (1_000, 10_000)
    )
    assert _seconds(lambda: read_retrieval(large)) < 40 * _seconds(lambda: read_retrieval(small))
