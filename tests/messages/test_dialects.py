"""One conversation, told by every dialect, reads the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spanbridge_semconv.messages import Event, Messages, read_messages
from tests.messages.conversation import (
    CHAT_ANSWER,
    CHAT_REQUEST,
    INPUT,
    LEGACY_LOGS,
    OPENINFERENCE,
    OTEL_ATTRIBUTES,
    OUTPUT,
    RESPONSES_ANSWER,
    RESPONSES_REQUEST,
    TOOLS,
    TOOLS_ATTRIBUTE,
    TRACELOOP,
)

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
