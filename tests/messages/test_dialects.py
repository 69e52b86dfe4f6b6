"""One conversation, told by every dialect, reads the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spanbridge_semconv.messages import Event, Messages, read_messages

CALL = {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {"city": "Paris"}}
INPUT = [
    {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]},
    {"role": "assistant", "parts": [CALL]},
    {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "c1", "response": "21C sunny"}],
    },
]
OUTPUT = [
    {
        "role": "assistant",
        "parts": [{"type": "text", "content": "It is sunny."}],
        "finish_reason": "stop",
    }
]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [
    {
        "type": "function",
        "name": "get_weather",
        "description": "The weather",
        "parameters": SCHEMA,
    }
]

CHAT_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather",
            "parameters": SCHEMA,
        },
    }
]
CHAT_CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}
CHAT_REQUEST = {
    "model": "m",
    "messages": [
        {"role": "user", "content": "Weather in Paris?"},
        {"role": "assistant", "content": None, "tool_calls": [CHAT_CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "21C sunny"},
    ],
    "tools": CHAT_TOOLS,
}
CHAT_ANSWER = {
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "It is sunny.", "refusal": None},
        }
    ]
}
RESPONSES_REQUEST = {
    "model": "m",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather in Paris?"}]},
        {
            "type": "function_call",
            "call_id": "c1",
            "id": "fc1",
            "name": "get_weather",
            "arguments": '{"city": "Paris"}',
        },
        {"type": "function_call_output", "call_id": "c1", "output": "21C sunny"},
    ],
    "tools": [{**TOOLS[0], "strict": True}],
}
RESPONSES_ANSWER = {
    "object": "response",
    "status": "completed",
    "output": [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "It is sunny.", "annotations": []}],
        }
    ],
}
OTEL_ATTRIBUTES = {
    "gen_ai.input.messages": json.dumps(INPUT),
    "gen_ai.output.messages": json.dumps(OUTPUT),
    "gen_ai.tool.definitions": json.dumps(TOOLS),
}
OPENINFERENCE = {
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.contents.0.message_content.type": "text",
    "llm.input_messages.0.message.contents.0.message_content.text": "Weather in Paris?",
    "llm.input_messages.0.message.content": "Weather in Paris?",
    "llm.input_messages.3.message.role": "assistant",
    "llm.input_messages.3.message.tool_calls.0.tool_call.id": "c1",
    "llm.input_messages.3.message.tool_calls.0.tool_call.function.name": "get_weather",
    "llm.input_messages.3.message.tool_calls.0.tool_call.function.arguments": '{"city": "Paris"}',
    "llm.input_messages.10.message.role": "tool",
    "llm.input_messages.10.message.tool_call_id": "c1",
    "llm.input_messages.10.message.content": "21C sunny",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "It is sunny.",
    "llm.finish_reason": "stop",
    "llm.tools.0.tool.json_schema": json.dumps(
        {"name": "get_weather", "description": "The weather", "input_schema": SCHEMA}
    ),
}
TRACELOOP = {
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": "Weather in Paris?",
    "gen_ai.prompt.1.role": "assistant",
    "gen_ai.prompt.1.tool_calls.0.id": "c1",
    "gen_ai.prompt.1.tool_calls.0.name": "get_weather",
    "gen_ai.prompt.1.tool_calls.0.arguments": '{"city": "Paris"}',
    "gen_ai.prompt.2.role": "tool",
    "gen_ai.prompt.2.tool_call_id": "c1",
    "gen_ai.prompt.2.content": "21C sunny",
    "gen_ai.prompt.name": "not a message",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "It is sunny.",
    "gen_ai.completion.0.finish_reason": "stop",
    "llm.request.functions.0.name": "get_weather",
    "llm.request.functions.0.description": "The weather",
    "llm.request.functions.0.parameters": json.dumps(SCHEMA),
}
LEGACY_LOGS = [
    Event("gen_ai.user.message", body={"content": "Weather in Paris?"}),
    Event("gen_ai.assistant.message", body={"tool_calls": [CHAT_CALL]}),
    Event("gen_ai.tool.message", body={"content": "21C sunny", "id": "c1"}),
    Event("gen_ai.choice", body={**CHAT_ANSWER["choices"][0]}),
]
TOOLS_ATTRIBUTE = {"gen_ai.tool.definitions": json.dumps(CHAT_TOOLS)}

CASES: dict[str, tuple[dict[str, Any], list[Event], list[Event]]] = {
    "otel attributes": (OTEL_ATTRIBUTES, [], []),
    "otel structured log": (
        {},
        [],
        [
            Event(
                "gen_ai.client.inference.operation.details",
                {
                    "gen_ai.input.messages": INPUT,
                    "gen_ai.output.messages": OUTPUT,
                    "gen_ai.tool.definitions": TOOLS,
                },
            )
        ],
    ),
    "otel details spread over span events": (
        {},
        [
            Event("gen_ai.client.inference.operation.details", {k: v})
            for k, v in OTEL_ATTRIBUTES.items()
        ],
        [],
    ),
    "otel legacy logs": (TOOLS_ATTRIBUTE, [], LEGACY_LOGS),
    "otel legacy logs, bodies as text, names as attributes": (
        TOOLS_ATTRIBUTE,
        [],
        [Event("", {"event.name": e.name}, json.dumps(e.body)) for e in LEGACY_LOGS],
    ),
    "otel 1.26 span events": (
        TOOLS_ATTRIBUTE,
        [
            Event("gen_ai.content.prompt", {"gen_ai.prompt": json.dumps(CHAT_REQUEST["messages"])}),
            Event(
                "gen_ai.content.completion",
                {"gen_ai.completion": json.dumps(CHAT_ANSWER["choices"])},
            ),
        ],
        [],
    ),
    "openinference": (OPENINFERENCE, [], []),
    "openinference payloads": (
        {"input.value": json.dumps(CHAT_REQUEST), "output.value": json.dumps(CHAT_ANSWER)},
        [],
        [],
    ),
    "mlflow chat": (
        {
            "mlflow.spanInputs": json.dumps(CHAT_REQUEST),
            "mlflow.spanOutputs": json.dumps(CHAT_ANSWER),
        },
        [],
        [],
    ),
    "mlflow responses": (
        {
            "mlflow.spanInputs": json.dumps(RESPONSES_REQUEST),
            "mlflow.spanOutputs": json.dumps(RESPONSES_ANSWER),
        },
        [],
        [],
    ),
    "traceloop": (TRACELOOP, [], []),
    "laminar: another schema under the same key": (
        {
            "gen_ai.input.messages": json.dumps(CHAT_REQUEST["messages"]),
            "gen_ai.output.messages": json.dumps(CHAT_ANSWER["choices"]),
            **TOOLS_ATTRIBUTE,
        },
        [],
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_dialect_says_the_same(name: str) -> None:
    found = read_messages(*CASES[name], model_call=True)
    assert found.input == INPUT
    assert found.output == OUTPUT
    assert found.tool_definitions == TOOLS
    assert found.system_instructions == []


def test_content_captured_twice_counts_once() -> None:
    found = read_messages({**OTEL_ATTRIBUTES, **OPENINFERENCE}, (), LEGACY_LOGS, model_call=True)
    assert found == Messages(INPUT, OUTPUT, [], TOOLS)


# System instructions


def test_system_stays_where_the_emitter_put_it() -> None:
    in_conversation = {"messages": [{"role": "system", "content": "Be terse."}]}
    apart = {"system": "Be terse.", "messages": [{"role": "user", "content": "Hi"}]}
    terse = [{"type": "text", "content": "Be terse."}]

    first = read_messages({"input.value": json.dumps(in_conversation)})
    second = read_messages({"input.value": json.dumps(apart)})

    assert (first.input, first.system_instructions) == ([{"role": "system", "parts": terse}], [])
    assert second.system_instructions == terse
    assert [said["role"] for said in second.input] == ["user"]


def test_openinference_system_that_was_apart() -> None:
    flattened = {
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be terse.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": "Hi",
    }
    body = {"model": "m", "instructions": "Be terse.", "input": "Hi"}

    apart = read_messages({**flattened, "input.value": json.dumps(body)})
    inside = read_messages(flattened)

    assert apart.system_instructions == [{"type": "text", "content": "Be terse."}]
    assert [said["role"] for said in apart.input] == ["user"]
    assert inside.system_instructions == []
    assert [said["role"] for said in inside.input] == ["system", "user"]


# Blocks

PNG = "iVBORw0KGgo="
IMAGE = {"type": "blob", "modality": "image", "mime_type": "image/png", "content": PNG}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "x"}, {"type": "text", "content": "x"}),
        ({"text": "x"}, {"type": "text", "content": "x"}),
        ({"text": "x", "thought": True}, {"type": "reasoning", "content": "x"}),
        ({"type": "thinking", "thinking": "x"}, {"type": "reasoning", "content": "x"}),
        ({"type": "refusal", "refusal": "no"}, {"type": "text", "content": "no"}),
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}, IMAGE),
        (
            {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
            {"type": "uri", "modality": "image", "uri": "https://x/y.png"},
        ),
        ({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}, IMAGE),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": PNG},
            },
            IMAGE,
        ),
        ({"inlineData": {"mimeType": "image/png", "data": PNG}}, IMAGE),
        ({"inline_data": {"mime_type": "image/png", "data": PNG}}, IMAGE),
        ({"image": {"format": "png", "source": {"bytes": PNG}}}, IMAGE),
        (
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
            {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AA=="},
        ),
        (
            {"type": "file", "file": {"file_id": "f1"}},
            {"type": "file", "modality": "document", "file_id": "f1"},
        ),
        ({"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Paris"}}, CALL),
        ({"functionCall": {"id": "c1", "name": "get_weather", "args": {"city": "Paris"}}}, CALL),
        (
            {"toolUse": {"toolUseId": "c1", "name": "get_weather", "input": {"city": "Paris"}}},
            CALL,
        ),
        (
            {
                "type": "tool_result",
                "tool_use_id": "c1",
                "content": [{"type": "text", "text": "21"}],
            },
            {"type": "tool_call_response", "id": "c1", "response": "21"},
        ),
        (
            {"toolResult": {"toolUseId": "c1", "content": [{"json": {"t": 21}}]}},
            {"type": "tool_call_response", "id": "c1", "response": {"t": 21}},
        ),
        (
            {"functionResponse": {"name": "f", "response": {"t": 21}}},
            {"type": "tool_call_response", "name": "f", "response": {"t": 21}},
        ),
        (
            {"type": "tool_call_response", "id": "c1", "result": '"quoted"'},
            {"type": "tool_call_response", "id": "c1", "response": "quoted"},
        ),
        ({"type": "tool_call", "id": None, "name": "f", "arguments": "{}"}, None),
        (
            {"type": "novelty", "x": 1},
            {"type": "generic", "generic_type": "novelty", "content": {"type": "novelty", "x": 1}},
        ),
        ("bare", {"type": "text", "content": "bare"}),
        (7, {"type": "generic", "content": 7}),
    ],
)
def test_blocks_of_every_provider(block: Any, part: Any) -> None:
    said = [{"role": "user", "content": [block, {"type": "text", "text": "end"}]}]
    [message] = read_messages({"gen_ai.input.messages": json.dumps(said)}).input
    expected = part or {"type": "tool_call", "name": "f", "arguments": {}}
    assert message["parts"] == [expected, {"type": "text", "content": "end"}]


def test_blob_of_a_log_record_may_be_bytes() -> None:
    for content in (b"\x89PNG\r\n\x1a\n", {"bytesValue": PNG}, PNG):
        parts = [
            {"type": "blob", "mime_type": "image/png", "modality": "image", "content": content}
        ]
        details = {"gen_ai.input.messages": [{"role": "user", "parts": parts}]}
        logs = [Event("gen_ai.client.inference.operation.details", details)]
        assert read_messages({}, (), logs).input[0]["parts"] == [IMAGE]


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
