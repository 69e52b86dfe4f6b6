"""Frameworks and coding agents: the same conversation, and what is special in one of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spanbridge_semconv.messages import Event, Messages, read_messages
from tests.messages.conversation import CALL, CHAT_TOOLS, INPUT, OUTPUT, TOOLS
from tests.messages.framework_cases import (
    ANSWER,
    DEFINITIONS,
    LC_ANSWER,
    LC_MESSAGES,
    PYDANTIC_EVENTS,
    QUESTION,
    SAME,
)

ASKED = {"role": "user", "parts": [{"type": "text", "content": QUESTION}]}
ANSWERED = {"role": "assistant", "parts": [{"type": "text", "content": ANSWER}]}
TERSE = [{"type": "text", "content": "Be terse."}]


def _without_reason(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in said.items() if k != "finish_reason"} for said in messages]


def _without_names(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some also write which tool a result is of."""
    for part in (part for said in messages for part in said["parts"]):
        if part["type"] == "tool_call_response":
            assert part.pop("name", "get_weather") == "get_weather"
    return messages


@pytest.mark.parametrize("name", SAME)
def test_every_framework_says_the_same(name: str) -> None:
    found = read_messages(*SAME[name], model_call=True)
    assert _without_names(found.input) == INPUT
    if name == "livekit":  # which writes no finish reason
        assert found.output == _without_reason(OUTPUT)
    else:
        assert found.output == OUTPUT


@pytest.mark.parametrize("name", DEFINITIONS)
def test_tools_of_every_framework(name: str) -> None:
    assert read_messages(DEFINITIONS[name], model_call=True).tool_definitions == TOOLS


def test_ai_sdk_answers_in_pieces() -> None:
    call = {"toolCallId": "c1", "toolName": "get_weather", "input": '{"city": "Paris"}'}
    file = {"type": "file", "mediaType": "image/png", "data": "AA=="}
    found = read_messages(
        {
            "ai.prompt": json.dumps({"system": "Be terse.", "prompt": QUESTION}),
            "ai.response.reasoning": json.dumps([{"type": "reasoning", "text": "hm"}]),
            "ai.response.text": ANSWER,
            "ai.response.toolCalls": json.dumps([call]),
            "ai.response.files": json.dumps([file]),
            "ai.response.finishReason": "tool-calls",
        }
    )
    assert (found.input, found.system_instructions) == ([ASKED], TERSE)
    image = {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="}
    assert found.output == [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "hm"},
                {"type": "text", "content": ANSWER},
                CALL,
                image,
            ],
            "finish_reason": "tool_call",
        }
    ]


@pytest.mark.parametrize("key", ["ai.result.text", "ai.response.object"])
def test_ai_sdk_older_and_structured_answers(key: str) -> None:
    said = {"role": "assistant", "parts": [{"type": "text", "content": '{"a":1}'}]}
    assert read_messages({key: '{"a":1}'}).output == [said]


def test_ai_sdk_prompt_that_is_a_list_of_messages() -> None:
    prompt = {
        "messages": [
            {"role": "system", "content": "Be terse."},
            {"role": "user", "content": QUESTION},
        ]
    }
    assert [said["role"] for said in read_messages({"ai.prompt": json.dumps(prompt)}).input] == [
        "system",
        "user",
    ]


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "all_messages_events": json.dumps(
                [
                    *PYDANTIC_EVENTS,
                    {
                        "event.name": "gen_ai.assistant.message",
                        "role": "assistant",
                        "content": ANSWER,
                    },
                ]
            )
        },
        {"pydantic_ai.all_messages": json.dumps([*INPUT, ANSWERED])},
    ],
    ids=["first versions", "since 2"],
)
def test_pydantic_ai_agent(attributes: dict[str, Any]) -> None:
    found = read_messages({**attributes, "final_result": ANSWER})
    assert found.input == INPUT
    assert found.output == [ANSWERED]
    assert read_messages({"final_result": ANSWER}).output == [ANSWERED]


def test_logfire_streams() -> None:
    found = read_messages(
        {
            "request_data": json.dumps(
                {"model": "m", "messages": [{"role": "user", "content": QUESTION}]}
            ),
            "response_data": json.dumps({"combined_chunk_content": ANSWER, "chunk_count": 3}),
        },
        model_call=True,
    )
    assert (found.input, found.output) == ([ASKED], [ANSWERED])


def test_logfire_request_without_content_is_no_content() -> None:
    assert read_messages({"request_data": '{"model": "m"}'}, model_call=True) == Messages()


