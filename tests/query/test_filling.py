"""What log records and the spans around a call add to its span in the trace document."""

from __future__ import annotations

from typing import Any

from spanbridge_ingest.query.wrappers import fill_calls


def span(name: str, parent: str = "", **members: Any) -> dict[str, Any]:
    empty = {"provider": "", "request_model": "", "response_model": "", "response_id": ""}
    lists: dict[str, list[Any]] = {"finish_reasons": [], "input_messages": []}
    lists |= {"output_messages": [], "system_instructions": [], "tool_definitions": []}
    known = {"span_id": name, "parent_span_id": parent, "span_type": "CHAT_MODEL"}
    return (
        {"model_call": False, "time_to_first_token_ns": None}
        | empty
        | {key: list(value) for key, value in lists.items()}
        | known
        | members
    )


def test_a_call_takes_what_it_lacks_from_the_span_around_it() -> None:
    outer = span("a", response_model="m-1", provider="openai", finish_reasons=["stop"])
    call = span("b", "a", model_call=True, provider="anthropic")
    fill_calls([outer, call])
    assert (call["response_model"], call["provider"]) == ("m-1", "anthropic")
    assert call["finish_reasons"] == ["stop"]


def test_the_span_around_two_calls_belongs_to_neither() -> None:
    outer = span("a", response_model="m-1")
    calls = [span("b", "a", model_call=True), span("c", "a", model_call=True)]
    fill_calls([outer, *calls])
    assert [call["response_model"] for call in calls] == ["", ""]


def test_agents_and_tools_are_borders_and_circles_end() -> None:
    agent = span("a", span_type="AGENT", response_model="m-1")
    beyond = span("o", response_model="m-2")
    agent["parent_span_id"] = "o"
    call = span("b", "a", model_call=True)
    fill_calls([beyond, agent, call])
    assert call["response_model"] == ""
    round_one = [span("x", "y"), span("y", "x", model_call=True)]
    fill_calls(round_one)
    assert round_one[1]["response_model"] == ""
