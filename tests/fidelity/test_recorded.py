"""What counts as recorded, in whatever form, and what only looks like it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.fidelity import recorded
from tests.fidelity.making import CALL, recording

USAGE = {"prompt_tokens": 23, "completion_tokens": 11}


@pytest.mark.parametrize(
    "said",
    [
        {"gen_ai.usage.input_tokens": 23},
        {"gen_ai.usage.input_tokens": "23"},
        {"ai.usage.promptTokens": 23.0},
        {"ai.usage.tokens": 23},
        {"output.value": json.dumps({"usage": USAGE})},
        {"attribute": json.dumps({"inner": json.dumps({"usage": USAGE})})},
        {"attribute": str({"usage_metadata": {"input_tokens": 23}})},
        {"attribute": "Completion(usage=CompletionUsage(prompt_tokens=23))"},
        {"event gen_ai.choice": {"body": {"usage": {"input": 23}}}},
    ],
)
def test_a_count_is_recorded(said: dict[str, Any]) -> None:
    assert recorded.has_count(recording(said), "input_tokens", CALL)


@pytest.mark.parametrize(
    "said",
    [
        {"gen_ai.request.max_tokens": 23},
        {"gen_ai.request.seed": 23},
        {"gen_ai.server.time_per_output_token": 23},
        {"ai.response.avgPromptTokensPerSecond": 23},
        {"gen_ai.usage.output_tokens": 23},
        {"gen_ai.usage.total_tokens": 23},
        {"gen_ai.usage.cache_read.input_tokens": 23},
        {"gen_ai.usage.input_tokens": 230},
        {"gen_ai.usage.input_tokens": True},
        {"exception.stacktrace": "call(prompt_tokens=23)"},
        {"message": "23 tokens are 23"},
    ],
)
def test_a_number_is_no_count(said: dict[str, Any]) -> None:
    assert not recorded.has_count(recording(said), "input_tokens", CALL)


def test_a_count_may_follow_from_others() -> None:
    cached = {"input_tokens": 150, "cache_read_tokens": 100, "cache_write_tokens": 30}
    parts = {"usage": {"input_tokens": 20, "cache_read": 100, "cache_creation": 30}}
    assert recorded.has_count(recording(parts), "input_tokens", cached)
    del parts["usage"]["cache_creation"]
    assert not recorded.has_count(recording(parts), "input_tokens", cached)

    total = {"usage": {"total_tokens": 34, "output_tokens": 11}}
    assert recorded.has_count(recording(total), "input_tokens", CALL)
    thoughts = {"usage": {"candidates_token_count": 7, "thoughts_token_count": 4}}
    assert recorded.has_count(recording(thoughts), "output_tokens", CALL)


def test_a_zero_is_recorded_only_under_its_own_name() -> None:
    call = CALL | {"reasoning_tokens": 0}
    assert recorded.has_count(recording({"usage.reasoning_tokens": 0}), "reasoning_tokens", call)
    others = {"usage.output_tokens": 0, "usage.cached_tokens": 0, "usage.audio_tokens": 0}
    assert not recorded.has_count(recording(others), "reasoning_tokens", call)


@pytest.mark.parametrize(
    "text", ["gpt-fake", "openai/gpt-fake", "/models/gpt-fake:call", "{gpt-fake}"]
)
def test_a_model_is_named(text: str) -> None:
    assert recorded.has_model(recording({"anything": text}), "gpt-fake")
    assert recorded.has_model(recording({"anything": text}), "openai/gpt-fake")


@pytest.mark.parametrize("text", ["gpt-fake-2026-01-01", "my-gpt-fake", "gpt-fake.5", "gpt-fak"])
def test_another_model_is_named(text: str) -> None:
    assert not recorded.has_model(recording({"anything": text}), "gpt-fake")


def test_a_stack_trace_names_no_model() -> None:
    assert not recorded.has_model(recording({"exception.stacktrace": "gpt-fake"}), "gpt-fake")


def test_a_text_is_found_behind_escapes_and_in_the_pieces_of_a_stream() -> None:
    answer = 'She said "hello"\nto me.'
    nested = json.dumps({"inner": json.dumps([{"content": answer}])})
    assert recorded.has_text(recording({"output": nested}), answer)
    assert recorded.has_text(recording({"output": json.dumps([answer, "more"])[:-3]}), answer)
    pieces = {f"event chunk.{n}": {"delta": c} for n, c in enumerate(["She said ", answer[9:]])}
    assert recorded.has_text(recording(pieces), answer)
    assert not recorded.has_text(recording({"output": answer[:-1]}), answer)


def test_a_tool_that_can_be_called_was_not_called() -> None:
    definition = {"name": "get_weather", "parameters": {"city": "Paris"}}
    for key in ("llm.tools.0.tool.json_schema", "gen_ai.tool.definitions", "request.tools"):
        said = recording({key: json.dumps(definition)})
        assert not recorded.has_tool_call(said, "get_weather")
        assert not recorded.has_arguments(said, {"city": "Paris"})


@pytest.mark.parametrize(
    "said",
    [
        {
            "gen_ai.completion.0.tool_calls.0": {
                "name": "get_weather",
                "arguments": '{"city": "Paris"}',
            }
        },
        {
            "content": json.dumps(
                [{"type": "tool_use", "name": "get_weather", "input": {"city": "Paris"}}]
            )
        },
        {"body": {"function_call": {"name": "get_weather", "args": {"city": "Paris"}}}},
        {"calls": str([{"function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}])},
    ],
)
def test_a_tool_was_called(said: dict[str, Any]) -> None:
    assert recorded.has_tool_call(recording(said), "get_weather")
    assert recorded.has_arguments(recording(said), {"city": "Paris"})


def test_a_session_is_named_by_what_speaks_of_sessions() -> None:
    about = {"session", "thread"}
    for key in ("session.id", "langgraph.thread_id", "metadata.sessionId"):
        assert recorded.has_named(recording({key: "s-1"}), "s-1", about)
    for key in ("request.id", "message"):
        assert not recorded.has_named(recording({key: "s-1"}), "s-1", about)


def test_a_finish_reason_stands_where_reasons_stand() -> None:
    for said in (
        {"gen_ai.response.finish_reasons": ["end_turn"]},
        {"ai.response.finishReason": "stop"},
        {"output": json.dumps({"object": "response", "status": "completed"})},
        {"output": json.dumps([{"type": "message", "status": "completed"}])},
    ):
        assert recorded.has_finish_reason(recording(said), "stop")
    for said in ({"status": "completed"}, {"gen_ai.request.stop": "stop"}, {"x.reason": "stop"}):
        assert not recorded.has_finish_reason(recording(said), "stop")


def test_a_span_says_what_it_is() -> None:
    agent = {"agent", "invoke_agent"}
    [said] = recording({"gen_ai.operation.name": "invoke_agent"}).spans
    assert recorded.says_it_is(said, agent, "$^")
    [quiet] = recording({"gen_ai.agent.name": "agent"}).spans
    assert not recorded.says_it_is(quiet, agent, "$^")
    [tool] = recording({"gen_ai.tool.name": "get_weather"}, name="execute").spans
    assert recorded.is_tool(tool, "get_weather")
    [model] = recording({"llm.tools.0.schema": "get_weather"}, name="chat").spans
    assert not recorded.is_tool(model, "get_weather")