def test_openlit_transcripts() -> None:
    image = "{'url': 'data:image/png;base64,iVBORw0KGgo='}"
    prompt = (
        f"system: Be terse.\nuser: text: What is it?, image_url: {image}\nassistant: None\ntool: 21"
    )
    events = [
        Event("gen_ai.content.prompt", {"gen_ai.prompt": prompt}),
        Event("gen_ai.content.completion", {"gen_ai.completion": "user: is a word here"}),
        Event("gen_ai.content.completion", {"gen_ai.completion": ANSWER}),
    ]
    found = read_messages({}, events)
    assert [said["role"] for said in found.input] == ["system", "user", "assistant", "tool"]
    assert [part["type"] for part in found.input[1]["parts"]] == ["text", "blob"]
    assert found.input[2]["parts"] == []
    assert found.input[3]["parts"] == [{"type": "tool_call_response", "response": "21"}]
    assert found.output[0]["parts"] == [{"type": "text", "content": "user: is a word here"}]
    assert found.output[1] == ANSWERED


def test_openlit_tool_calls_join_the_answer() -> None:
    calls = (
        "[{'id': 'c1', 'function': {'arguments': '{\"city\": \"Paris\"}', 'name': 'get_weather'}}]"
    )
    nothing = Event("gen_ai.content.completion", {"gen_ai.completion": "None"})
    said = Event("gen_ai.content.completion", {"gen_ai.completion": ANSWER})
    [alone] = read_messages({"gen_ai.response.tool_calls": calls}, [nothing]).output
    [both] = read_messages({"gen_ai.response.tool_calls": calls}, [said]).output
    definitions = {"gen_ai.response.tool_calls": "[{'name': 'f', 'parameters': {}}]"}
    assert alone["parts"] == [CALL]
    assert both["parts"] == [*ANSWERED["parts"], CALL]
    assert read_messages(definitions, [said]).output == [ANSWERED]


def test_google_adk_contents() -> None:
    """A content object, null members and all, where others have text."""
    empty = {"function_call": None, "text": None, "inline_data": None}

    def event(name: str, role: str, part: dict[str, Any], **more: Any) -> Event:
        content = {"role": role, "parts": [{**empty, **part}]}
        return Event(name, {}, {"content": content, **more})

    call = {"function_call": {"id": "c1", "args": {"city": "Paris"}, "name": "get_weather"}}
    found = read_messages(
        {},
        (),
        [
            event("gen_ai.user.message", "user", {"text": QUESTION}),
            event("gen_ai.user.message", "model", call),
            event("gen_ai.choice", "model", {"text": ANSWER}, index=0, finish_reason="STOP"),
        ],
    )
    assert found.input == INPUT[:2]
    assert found.output == OUTPUT
    response = {"content": {"role": "model", "parts": [{"text": ANSWER}]}, "finish_reason": "STOP"}
    attributes = {"gcp.vertex.agent.llm_response": json.dumps(response)}
    assert read_messages(attributes).output == OUTPUT


def test_strands_details_may_each_add_a_message() -> None:
    def details(*said: dict[str, Any]) -> Event:
        name = "gen_ai.client.inference.operation.details"
        return Event(name, {"gen_ai.input.messages": json.dumps(said)})

    assert read_messages({}, [details(INPUT[0]), details(*INPUT[1:])]).input == INPUT
    assert read_messages({}, [details(*INPUT[:2]), details(*INPUT)]).input == INPUT
    assert read_messages({}, [details(*INPUT), details(INPUT[2])]).input == INPUT


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("claude_code.user_prompt", {"prompt": QUESTION}),
        ("", {"event.name": "user_prompt", "prompt": QUESTION}),
        ("codex.user_prompt", {"prompt": QUESTION}),
        ("gemini_cli.user_prompt", {"prompt": QUESTION}),
        (
            "gemini_cli.api_request",
            {"request_text": json.dumps([{"role": "user", "parts": [{"text": QUESTION}]}])},
        ),
    ],
)
def test_prompts_that_coding_agents_log(name: str, attributes: dict[str, Any]) -> None:
    assert read_messages({}, (), [Event(name, attributes)]).input == [ASKED]


def test_content_that_was_held_back_is_no_content() -> None:
    held = [Event("claude_code.user_prompt", {"prompt": "<REDACTED>"})]
    assert read_messages({"user_prompt": "<REDACTED>"}, (), held, model_call=True) == Messages()


