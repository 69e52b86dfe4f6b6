"""Whatever a span carries: nothing is raised, and what comes out is fit to be written."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_semconv.messages import (
    Event,
    Messages,
    read_embeddings,
    read_messages,
    read_retrieval,
    read_tool_call,
    reader,
    retrieval,
    tools,
)
from spanbridge_semconv.messages.jsontext import parse_container, parse_result
from tests.messages.odd_spans import ATTRIBUTES, EVENTS, ODD, VALID, check


@settings(max_examples=150, deadline=None)
@given(ATTRIBUTES, EVENTS, EVENTS, st.booleans())
def test_never_raises(
    attributes: dict[str, Any], events: list[Event], logs: list[Event], model_call: bool
) -> None:
    # Without the net that read_messages has below them.
    for place in reader.PLACES:
        check(place(attributes, events, logs))
    check(reader.payloads(attributes, model_call=model_call))
    check(read_messages(attributes, events, logs, model_call=model_call))


@settings(max_examples=100, deadline=None)
@given(ATTRIBUTES, EVENTS, EVENTS)
def test_tools_and_searches_never_raise(
    attributes: dict[str, Any], events: list[Event], logs: list[Event]
) -> None:
    tools.from_events([*events, *logs])
    retrieval.from_attributes(attributes, events)
    messages = read_messages(attributes)
    retrieval.embeddings(attributes, messages)
    call = read_tool_call(attributes, events, logs)
    assert read_tool_call({"tool_arguments": call.arguments}).arguments in (call.arguments, None)
    found = read_retrieval(attributes, events, retrieval=True)
    for doc in found.documents if found is not None else ():
        assert set(doc) == {"id", "content", "score", "metadata"}
        assert isinstance(doc["metadata"], dict)
    embedded = read_embeddings(attributes, messages)
    assert embedded is None or all(isinstance(text, str) for text in embedded.texts)


@pytest.mark.parametrize("levels", [50, 99, 500, 5_000])
@pytest.mark.parametrize("key", ["gen_ai.input.messages", "input.value", "ai.toolCall.args"])
def test_deep_values(key: str, levels: int) -> None:
    value: Any = "x"
    for _ in range(levels):
        value = {"content": [value]}
    spelled = '{"content":[' * levels + "1" + "]}" * levels
    for deep in (value, spelled, [spelled]):
        check(read_messages({key: deep}, model_call=True))
        read_tool_call({key: deep})
        read_retrieval({key: deep}, retrieval=True)


def test_a_reader_that_fails_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> Messages:
        raise TypeError

    monkeypatch.setattr(reader, "_openinference", fail)
    said = [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]
    assert read_messages({"input.value": json.dumps(said)}).input == said


def _again(found: Messages) -> dict[str, Any]:
    return {
        "gen_ai.input.messages": found.input,
        "gen_ai.output.messages": found.output,
        "gen_ai.system_instructions": found.system_instructions,
        "gen_ai.tool.definitions": found.tool_definitions,
    }


@settings(max_examples=150, deadline=None)
@given(ATTRIBUTES, EVENTS, st.booleans())
def test_reading_what_was_read_changes_nothing(
    attributes: dict[str, Any], events: list[Event], model_call: bool
) -> None:
    once = read_messages(attributes, events, model_call=model_call)
    # By their text: numbers that are no numbers are not equal to themselves.
    assert repr(read_messages(_again(once), model_call=model_call)) == repr(once)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["input.value", "output.value"]), VALID.map(json.dumps)))
def test_reading_what_was_written_changes_nothing(attributes: dict[str, str]) -> None:
    once = read_messages(attributes, model_call=True)
    written = {key: json.dumps(value) for key, value in _again(once).items() if value}
    assert read_messages(written, model_call=True) == once


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


@settings(max_examples=300, deadline=None)
@given(st.text() | VALID.map(json.dumps) | ODD.map(repr))
def test_what_is_parsed_can_be_written(text: str) -> None:
    read = parse_container(text)
    if read is not text:
        orjson.dumps(read)
