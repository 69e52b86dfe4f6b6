"""What the SDK writes is read back by the bridge, in each of the dialects it can write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan

import spanbridge
from spanbridge import SpanType, tracing
from spanbridge.tracing.constant import TokenUsageKey
from spanbridge_semconv import SpanView, translate
from spanbridge_semconv.known import is_read, looks_like_genai
from spanbridge_semconv.messages import read_messages, read_tool_call
from spanbridge_semconv.model import Canonical
from spanbridge_semconv.text import attribute_text
from tests.support.recorded import Recorded

MODES = ["gen_ai", "mlflow", "gen_ai,mlflow"]
TYPES = [value for key, value in vars(SpanType).items() if key.isupper()]
INPUTS = {"question": "how far?", "deep": [{"n": 1.5, "none": None}], "text": '"quoted" \u3042'}
OUTPUTS = {"answer": ["far", 7, True]}
USAGE = {
    "input_tokens": 30,
    "output_tokens": 20,
    "total_tokens": 50,
    "cache_read_input_tokens": 10,
    "cache_creation_input_tokens": 5,
    TokenUsageKey.REASONING_TOKENS: 7,
}


def texts(attributes: Any) -> dict[str, str]:
    return {key: attribute_text(value) for key, value in (attributes or {}).items()}


def view(span: ReadableSpan) -> SpanView:
    scope = span.instrumentation_scope
    return SpanView(
        attributes=texts(span.attributes),
        scope_name=scope.name if scope else "",
        span_name=span.name,
        span_kind=span.kind.name.capitalize(),
        status_code=span.status.status_code.name.capitalize(),
        status_message=span.status.description or "",
        events=[(event.name, texts(event.attributes)) for event in span.events],
        start_ns=span.start_time,
        event_times_ns=[event.timestamp for event in span.events],
    )


def read(span: ReadableSpan) -> Canonical:
    return translate(view(span))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("span_type", [*TYPES, "My own type", 'with "quotes"'])
def test_every_type_with_its_inputs_and_outputs(
    recorded: Recorded, span_type: str, mode: str
) -> None:
    with tracing.configure(semconv=mode), spanbridge.start_span("a step", span_type) as span:
        span.set_inputs(INPUTS)
        span.set_outputs(OUTPUTS)
        spanbridge.update_current_trace(session_id="s-1", user="ada")
    found = read(recorded.one())
    # The canonical types are MLflow's; others stay readable where MLflow keeps them.
    assert found.span_type == (span_type if span_type in TYPES else "UNKNOWN")
    assert span_type in TYPES or recorded.json("mlflow.spanType") == span_type
    assert (json.loads(found.input), json.loads(found.output)) == (INPUTS, OUTPUTS)
    assert (found.conversation_id, found.user_id) == ("s-1", "ada")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "value", ["a text", "", "{not json", '{"json": "in a text"}', 7, True, None, {}, [1, "b"]]
)
def test_payloads_of_every_shape(recorded: Recorded, value: Any, mode: str) -> None:
    with tracing.configure(semconv=mode), spanbridge.start_span("step", SpanType.CHAIN) as span:
        span.set_inputs(value)
        span.set_outputs(value)
    found = read(recorded.one())
    # A payload of `null` says nothing.
    assert [json.loads(text or "null") for text in (found.input, found.output)] == [value] * 2


@pytest.mark.parametrize("mode", MODES)
def test_tools_and_agents(recorded: Recorded, mode: str) -> None:
    with tracing.configure(semconv=mode), spanbridge.start_span("guide", SpanType.AGENT):
        spanbridge.trace(lambda city: {"c": 21}, name="weather", span_type=SpanType.TOOL)("Rome")
    agent, tool = recorded.named("guide"), recorded.named("weather")
    assert (read(agent).agent_name, read(agent).operation) == ("guide", "invoke_agent")
    assert (read(tool).tool_name, read(tool).operation) == ("weather", "execute_tool")
    call = read_tool_call(view(tool).attributes)
    assert (call.arguments, call.result) == ({"city": "Rome"}, {"c": 21})


@pytest.mark.parametrize("mode", MODES)
def test_model_calls(recorded: Recorded, mode: str) -> None:
    asked = {
        "model": "m-1",
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}],
    }
    answer = {"choices": [{"message": {"role": "assistant", "content": "Hello"}}]}
    with tracing.configure(semconv=mode), spanbridge.start_span("c", SpanType.CHAT_MODEL) as span:
        span.set_inputs(asked)
        span.set_outputs(answer)
        span.set_attribute("mlflow.chat.tokenUsage", USAGE)
        span.set_attribute("mlflow.llm.model", "m-1")
        span.set_attribute("mlflow.llm.provider", "openai")
        tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
        tracing.set_span_chat_tools(span, [tool])
    found = read(recorded.one())
    assert (found.span_type, found.provider) == ("CHAT_MODEL", "openai")
    assert "m-1" in (found.request_model, found.response_model)
    assert (found.input_tokens, found.output_tokens, found.total_tokens) == (30, 20, 50)
    assert (found.cache_read_tokens, found.cache_write_tokens) == (10, 5)
    assert found.reasoning_tokens == 7
    said = read_messages(view(recorded.one()).attributes, model_call=True)
    assert [m["role"] for m in said.input][-1] == "user"
    assert said.input[-1]["parts"] == [{"type": "text", "content": "Hi"}]
    assert said.output[0]["parts"] == [{"type": "text", "content": "Hello"}]
    assert said.tool_definitions[0]["name"] == "f"
    assert "Be short." in str(said.system_instructions) + str(said.input)


@pytest.mark.parametrize("mode", MODES)
def test_a_model_call_of_which_one_side_cannot_be_read_keeps_it(
    recorded: Recorded, mode: str
) -> None:
    with tracing.configure(semconv=mode), spanbridge.start_span("c", SpanType.CHAT_MODEL) as span:
        span.set_inputs({"messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5})
        span.set_outputs({"score": 0.5})
    found = read(recorded.one())
    assert json.loads(found.output) == {"score": 0.5}
    assert json.loads(found.input)["temperature"] == 0.5


@pytest.mark.parametrize("mode", MODES)
def test_errors(recorded: Recorded, mode: str) -> None:
    @spanbridge.trace(span_type=SpanType.TOOL)
    def fails() -> None:
        raise LookupError("no such city")

    with tracing.configure(semconv=mode), pytest.raises(LookupError):
        fails()
    assert read(recorded.one()).error_type == "LookupError"


@pytest.mark.parametrize("mode", MODES)
def test_no_key_of_ours_is_unknown(recorded: Recorded, mode: str) -> None:
    def steps() -> Any:
        yield "x"
        yield "y"

    with tracing.configure(semconv=mode, max_chunk_events=1):
        spanbridge.set_experiment("e")
        with (
            spanbridge.start_run(),
            tracing.context(metadata={"build": "5"}, session_id="s", user="u"),
            spanbridge.start_span("root", SpanType.AGENT),
        ):
            spanbridge.update_current_trace(
                *({"fruit": "apple"}, {"m": "1"}, "r", "asked", "answered", "OK")
            )
            list(spanbridge.trace(steps)())
            broken = spanbridge.trace(steps, output_reducer=lambda items: 1 / 0)()
            list(broken)
            next(spanbridge.trace(steps)())
            with spanbridge.start_span("c", SpanType.CHAT_MODEL) as span:
                span.set_attribute("mlflow.chat.tokenUsage", USAGE)
                span.set_attribute("mlflow.llm.model", "m")
                span.set_inputs([{"role": "user", "content": "Hi"}])
            spanbridge.trace(len, span_type=SpanType.TOOL)("x")
    unknown = {
        key
        for span in recorded.all()
        for key in span.attributes or {}
        if looks_like_genai(key) and not is_read(key, {read(span).dialect})
    }
    assert unknown == set()