@pytest.mark.parametrize("key", ["user_prompt", "lk.pii.user_input", "lk.user_transcript"])
def test_text_of_a_user(key: str) -> None:
    assert read_messages({key: QUESTION}).input == [ASKED]


@pytest.mark.parametrize("key", ["lk.pii.instructions", "lk.instructions", "system_prompt"])
def test_instructions_with_an_attribute_of_their_own(key: str) -> None:
    assert read_messages({key: "Be terse."}).system_instructions == TERSE


def test_instructions_that_only_one_place_has() -> None:
    """Laminar leaves a Responses call's instructions out of one of its two spellings."""
    found = read_messages(
        {
            "gen_ai.input.messages": json.dumps([{"role": "user", "content": QUESTION}]),
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "Be terse.",
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": QUESTION,
        }
    )
    assert (found.input, found.system_instructions) == ([ASKED], TERSE)


def test_langgraph_node_that_calls_no_model() -> None:
    tool = {"messages": [LC_MESSAGES[2]]}
    assert read_messages({"output.value": json.dumps(tool)}).output == [INPUT[2]]


def test_langchain_batch_and_chain() -> None:
    chain = {
        "gen_ai.prompt": '{"what": "hello"}',
        "gen_ai.completion": json.dumps({"output": LC_ANSWER}),
    }
    assert read_messages(chain) == Messages(output=OUTPUT)


def test_gemini_cli_contents_under_the_key_of_the_conventions() -> None:
    contents = [{"role": "user", "parts": [{"text": QUESTION}]}]
    assert read_messages({"gen_ai.input.messages": json.dumps(contents)}).input == [ASKED]


def test_spring_ai_texts() -> None:
    attributes = {"gen_ai.prompt": [QUESTION], "gen_ai.completion": [ANSWER]}
    found = read_messages(attributes, model_call=True)
    assert (found.input, found.output) == ([ASKED], [ANSWERED])
    events = [
        Event("gen_ai.content.prompt", {"gen_ai.prompt": QUESTION}),
        Event("gen_ai.content.completion", {"gen_ai.completion": ANSWER}),
    ]
    found = read_messages({}, events)
    assert (found.input, found.output) == ([ASKED], [ANSWERED])


def test_langfuse_tools_that_are_messages() -> None:
    offered = {"role": "tool", "content": CHAT_TOOLS[0]}
    sent = [{"role": "user", "content": QUESTION}, offered]
    found = read_messages({"langfuse.observation.input": json.dumps(sent)})
    assert (found.input, found.tool_definitions) == ([ASKED], TOOLS)


def test_llama_index_blocks() -> None:
    image = {"block_type": "image", "url": "https://x/y.png"}
    said = {"role": "user", "blocks": [{"block_type": "text", "text": QUESTION}, image]}
    [found] = read_messages({"mlflow.spanInputs": json.dumps({"messages": [said]})}).input
    assert found["parts"] == [
        *ASKED["parts"],
        {"type": "uri", "modality": "image", "uri": "https://x/y.png"},
    ]


@pytest.mark.parametrize(
    "call",
    [
        {"function_call.name": "get_weather", "function_call.arguments": '{"city": "Paris"}'},
        {
            "tool_calls.0.function.name": "get_weather",
            "tool_calls.0.function.arguments": '{"city": "Paris"}',
        },
    ],
)
def test_flattened_calls_of_litellm(call: dict[str, str]) -> None:
    attributes = {f"gen_ai.completion.0.{key}": value for key, value in call.items()}
    [said] = read_messages(attributes).output
    assert said["parts"] == [{k: v for k, v in CALL.items() if k != "id"}]


def test_flattened_prompt_of_bedrock() -> None:
    assert read_messages({"gen_ai.prompt.0.user": QUESTION}).input == [ASKED]


def test_flattened_thoughts_are_part_of_the_answer() -> None:
    thought = {"type": "reasoning", "content": "hm"}
    first = {
        "gen_ai.completion.0.role": "thinking",
        "gen_ai.completion.0.content": "hm",
        "gen_ai.completion.0.finish_reason": "end_turn",
    }
    rest = {"gen_ai.completion.1.role": "assistant", "gen_ai.completion.1.content": ANSWER}
    assert read_messages(first).output == [
        {"role": "assistant", "parts": [thought], "finish_reason": "stop"}
    ]
    assert read_messages({**first, **rest}).output == [
        {"role": "assistant", "parts": [thought, *ANSWERED["parts"]], "finish_reason": "stop"}
    ]
