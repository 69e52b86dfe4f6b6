from __future__ import annotations

from typing import Any

from spanbridge.openai.endpoints import CHAT, EMBEDDINGS, RESPONSES
from spanbridge.openai.messages import request_messages, response_messages
from spanbridge_semconv.messages import read_messages

PRINTED = repr([{"row": number, "note": None} for number in range(5000)])


def test_python_that_a_tool_printed_is_left_as_text() -> None:
    said: Any = {"role": "tool", "tool_call_id": "c", "content": PRINTED}
    (message,) = request_messages(CHAT, {"messages": [said]}).input
    assert message["parts"][0]["response"] == PRINTED


def test_who_looks_at_it_later_has_it_read() -> None:
    request_messages(CHAT, {"messages": []})
    printed = "[{'row': 1, 'note': None}]"
    body = {"messages": [{"role": "tool", "content": printed}]}
    (message,) = read_messages({"mlflow.spanInputs": body}, model_call=True).input
    assert message["parts"][0]["response"] == [{"row": 1, "note": None}]


def test_embeddings_have_no_messages() -> None:
    found = request_messages(EMBEDDINGS, {"input": ["a"]})
    assert (found.input, response_messages(EMBEDDINGS, {"data": []})) == ([], [])


def test_a_body_without_content() -> None:
    assert request_messages(RESPONSES, {}).input == []
    assert response_messages(RESPONSES, {}) == []
