from __future__ import annotations

from typing import Any

import pytest

from spanbridge.openai.reduce_responses import ImageReducer, ResponsesReducer

from .replies import response, said

BEGUN = {"type": "response.created", "response": response(status="in_progress", usage=None)}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": ""}


def reduced(*events: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    reducer = ResponsesReducer()
    for event in events:
        reducer.add(event)
    return reducer.body(), reducer.is_complete


def event(kind: str, index: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "output_index": index, **more}


@pytest.mark.parametrize("kind", ["completed", "incomplete", "failed"])
def test_the_last_event_has_the_whole(kind: str) -> None:
    whole = response(said("Hello"), status=kind)
    body, is_complete = reduced(
        BEGUN,
        event("output_item.added", item=said("")),
        event("output_text.delta", delta="Hel"),
        {"type": f"response.{kind}", "response": whole},
    )
    assert body == whole
    assert is_complete


def test_without_it_what_came_is_assembled() -> None:
    body, is_complete = reduced(
        BEGUN,
        event("output_item.added", item={"type": "reasoning", "id": "rs_1", "summary": []}),
        event("reasoning_summary_text.delta", delta="Let me ", summary_index=0),
        event("reasoning_summary_text.delta", delta="think", summary_index=0),
        event("output_item.added", 1, item=CALL),
        event("function_call_arguments.delta", 1, delta='{"a"'),
        event("function_call_arguments.delta", 1, delta=":1}"),
        event("output_item.done", 1, item={**CALL, "arguments": '{"a":1}'}),
        event("output_item.added", 2, item={**said(""), "content": []}),
        event("output_text.delta", 2, delta="Hel", content_index=0),
        event("output_text.delta", 2, delta="lo", content_index=0),
        event("refusal.delta", 2, delta="No", content_index=1),
        event("output_item.added", 3, item={**CALL, "id": "fc_2"}),
        event("function_call_arguments.delta", 3, delta='{"b'),
    )
    assert not is_complete
    assert body["status"] == "in_progress"
    thought, first, message, second = body["output"]
    assert thought["summary"] == [{"type": "summary_text", "text": "Let me think"}]
    assert first["arguments"] == '{"a":1}'
    assert [block["type"] for block in message["content"]] == ["output_text", "refusal"]
    assert message["content"][0]["text"] == "Hello"
    assert second["arguments"] == '{"b'


@pytest.mark.parametrize(
    "told",
    [
        {"type": "error", "code": "server_error", "message": "m"},
        {"type": "error", "error": {"code": "server_error", "message": "m"}},
    ],
)
def test_an_error_in_the_stream(told: dict[str, Any]) -> None:
    body, _ = reduced(BEGUN, told)
    assert body["status"] == "failed"
    assert body["error"]["code"] == "server_error"


def test_nothing_seen() -> None:
    assert reduced() == ({}, False)


def test_images() -> None:
    reducer = ImageReducer()
    reducer.add(
        {
            "type": "image_generation.partial_image",
            "b64_json": "AA",
            "partial_image_index": 0,
            "created_at": 5,
            "size": "1024x1024",
        }
    )
    assert reducer.body() == {"created": 5, "size": "1024x1024", "data": [{"b64_json": "AA"}]}
    assert not reducer.is_complete
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    reducer.add(
        {
            "type": "image_generation.completed",
            "b64_json": "BB",
            "created_at": 6,
            "size": "1024x1024",
            "usage": usage,
        }
    )
    assert reducer.is_complete
    assert reducer.body() == {
        "created": 6,
        "size": "1024x1024",
        "usage": usage,
        "data": [{"b64_json": "BB"}],
    }
    assert ImageReducer().body() == {}
