"""Request and response bodies, events, payloads of unknown shape."""

from __future__ import annotations

import json

from spanbridge_semconv.messages import Event, Messages, read_messages
from tests.messages.conversation import CALL, SCHEMA


def test_gemini_bodies() -> None:
    request = {
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "config": {
            "system_instruction": "Be terse.",
            "tools": [{"function_declarations": [{"name": "f", "parameters": SCHEMA}]}],
        },
    }
    answer = {
        "candidates": [
            {"finishReason": "STOP", "content": {"role": "model", "parts": [{"text": "Hello"}]}}
        ]
    }
    found = read_messages(
        {"input.value": json.dumps(request), "output.value": json.dumps(answer)}, model_call=True
    )
    assert found.input == [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]
    assert found.system_instructions == [{"type": "text", "content": "Be terse."}]
    assert found.tool_definitions == [{"type": "function", "name": "f", "parameters": SCHEMA}]
    assert found.output == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "Hello"}],
            "finish_reason": "stop",
        }
    ]


def test_anthropic_answer() -> None:
    answer = {
        "type": "message",
        "role": "assistant",
        "stop_reason": "tool_use",
        "content": [
            {"type": "thinking", "thinking": "hm"},
            {"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Paris"}},
        ],
    }
    assert read_messages({"output.value": json.dumps(answer)}, model_call=True).output == [
        {
            "role": "assistant",
            "parts": [{"type": "reasoning", "content": "hm"}, CALL],
            "finish_reason": "tool_call",
        }
    ]


def test_responses_reasoning_and_calls_are_one_turn() -> None:
    answer = {
        "object": "response",
        "status": "completed",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "web_search_call", "id": "w1", "action": {"query": "q"}},
            {
                "type": "function_call",
                "call_id": "c1",
                "name": "get_weather",
                "arguments": '{"city": "Paris"}',
            },
        ],
    }
    [said] = read_messages({"output.value": json.dumps(answer)}, model_call=True).output
    kinds = [part["type"] for part in said["parts"]]
    assert kinds == ["reasoning", "server_tool_call", "tool_call"]
    assert said["finish_reason"] == "tool_call"


def test_choices_come_in_the_order_of_their_index() -> None:
    logs = [
        Event("gen_ai.choice", body={"index": n, "message": {"content": str(n)}}) for n in (2, 0, 1)
    ]
    texts = [said["parts"][0]["content"] for said in read_messages({}, (), logs).output]
    assert texts == ["0", "1", "2"]


def test_tool_calls_without_their_prefix_join_the_answer() -> None:
    found = read_messages(
        {
            "llm.output_messages.0.message.role": "assistant",
            "message.tool_calls.0.tool_call.function.name": "get_weather",
            "message.tool_calls.0.tool_call.id": "c1",
            "message.tool_calls.0.tool_call.function.arguments": '{"city": "Paris"}',
        }
    )
    assert found.output == [{"role": "assistant", "parts": [CALL]}]


# Payloads of unknown shape


def test_unknown_payloads_are_kept_on_model_calls_only() -> None:
    unknown = {"input.value": '{"question": 7}', "output.value": "plain words"}
    call = read_messages(unknown, model_call=True)
    assert call.input == [
        {"role": "user", "parts": [{"type": "generic", "content": {"question": 7}}]}
    ]
    assert call.output == [
        {"role": "assistant", "parts": [{"type": "text", "content": "plain words"}]}
    ]
    assert read_messages(unknown) == Messages()


def test_embedding_inputs_are_one_message() -> None:
    expected = [
        {
            "role": "user",
            "parts": [{"type": "text", "content": "alpha"}, {"type": "text", "content": "beta"}],
        }
    ]
    body = json.dumps({"model": "m", "input": ["alpha", "beta"]})
    assert read_messages({"mlflow.spanInputs": body}).input == expected
    flattened = {
        "embedding.embeddings.1.embedding.text": "beta",
        "embedding.embeddings.0.embedding.text": "alpha",
    }
    assert read_messages(flattened).input == expected
