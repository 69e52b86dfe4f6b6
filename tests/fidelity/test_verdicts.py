"""What is right, missed, wrong, invented, or not asked for."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.fidelity.calls import align
from tests.fidelity.making import CALL, SAID, call_span, document, recording, text, verdicts
from tests.support.documents import usage

LAST = CALL | {"input_tokens": 81, "output_text": "Sunny."}


def judged(found: dict[str, Any]) -> dict[str, str]:
    return {key: finding.verdict for key, finding in found.items()}


def test_all_that_was_said_and_read_is_right() -> None:
    found = judged(verdicts(recording(SAID), document(call_span())))

    applicable = {key for key, verdict in found.items() if verdict != "absent"}
    assert {found[key] for key in applicable} == {"right"}
    assert applicable == {
        *("trace input", "trace output", "model calls", "request model", "response model"),
        *("provider", "input", "output", "cache read", "reasoning", "finish reason", "text"),
        "span types call",
    }


@pytest.mark.parametrize(
    ("values", "field", "verdict"),
    [
        ({"request_model": ""}, "request model", "missed"),
        ({"request_model": "gpt-other"}, "request model", "wrong"),
        ({"provider": "anthropic"}, "provider", "wrong"),
        ({"usage": usage(23, 11, reasoning=4)}, "cache read", "missed"),
        ({"usage": usage(23, 11, cache_read=0, reasoning=4)}, "cache read", "wrong"),
        ({"usage": usage(23, 11, cache_read=8, cache_write=3)}, "cache write", "invented"),
        ({"finish_reasons": []}, "finish reason", "missed"),
        ({"finish_reasons": ["stop", "length"]}, "finish reason", "wrong"),
        ({"span_type": "EMBEDDING"}, "span types call", "wrong"),
        ({"output_messages": []}, "text", "missed"),
        ({"output_messages": text("None") + text("Hello.")}, "text", "wrong"),
        ({"error_type": "TimeoutError"}, "errors", "invented"),
    ],
)
def test_a_mistake_is_found(values: dict[str, Any], field: str, verdict: str) -> None:
    found = judged(verdicts(recording(SAID), document(call_span(**values))))

    assert found[field] == verdict


def test_what_is_not_recorded_is_not_asked_for_but_may_not_be_made_up() -> None:
    said = {k: v for k, v in SAID.items() if "response.model" not in k}

    read = judged(verdicts(recording(said), document(call_span(response_model=""))))
    assert read["response model"] == "absent"
    read = judged(verdicts(recording(said), document(call_span(response_model="gpt-fake"))))
    assert read["response model"] == "invented"


def test_usage_that_is_unknown_stays_unknown() -> None:
    unknown = CALL | {"input_tokens": None, "output_tokens": None}
    said = {k: v for k, v in SAID.items() if "usage" not in k}

    for usage_read, verdict in ((None, "right"), (usage(0, 0), "wrong")):
        span = call_span(usage=usage_read)
        found = verdicts(recording(said), document(span), expected={"llm_calls": [unknown]})
        assert judged(found)["input"] == judged(found)["trace output"] == verdict


def test_what_an_embedding_does_not_put_out_may_be_counted_as_0() -> None:
    embedding = {"request_model": "gpt-fake", "input_tokens": 6}
    span = call_span(span_type="EMBEDDING", usage=usage(6, 0), finish_reasons=[])
    expected = {"llm_calls": [], "embedding": embedding}

    found = judged(verdicts(recording(SAID), document(span), expected=expected))
    assert found["output"] == found["trace output"] == "absent"


def test_two_instrumentations_may_each_tell_a_part() -> None:
    one = call_span("a1", scope={"name": "sdk", "version": ""}, finish_reasons=[])
    other = call_span("b1", scope={"name": "instrumentor", "version": ""}, request_model="")

    found = judged(verdicts(recording(SAID), document(one), document(other)))
    assert {"missed", "wrong", "invented"}.isdisjoint(found.values())

    other["usage"] = usage(23, 12, cache_read=8, reasoning=4)
    found = judged(verdicts(recording(SAID), document(one), document(other)))
    assert (found["output"], found["trace output"]) == ("wrong", "wrong")


def test_two_traces_of_one_instrumentation_count_one_call_twice() -> None:
    found = verdicts(recording(SAID), document(call_span("a1")), document(call_span("b1")))

    assert (found["model calls"].verdict, found["model calls"].found) == ("wrong", 2)
    assert found["trace input"].found == 46


def test_calls_are_compared_in_order_of_time() -> None:
    spans = [
        call_span("b1", at_ms=2, usage=usage(81, 11), output_messages=text("Sunny.")),
        call_span("a1", at_ms=1),
    ]
    expected = {"llm_calls": [CALL, LAST]}
    said = SAID | {"log": {"usage": {"input_tokens": 81}, "content": "Sunny."}}
    read = document(*spans, usage=usage(104, 22))

    found = judged(verdicts(recording(said), read, expected=expected))
    assert found["input call 1"] == found["input call 2"] == found["trace input"] == "right"
    assert found["text call 1"] == found["text call 2"] == "right"


def test_the_call_without_a_span_is_the_one_that_agrees_least() -> None:
    only = call_span(usage=usage(81, 11), output_messages=text("Sunny."))

    assert align([CALL | {"type": "llm"}, LAST | {"type": "llm"}], [only]) == [None, only]
    found = judged(verdicts(recording(SAID), document(only), expected={"llm_calls": [CALL, LAST]}))
    assert (found["input call 1"], found["text call 1"]) == ("missed", "missed")
    assert (found["model calls"], found["span types call 1"]) == ("wrong", "missed")


def test_content_that_only_another_span_has_may_be_read_there() -> None:
    said = {k: v for k, v in SAID.items() if "messages" not in k}
    both = recording(said)
    agent = recording({"output": "Hello."}, span_id="b1")
    both = type(both)(both.spans + agent.spans, both.leaves + agent.leaves)
    call = call_span("a1", output_messages=[])

    empty = call_span("b1", model_call=False, output_messages=[])
    assert judged(verdicts(both, document(call, empty)))["text"] == "missed"
    reading = call_span("b1", model_call=False)
    assert judged(verdicts(both, document(call, reading)))["text"] == "right"


def test_tool_calls_need_their_names_and_arguments() -> None:
    called = {"name": "get_weather", "arguments": {"city": "Paris"}}
    answer = {k: v for k, v in CALL.items() if k != "output_text"} | {"tool_calls": [called]}
    said = {k: v for k, v in SAID.items() if "messages" not in k}
    said["gen_ai.output.messages"] = [{"parts": [{"type": "tool_call", **called}]}]
    part = {"type": "tool_call", **called}

    def read(*parts: dict[str, Any]) -> dict[str, str]:
        messages = [{"role": "assistant", "parts": list(parts)}]
        spans = document(call_span(output_messages=messages))
        return judged(verdicts(recording(said), spans, expected={"llm_calls": [answer]}))

    assert (read(part)["tool calls"], read(part)["arguments"]) == ("right", "right")
    assert (read()["tool calls"], read()["arguments"]) == ("missed", "missed")
    as_text = read(part | {"arguments": '{"city": "Paris"}'})
    assert (as_text["tool calls"], as_text["arguments"]) == ("right", "wrong")
    assert read(part, part)["tool calls"] == "wrong"


def test_one_call_failed_and_says_why() -> None:
    expected = {"llm_calls": [], "error": {"type": "RateLimitError"}, "request_model": "gpt-err"}
    said = {"gen_ai.request.model": "gpt-err", "error.type": "openai.RateLimitError"}
    failed = call_span(
        request_model="gpt-err",
        response_model="",
        usage=None,
        finish_reasons=[],
        output_messages=[],
        error_type="openai.RateLimitError",
    )

    found = judged(verdicts(recording(said), document(failed), expected=expected))
    assert (found["errors"], found["model calls"]) == ("right", "right")
    for wrong in ({"error_type": "ValueError"}, {"error_type": ""}):
        found = judged(verdicts(recording(said), document(failed | wrong), expected=expected))
        assert found["errors"] in ("wrong", "missed")
    twice = document(failed, failed | {"span_id": "b1"})
    found = judged(verdicts(recording(said), twice, expected=expected))
    assert (found["errors"], found["model calls"]) == ("wrong", "wrong")


def test_no_call_is_a_truth_too() -> None:
    found = judged(verdicts(recording({}), document(call_span()), expected={"llm_calls": []}))

    assert found["model calls"] == "wrong"


def test_sessions_users_tools_and_agents() -> None:
    expected = {"llm_calls": [], "session_id": "s-1", "user_id_hint": "u-1"}
    expected |= {"tools": [{"name": "get_weather"}]}
    said = {"session.id": "s-1", "metadata": '{"user_id": "u-1"}'}
    both = recording(said | {"gen_ai.operation.name": "invoke_agent"}, name="run")
    tool = recording({}, span_id="b1", name="execute_tool get_weather")
    both = type(both)(both.spans + tool.spans, both.leaves + tool.leaves)
    agent = call_span("a1", model_call=False, span_type="AGENT")
    used = call_span("b1", model_call=False, span_type="TOOL", tool_name="get_weather")
    keys = ("session", "user", "span types tool get_weather", "span types span run")

    read = document(agent, used, session_id="s-1", user_id="u-1")
    found = judged(verdicts(both, read, expected=expected))
    assert [found[key] for key in keys] == ["right"] * 4

    read = document(agent | {"span_type": "CHAIN"}, used | {"tool_name": ""}, session_id="s-2")
    found = judged(verdicts(both, read, expected=expected))
    assert [found[key] for key in keys] == ["wrong", "missed", "wrong", "wrong"]
