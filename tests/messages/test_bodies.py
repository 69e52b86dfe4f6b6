"""Request and response bodies, events, payloads of unknown shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete"}, "length"),
        ({"status": "failed"}, "error"),
        ({"status": "completed"}, "stop"),
    ],
)
def test_responses_have_a_status(answer: dict[str, Any], reason: str) -> None:
    text = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "x"}],
    }
    body = {"object": "response", "output": [text], **answer}
    [said] = read_messages({"output.value": json.dumps(body)}).output
    assert said["finish_reason"] == reason


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"text": "x", "finish_reason": "stop"}]},
        {"completion": "x", "stop_reason": "stop_sequence"},
        {"message": {"role": "assistant", "content": "x"}, "done_reason": "stop"},
        {"generations": [{"text": "x", "generation_info": {"finish_reason": "STOP"}}]},
        [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
    ],
)
def test_answers_of_other_apis(answer: Any) -> None:
    said = {
        "role": "assistant",
        "parts": [{"type": "text", "content": "x"}],
        "finish_reason": "stop",
    }
    assert read_messages({"output.value": json.dumps(answer)}).output == [said]


def test_replies_of_a_haystack_generator() -> None:
    attributes = {
        "haystack.component.input": json.dumps({"prompt": "Hi", "generation_kwargs": {}}),
        "haystack.component.output": json.dumps({"replies": ["a", "b"], "meta": [{}, {}]}),
    }
    found = read_messages(attributes, model_call=True)
    assert [said["parts"][0]["content"] for said in found.input + found.output] == ["Hi", "a", "b"]


def test_audio_and_refusal_of_an_answer() -> None:
    message = {
        "role": "assistant",
        "content": None,
        "refusal": "no",
        "audio": {"id": "a1", "data": "AA==", "transcript": "words"},
    }
    [said] = read_messages({"output.value": json.dumps({"choices": [{"message": message}]})}).output
    assert [part["type"] for part in said["parts"]] == ["text", "text", "blob"]
    assert [part["content"] for part in said["parts"]] == ["no", "words", "AA=="]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", "stop"),
        ("FinishReason.MAX_TOKENS", "length"),
        ("tool-calls", "tool_call"),
        ("guardrail_intervened", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "error"),
        ("Of_Its_Own", "of_its_own"),
        ("FINISH_REASON_UNSPECIFIED", None),
        (7, None),
    ],
)
def test_finish_reasons_are_those_of_the_canonical_model(word: object, reason: object) -> None:
    said = {"role": "assistant", "content": "x", "finish_reason": word}
    [found] = read_messages({"gen_ai.output.messages": [said]}).output
    assert found.get("finish_reason") == reason


def test_tokens_in_the_place_of_text_are_one_part() -> None:
    body = {"model": "m", "input": [[1, 2], [3]]}
    part = {"type": "generic", "content": [[1, 2], [3]]}
    found = read_messages({"input.value": json.dumps(body)})
    assert found.input == [{"role": "user", "parts": [part]}]


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
