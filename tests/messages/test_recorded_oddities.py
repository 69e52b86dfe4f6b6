"""What recordings of frameworks showed that none of the documentation tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spanbridge_semconv.messages import read_embeddings, read_messages, read_tool_call

CITY = {"city": "Paris"}
CALL = {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": CITY}
ASKED = {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]}
CALLED = {"role": "assistant", "parts": [CALL]}
ANSWERED = {
    "role": "tool",
    "parts": [{"type": "tool_call_response", "id": "c1", "response": "21C"}],
}


def test_fields_of_haystack_messages_before_2_12_begin_with_an_underscore() -> None:
    call = {"tool_call": {"tool_name": "get_weather", "arguments": CITY, "id": "c1"}}
    sent = [{"_role": "user", "_meta": {}, "_content": [{"text": "Weather in Paris?"}]}]
    reply = {"_role": "assistant", "_meta": {"finish_reason": "tool_calls"}, "_content": [call]}
    found = read_messages(
        {
            "haystack.component.input": json.dumps({"messages": sent, "tools": None}),
            "haystack.component.output": json.dumps({"replies": [reply]}),
        },
        model_call=True,
    )
    assert found.input == [ASKED]
    assert found.output == [CALLED | {"finish_reason": "tool_call"}]


def test_results_of_autogens_tools_stand_beside_the_message() -> None:
    result = {"name": "get_weather", "content": "21C", "call_id": "c1", "is_error": False}
    found = read_messages(
        {
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "Weather in Paris?",
            "llm.input_messages.1.message.role": "function",
            "llm.input_messages.1.function.0": json.dumps(result),
        }
    )
    assert found.input == [ASKED, ANSWERED]


def test_smolagents_has_roles_of_its_own() -> None:
    found = read_messages(
        {
            "llm.input_messages.0.message.role": "tool-call",
            "llm.input_messages.0.message.content": "Calling tools: get_weather",
            "llm.input_messages.1.message.role": "tool-response",
            "llm.input_messages.1.message.content": "Observation: 21C",
        }
    )
    assert [said["role"] for said in found.input] == ["assistant", "tool"]


def test_smolagents_wraps_the_arguments_of_tools() -> None:
    value = {"args": [], "sanitize_inputs_outputs": True, "kwargs": CITY}
    assert read_tool_call({"input.value": json.dumps(value)}).arguments == CITY


def test_prompts_may_be_a_plain_list() -> None:
    found = read_messages({"llm.prompts": ["Weather in Paris?"]}, model_call=True)
    assert found.input == [ASKED]


def test_a_transcript_may_repeat_the_whole_request() -> None:
    call = {"arguments": '{"city": "Paris"}', "call_id": "c1", "name": "get_weather"}
    listed: list[dict[str, Any]] = [
        {"role": "user", "content": "Weather in Paris?"},
        call | {"type": "function_call"},
        {"type": "function_call_output", "call_id": "c1", "output": "21C"},
    ]
    found = read_messages(
        {"gen_ai.prompt": f"user: Weather in Paris?\nuser: {listed}\nuser: {listed}"},
        model_call=True,
    )
    assert found.input == [ASKED, CALLED, ANSWERED]


@pytest.mark.parametrize("arguments", ['{"city": "Paris"}', "{'city': 'Paris'}"])
def test_openlit_joined_the_calls_of_an_answer(arguments: str) -> None:
    one = {
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.call.id": "c1",
        "gen_ai.tool.args": arguments,
    }
    assert read_messages(one, model_call=True).output == [CALLED]
    two = {name: f"{value}, {value}" for name, value in one.items()}
    assert read_messages(two, model_call=True).output == [
        {"role": "assistant", "parts": [CALL, CALL]}
    ]
    assert read_messages(one).output == []


def test_calls_that_do_not_fit_together_are_left_out() -> None:
    joined = {"gen_ai.tool.name": "a, b", "gen_ai.tool.call.id": "c1", "gen_ai.tool.args": "{}"}
    assert read_messages(joined, model_call=True).output == []


def test_a_reply_of_an_unknown_role_is_the_models() -> None:
    said = [{"role": "unknown", "parts": [{"type": "text", "content": "Hi"}]}]
    found = read_messages({"gen_ai.output.messages": json.dumps(said)})
    assert [reply["role"] for reply in found.output] == ["assistant"]


@pytest.mark.parametrize(
    ("key", "request_body", "texts"),
    [
        ("haystack.component.input", {"text": "alpha"}, ["alpha"]),
        ("input.value", {"texts": ["alpha", "beta"]}, ["alpha", "beta"]),
        ("input.value", {"query": "alpha"}, ["alpha"]),
    ],
)
def test_frameworks_name_what_is_embedded(
    key: str, request_body: dict[str, Any], texts: list[str]
) -> None:
    attributes = {key: json.dumps(request_body)}
    found = read_embeddings(attributes, read_messages(attributes, model_call=True))
    assert found is not None
    assert found.texts == texts


def test_litellm_writes_the_call_apart_from_the_end_of_the_reply() -> None:
    ended = [{"role": "assistant", "parts": [], "finish_reason": "tool_calls"}]
    found = read_messages(
        {
            "gen_ai.output.messages": json.dumps(ended),
            "gen_ai.completion.0.function_call.name": "get_weather",
            "gen_ai.completion.0.function_call.arguments": json.dumps(CITY),
        },
        model_call=True,
    )
    call = {name: value for name, value in CALL.items() if name != "id"}
    expected = {"role": "assistant", "parts": [call], "finish_reason": "tool_call"}
    assert found.output == [expected]


def test_flattened_calls_without_ids_get_them_from_the_payload() -> None:
    function = {"name": "get_weather", "arguments": json.dumps(CITY)}
    reply = {"role": "assistant", "tool_calls": [{"id": "c1", "function": function}]}
    prefix = "llm.output_messages.0.message"
    call = f"{prefix}.tool_calls.0.tool_call.function"
    found = read_messages(
        {
            f"{prefix}.role": "assistant",
            f"{call}.name": "get_weather",
            f"{call}.arguments": json.dumps(CITY),
            "output.value": json.dumps({"choices": [{"index": 0, "message": reply}]}),
        },
        model_call=True,
    )
    assert found.output == [CALLED]
