"""What is said must not leave the process where somebody has forbidden it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter

import spanbridge
from spanbridge import SpanType, settings
from spanbridge.entities import Link, LiveSpan, SpanEvent
from spanbridge.entities.event import MOST_OF_A_STACKTRACE
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.integration import add_chunk_event, captures_content, start_call
from tests.support.recorded import Recorded

SECRET = "4095-2609"


def everywhere() -> None:
    """Says the secret in each place where content can leave."""

    @spanbridge.trace(attributes={"static": SECRET})
    def stream(text: str) -> Iterator[str]:
        yield text
        yield text

    @spanbridge.trace(span_type=SpanType.TOOL)
    def tool(number: str) -> dict[str, list[str]]:
        return {"found": [number]}

    @spanbridge.trace
    def fails(number: str) -> None:
        raise ValueError(f"no {number}")

    with spanbridge.start_span("root", SpanType.AGENT, {"note": SECRET}) as span:
        spanbridge.update_current_trace(request_preview=SECRET, response_preview=SECRET)
        list(stream(SECRET))
        tool(SECRET)
        with pytest.raises(ValueError, match=SECRET):
            fails(SECRET)
        with spanbridge.start_span("chat", SpanType.CHAT_MODEL) as chat:
            chat.set_inputs({"messages": [{"role": "user", "content": SECRET}]})
            chat.set_outputs({"role": "assistant", "content": SECRET})
            chat.set_attribute("mlflow.chat.messages", [{"role": "user", "content": SECRET}])
        call = start_call("call", span_type=SpanType.CHAT_MODEL)
        said = [{"role": "user", "parts": [{"type": "text", "content": SECRET}]}]
        for key in ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions"):
            call.set_attribute(key, said)
        older = ("gen_ai.prompt.0.content", "gen_ai.retrieval.query.text", "http.request.body")
        call.set_attributes(dict.fromkeys(older, SECRET))
        call.set_attributes({"input.value": SECRET, "gen_ai.tool.call.arguments": {"n": SECRET}})
        add_chunk_event(call, 0, {"delta": SECRET})
        call.end()
        span.set_attributes({"texts": [SECRET, "x"], "deep": {"a": [{"b": SECRET}]}})
        span.add_event(SpanEvent("seen", attributes={"what": SECRET}))
        span.add_link(Link("1" * 32, "2" * 16, {"why": SECRET}))
        span.set_status(SpanStatus(SpanStatusCode.ERROR, f"about {SECRET}"))


def hide(value: Any, where: str) -> Any:
    """A hook that replaces the secret, however deep."""
    return json.loads(json.dumps(value).replace(SECRET, "####"))


def test_a_redaction_hook_sees_every_place(recorded: Recorded) -> None:
    with spanbridge.tracing.configure(redact=hide):
        everywhere()
        spanbridge.start_span_no_context(
            "tagged", tags={"number": SECRET}, metadata={"number": SECRET}
        ).end()
    assert SECRET not in recorded.everything()
    assert recorded.inputs("tool") == {"number": "####"}
    assert recorded.chunks("stream") == ["####", "####"]
    assert recorded.attributes("root")["texts"] == ("####", "x")
    assert recorded.named("fails").status.description == "ValueError: no ####"
    assert recorded.attributes("tagged")["mlflow.traceTag.number"] == "####"
    assert recorded.attributes("root")["mlflow.spanType"] == '"AGENT"'


def test_without_the_hook_the_secret_is_in_each_place(recorded: Recorded) -> None:
    everywhere()
    assert {span.name for span in recorded.all() if SECRET in span.to_json()} == {
        *("root", "stream", "tool", "fails", "chat", "call")
    }


def test_a_redaction_hook_that_fails_lets_nothing_out(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(value: Any, where: str) -> Any:
        raise LookupError(value)

    with spanbridge.tracing.configure(redact=fails):
        everywhere()
    assert SECRET not in recorded.everything()
    assert SECRET not in caplog.text
    assert "The redaction hook failed with LookupError; inputs left out" in caplog.text
    assert recorded.inputs("tool") == settings.WITHHELD
    assert recorded.attributes("tool")["gen_ai.tool.name"] == "tool"
    assert recorded.json("mlflow.spanFunctionName", "tool") == "tool"


def test_a_redaction_hook_cannot_change_what_the_application_has(recorded: Recorded) -> None:
    def clear(value: Any, where: str) -> Any:
        if isinstance(value, dict):
            value["password"] = "***"
            value["user"].clear()
        return value

    @spanbridge.trace
    def login(password: str, user: dict[str, str]) -> None:
        assert user == {"name": "ada"}

    with spanbridge.tracing.configure(redact=clear):
        login("secret", {"name": "ada"})
    assert recorded.inputs() == {"password": "***", "user": {}}


def test_facts_are_not_shown_to_the_redaction_hook(recorded: Recorded) -> None:
    seen = []

    def watch(value: Any, where: str) -> Any:
        seen.append(where)
        return value.upper()

    with spanbridge.tracing.configure(redact=watch), spanbridge.start_span("a") as span:
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 1})
        span.set_attribute("gen_ai.request.model", "m")
        span.set_attribute("count", 5)
        span.set_attribute("said", "x")
        span.set_inputs("in")
    assert seen == ["said", "inputs"]
    assert recorded.json("mlflow.chat.tokenUsage") == {"input_tokens": 1}
    assert (recorded.attributes()["said"], recorded.inputs()) == ("X", "IN")


def test_span_processors_run_in_order_before_the_end(recorded: Recorded) -> None:
    def first(span: spanbridge.entities.LiveSpan) -> None:
        span.set_outputs(re.sub(r"\d", "#", span.outputs))
        span.set_attribute("order", ["first"])

    def second(span: spanbridge.entities.LiveSpan) -> None:
        span.set_attribute("order", [*span.get_attribute("order"), "second"])
        span.end("again")

    with spanbridge.tracing.configure(span_processors=[first, second]):
        spanbridge.trace(lambda x: x)("a1")
    spanbridge.trace(len)("outside")
    assert recorded.outputs("<lambda>") == "a#"
    assert recorded.attributes("<lambda>")["order"] == ("first", "second")
    assert "order" not in recorded.attributes("len")


def test_a_span_processor_that_fails_lets_nothing_out(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(span: spanbridge.entities.LiveSpan) -> None:
        raise LookupError(str(span.attributes))

    with spanbridge.tracing.configure(span_processors=[fails]):
        everywhere()
    assert SECRET not in recorded.everything()
    assert SECRET not in caplog.text
    assert recorded.attributes("chat")["mlflow.spanType"] == '"CHAT_MODEL"'


@pytest.mark.parametrize("semconv", ["gen_ai", "mlflow", "gen_ai,mlflow"])
@pytest.mark.parametrize("value", ["false", "NO_CONTENT", "EVENT_ONLY", "nonsense"])
def test_content_can_be_kept_out(
    recorded: Recorded,
    logs: InMemoryLogRecordExporter,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    semconv: str,
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value)
    settings.restore(None)
    with spanbridge.tracing.configure(semconv=semconv):
        assert not captures_content()
        reduced: list[Any] = []
        list(spanbridge.trace(lambda: (yield SECRET), output_reducer=reduced.append)())
        with spanbridge.start_span("chat", SpanType.CHAT_MODEL) as span:
            span.set_inputs({"messages": [{"role": "user", "content": SECRET}]})
            span.set_outputs(SECRET)
            span.set_attribute("mlflow.spanInputs", SECRET)
            for key in ("gen_ai.input.messages", "gen_ai.tool.call.result", "output.value"):
                span.set_attribute(key, SECRET)
            for key in ("gen_ai.prompt.0.content", "llm.input_messages.0.message.content"):
                span.set_attribute(key, SECRET)
            add_chunk_event(span, 0, SECRET)
            span.set_attribute("gen_ai.usage.input_tokens", 3)
            spanbridge.update_current_trace(request_preview=SECRET)
        spanbridge.trace(lambda x: x, span_type=SpanType.TOOL)(SECRET)
    assert reduced == []
    assert SECRET not in recorded.everything()
    said = "".join(record.to_json() for record in logs.get_finished_logs())
    assert (SECRET in said) == (value == "EVENT_ONLY")
    assert recorded.attributes("chat")["gen_ai.usage.input_tokens"] == 3


@pytest.mark.parametrize("value", ["", "true", "SPAN_ONLY", "SPAN_AND_EVENT", " True "])
def test_content_can_be_asked_for(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value)
    settings.restore(None)
    assert captures_content()
    assert settings.current().content_in_events == (value == "SPAN_AND_EVENT")
    spanbridge.trace(lambda x: x)(SECRET)
    assert recorded.inputs() == {"x": SECRET}


def test_what_a_processor_hides_is_in_no_preview(recorded: Recorded) -> None:
    def hide_both(span: LiveSpan) -> None:
        span.set_inputs("####")
        span.set_outputs("####")

    with (
        spanbridge.tracing.configure(span_processors=[hide_both]),
        spanbridge.start_span("root"),
    ):
        spanbridge.update_current_trace(request_preview=SECRET, response_preview=SECRET)
    assert SECRET not in recorded.everything()


def test_of_a_stack_trace_its_end_is_kept(recorded: Recorded) -> None:
    with pytest.raises(ValueError, match="x"), spanbridge.start_span("fails"):
        raise ValueError("x" * 100_000)
    [event] = recorded.named("fails").events
    stacktrace = str((event.attributes or {})["exception.stacktrace"])
    assert len(stacktrace) == MOST_OF_A_STACKTRACE
    assert stacktrace.endswith("xxx\n")
