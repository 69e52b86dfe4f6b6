"""Tool spans: arguments and result, wherever the dialect has them and whatever they stand in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spanbridge_semconv.messages import Event, ToolCall, read_tool_call
from spanbridge_semconv.messages.toolvalues import arguments, result

CITY = {"city": "Paris"}
DONE = ToolCall(CITY, "21C sunny")
TEXT = json.dumps(CITY)
QUOTED = json.dumps("21C sunny")
LC_RESULT = {"type": "tool", "data": {"content": "21C sunny", "tool_call_id": "c1"}}


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result"),
        ("ai.toolCall.args", "ai.toolCall.result"),
        ("ai.toolCall.input", "ai.toolCall.output"),
        ("tool_arguments", "tool_response"),
        ("gcp.vertex.agent.tool_call_args", "gcp.vertex.agent.tool_response"),
        ("spring.ai.tool.call.arguments", "spring.ai.tool.call.result"),
        ("lk.pii.function_tool.arguments", "lk.pii.function_tool.output"),
        ("lk.function_tool.arguments", "lk.function_tool.output"),
        ("langfuse.observation.input", "langfuse.observation.output"),
        ("input.value", "output.value"),
        ("mlflow.spanInputs", "mlflow.spanOutputs"),
        ("lmnr.span.input", "lmnr.span.output"),
        ("genkit:input", "genkit:output"),
        ("braintrust.input_json", "braintrust.output_json"),
        ("traceloop.entity.input", "traceloop.entity.output"),
        ("mcp.request.argument", "mcp.response.value"),
        ("gen_ai.prompt", "gen_ai.completion"),
        ("tool_input", "output"),
    ],
)
@pytest.mark.parametrize("answer", ["21C sunny", QUOTED])
def test_attributes_of_every_dialect(given: str, answered: str, answer: str) -> None:
    assert read_tool_call({given: TEXT, answered: answer}) == DONE


@pytest.mark.parametrize(
    "value",
    [
        CITY,
        TEXT,
        json.dumps(TEXT),
        repr(CITY),
        {"args": [], "kwargs": CITY},
        {"kwargs": CITY},
        {"inputs": CITY, "tags": [], "metadata": {}, "kwargs": {"name": "x"}},
        {"input_str": repr(CITY), "tags": [], "metadata": {}, "kwargs": {}},
        {"type": "tool_call", "name": "get_weather", "args": CITY, "id": "c1"},
        {"tool_name": "get_weather", "arguments": CITY},
        {"method": "tools/call", "params": {"name": "get_weather", "arguments": CITY}},
    ],
    ids=str,
)
def test_arguments_without_their_wrapping(value: Any) -> None:
    assert arguments(value) == CITY


@pytest.mark.parametrize("value", [{"args": ["Paris"], "kwargs": {}}, {"inputs": 3}, "Paris", 7])
def test_arguments_that_are_not_wrapped_stay(value: Any) -> None:
    assert arguments(value) == value


@pytest.mark.parametrize(
    "value",
    [
        QUOTED,
        {"result": "21C sunny"},
        {"output": "21C sunny"},
        [{"text": "21C sunny"}],
        [{"type": "text", "text": "21C sunny", "annotations": None}],
        json.dumps([{"text": "21C sunny"}]),
        {"content": [{"type": "text", "text": "21C sunny"}], "isError": False},
        {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "21C sunny"}]}},
        {"content": [], "structuredContent": {"result": "21C sunny"}},
        {"type": "text", "value": "21C sunny"},
        {"tool_name": "f", "raw_input": CITY, "raw_output": "21C sunny", "is_error": False},
        {"type": "content", "value": [{"type": "text", "text": "21C sunny"}]},
        LC_RESULT,
        {"output": LC_RESULT, "kwargs": {"name": "get_weather"}},
    ],
    ids=str,
)
def test_results_without_their_wrapping(value: Any) -> None:
    assert result(value) == "21C sunny"


@pytest.mark.parametrize(
    "value",
    [{"result": 1, "unit": "C"}, {"result": None}, [1, 2], [], {}, "21", 21, True, None],
    ids=str,
)
def test_results_that_are_not_wrapped_stay(value: Any) -> None:
    assert result(value) == value


def test_text_blocks_are_lines() -> None:
    assert result([{"text": "a"}, {"type": "text", "text": "b"}]) == "a\nb"
    mixed = [{"text": "a"}, {"type": "image", "data": "AA=="}]
    assert result(mixed) == mixed


def test_strands_events() -> None:
    said = [
        Event("gen_ai.tool.message", {"role": "tool", "content": TEXT, "id": "c1"}),
        Event("gen_ai.choice", {"message": json.dumps([{"text": "21C sunny"}]), "id": "c1"}),
    ]
    assert read_tool_call({"gen_ai.tool.name": "get_weather"}, said) == DONE


def test_messages_with_one_part() -> None:
    def details(side: str, part: dict[str, Any]) -> Event:
        value = json.dumps([{"role": "tool", "parts": [part]}])
        name = "gen_ai.client.inference.operation.details"
        return Event(name, {f"gen_ai.{side}.messages": value})

    said = [
        details("input", {"type": "tool_call", "name": "get_weather", "arguments": CITY}),
        details("output", {"type": "tool_call_response", "response": [{"text": "21C sunny"}]}),
    ]
    assert read_tool_call({}, said) == DONE


def test_coding_agents() -> None:
    printed = Event("tool.output", {"output": "a.txt", "content": "unused"})
    read = read_tool_call({"full_command": "ls", "file_path": "/x"}, [printed])
    assert read == ToolCall({"full_command": "ls", "file_path": "/x"}, "a.txt")
    logged = Event("codex.tool_result", {"arguments": TEXT, "output": "21C sunny"})
    assert read_tool_call({}, (), [logged]) == DONE
    called = Event("gemini_cli.tool_call", {"function_args": TEXT})
    assert read_tool_call({}, (), [called]) == ToolCall(CITY, None)


def test_parameters_are_arguments_unless_they_are_a_schema() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    assert read_tool_call({"tool.parameters": TEXT}) == ToolCall(CITY, None)
    assert read_tool_call({"tool.parameters": json.dumps(schema)}) == ToolCall()


def test_a_tool_that_says_nothing() -> None:
    assert read_tool_call({"gen_ai.tool.name": "get_weather"}) == ToolCall(None, None)
    empty = {"gcp.vertex.agent.tool_call_args": "", "ai.toolCall.result": "<REDACTED>"}
    assert read_tool_call(empty) == ToolCall(None, None)
