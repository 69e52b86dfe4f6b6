"""Whatever a span carries: nothing is raised, and what comes out is fit to be written."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_semconv.messages import Event, Messages, read_messages, reader
from spanbridge_semconv.messages.jsontext import parse_container, parse_result

WORDS = st.sampled_from(
    [
        "role",
        "content",
        "parts",
        "type",
        "text",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "index",
        "message",
        "choices",
        "messages",
        "input",
        "output",
        "contents",
        "candidates",
        "system",
        "instructions",
        "finish_reason",
        "source",
        "data",
        "image_url",
        "url",
        "file",
        "input_audio",
        "toolUse",
        "toolResult",
        "functionCall",
        "response",
        "candidates",
        "tool_call",
        "tool_call_response",
        "tool_use",
        "tool_result",
        "blob",
        "reasoning",
        "function_call",
        "user",
        "assistant",
        "tool",
        "model",
        "status",
        "object",
        "0",
        "1",
        "-1",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)
VALUES = JSON | JSON.map(json.dumps) | st.binary(max_size=5)
KEYS = st.sampled_from(
    [
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.tool.definitions",
        "input.value",
        "output.value",
        "mlflow.spanInputs",
        "mlflow.spanOutputs",
        "mlflow.chat.tools",
        "traceloop.entity.input",
        "gen_ai.prompt",
        "gen_ai.prompt.0.content",
        "gen_ai.prompt.0",
        "gen_ai.prompt.0.tool_calls.0.arguments",
        "gen_ai.completion.0.role",
        "llm.input_messages.0.message.role",
        "llm.input_messages.0.message.content",
        "llm.input_messages.0.message",
        "llm.input_messages.0.message.contents.0",
        "llm.input_messages.0.message.contents.0.message_content.type",
        "llm.input_messages.0.message.contents.0.message_content.image",
        "llm.output_messages.0.message.tool_calls.0.tool_call",
        "llm.tools.0.tool.json_schema",
        "llm.tools",
        "message.tool_calls",
        "llm.request.functions.0.name",
        "llm.finish_reason",
        "embedding.embeddings.0.embedding.text",
        "llm.prompts.0.prompt.text",
    ]
)
NAMES = st.sampled_from(
    [
        "gen_ai.user.message",
        "gen_ai.tool.message",
        "gen_ai.choice",
        "gen_ai.content.prompt",
        "gen_ai.content.completion",
        "gen_ai.client.inference.operation.details",
        "other",
    ]
)
EVENTS = st.lists(
    st.builds(Event, NAMES, st.dictionaries(WORDS | KEYS, VALUES, max_size=4), VALUES), max_size=4
)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=8)


def check(found: Messages) -> None:
    for message in found.input + found.output:
        assert isinstance(message["role"], str)
        assert set(message) <= {"role", "parts", "name", "finish_reason"}
        for part in message["parts"]:
            assert isinstance(part["type"], str)
    for part in found.system_instructions:
        assert isinstance(part["type"], str)
    for tool in found.tool_definitions:
        assert isinstance(tool["type"], str)


@settings(max_examples=200, deadline=None)
@given(ATTRIBUTES, EVENTS, EVENTS, st.booleans())
def test_never_raises(
    attributes: dict[str, Any], events: list[Event], logs: list[Event], model_call: bool
) -> None:
    # Without the net that read_messages has below them.
    for place in reader.places_of(attributes, events, logs):
        check(place())
    check(reader.payloads(attributes, model_call=model_call))
    check(read_messages(attributes, events, logs, model_call=model_call))


def test_a_reader_that_fails_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> Messages:
        raise TypeError

    monkeypatch.setattr(reader, "_openinference", fail)
    said = [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]
    assert read_messages({"input.value": json.dumps(said)}).input == said


@settings(max_examples=150, deadline=None)
@given(ATTRIBUTES, st.booleans())
def test_reading_what_was_read_changes_nothing(
    attributes: dict[str, Any], model_call: bool
) -> None:
    once = read_messages(attributes, model_call=model_call)
    again = read_messages(
        {
            "gen_ai.input.messages": once.input,
            "gen_ai.output.messages": once.output,
            "gen_ai.system_instructions": once.system_instructions,
            "gen_ai.tool.definitions": once.tool_definitions,
        }
    )
    assert again == once


@pytest.mark.parametrize(
    "text",
    [
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": ' + "1" * 400 + "}",
        '{"a": "\\ud800"}',
        "[" * 2000 + "]" * 2000,
        "[" * 100_000,
        '{"a": 1',
    ],
)
def test_json_that_cannot_be_written_again_stays_text(text: str) -> None:
    assert parse_container(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 18446744073709551615}', {"a": 18446744073709551615}),
        ('{"a": 18446744073709551616}', {"a": 18446744073709551616.0}),
        ("[1.0]", [1.0]),
        ("12", "12"),
        ('"x"', "x"),
        ('"x', '"x'),
        ("", ""),
        ('"', '"'),
    ],
)
def test_results(text: str, value: object) -> None:
    assert parse_result(text) == value


@settings(max_examples=200, deadline=None)
@given(st.text() | JSON.map(json.dumps))
def test_what_is_parsed_can_be_written(text: str) -> None:
    orjson.dumps(parse_container(text))
