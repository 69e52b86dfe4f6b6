"""What is recorded, and in which conventions."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
from typing import Any

import openai
import pytest
from opentelemetry import trace
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode

from spanbridge import settings, tracing

from .conftest import Spans
from .replies import ASKED, call, completion, hello
from .server import Server

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
EVENT = "gen_ai.client.inference.operation.details"
TOOL: Any = {"type": "function", "function": {"name": "find", "description": "secret tool"}}


@pytest.fixture
def events(
    logs: InMemoryLogRecordExporter, monkeypatch: pytest.MonkeyPatch
) -> InMemoryLogRecordExporter:
    """Contents go into log events, and not on spans."""
    monkeypatch.setenv(CAPTURE, "event_only")
    return logs


def ask(client: openai.OpenAI, server: Server) -> None:
    messages: Any = [{"role": "user", "content": "secret question"}]
    server.replies = []
    server.reply(completion({"content": "secret answer", "tool_calls": [call("f", '"secret"')]}))
    client.chat.completions.create(model="m", messages=messages, tools=[TOOL])


def ask_streaming(client: openai.OpenAI, server: Server) -> None:
    messages: Any = [{"role": "user", "content": "secret question"}]
    server.replies = []
    server.chat_stream(*hello())
    list(client.chat.completions.create(model="m", messages=messages, stream=True))


@pytest.mark.parametrize("capture", ["false", "no_content", "event_only"])
def test_no_content_on_spans(
    client: openai.OpenAI,
    server: Server,
    spans: Spans,
    logs: InMemoryLogRecordExporter,
    monkeypatch: pytest.MonkeyPatch,
    capture: str,
) -> None:
    monkeypatch.setenv(CAPTURE, capture)
    ask(client, server)
    ask_streaming(client, server)
    for span in spans.all():
        written = span.to_json()
        assert "secret" not in written
        assert "Hel" not in written
        assert "gen_ai.response.id" in written
        assert span.events == ()
        assert "spanbridge.stream.dropped_chunk_events" not in written


@pytest.mark.parametrize("capture", ["event_only", "span_and_event"])
def test_content_in_events(
    client: openai.OpenAI,
    server: Server,
    spans: Spans,
    logs: InMemoryLogRecordExporter,
    monkeypatch: pytest.MonkeyPatch,
    capture: str,
) -> None:
    monkeypatch.setenv(CAPTURE, capture)
    ask(client, server)
    (record,) = [found.log_record for found in logs.get_finished_logs()]
    span = spans.one()
    assert record.event_name == EVENT
    assert (record.trace_id, record.span_id) == (span.context.trace_id, span.context.span_id)
    attributes: Any = dict(record.attributes or {})
    assert attributes["gen_ai.input.messages"][0]["parts"][0]["content"] == "secret question"
    assert attributes["gen_ai.output.messages"][0]["parts"][0]["content"] == "secret answer"
    assert attributes["gen_ai.tool.definitions"][0]["name"] == "find"
    assert attributes["gen_ai.request.model"] == "m"
    assert attributes["gen_ai.response.id"] == "chatcmpl-1"
    assert attributes["gen_ai.usage.input_tokens"] == 20
    assert ("gen_ai.input.messages" in spans.attributes()) == (capture == "span_and_event")


def test_a_failed_call_has_an_event_too(
    client: openai.OpenAI, server: Server, spans: Spans, events: InMemoryLogRecordExporter
) -> None:
    server.reply({"error": {"message": "m"}}, status=500)
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="m", messages=ASKED)
    (record,) = [found.log_record for found in events.get_finished_logs()]
    attributes: Any = dict(record.attributes or {})
    assert attributes["error.type"] == "openai.InternalServerError"
    assert "gen_ai.input.messages" in attributes


@pytest.mark.parametrize("status", [200, 400])
def test_errors_of_models_quote_the_prompt(
    client: openai.OpenAI,
    server: Server,
    spans: Spans,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    monkeypatch.setenv(CAPTURE, "false")
    server.reply({"error": {"message": "no secret allowed", "code": "refused"}}, status=status)
    with contextlib.suppress(openai.BadRequestError):
        client.chat.completions.create(model="m", messages=ASKED)
    span = spans.one()
    assert "secret" not in span.to_json()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == ("refused" if status == 200 else "BadRequestError")
    assert spans.attributes()["error.type"]


def test_embeddings_have_no_event(
    client: openai.OpenAI, server: Server, spans: Spans, events: InMemoryLogRecordExporter
) -> None:
    server.reply({"object": "list", "model": "m", "data": [], "usage": {"prompt_tokens": 3}})
    client.embeddings.create(model="m", input="secret", encoding_format="float")
    assert "secret" not in spans.one().to_json()
    assert events.get_finished_logs() == ()


def test_with_mlflow_alone_the_event_is_whole(
    client: openai.OpenAI,
    server: Server,
    spans: Spans,
    logs: InMemoryLogRecordExporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(CAPTURE, "span_and_event")
    monkeypatch.setenv("SPANBRIDGE_SEMCONV", "mlflow")
    ask(client, server)
    (record,) = [found.log_record for found in logs.get_finished_logs()]
    assert "secret question" in str((record.attributes or {})["gen_ai.input.messages"])
    assert not {key for key in spans.attributes() if "messages" in key}


def test_each_value_passes_the_redaction_hook_once(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    tracing.configure(redact=lambda value, where: [where, value])
    ask(client, server)
    attributes = spans.attributes()
    for key in ("gen_ai.input.messages", "mlflow.chat.tools", "mlflow.spanInputs"):
        where, value = json.loads(attributes[key])
        assert isinstance(value, dict) or value[0] != where


def test_gen_ai_alone(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    settings.change(mlflow=False)
    ask_streaming(client, server)
    attributes = spans.attributes()
    assert not [key for key in attributes if key.startswith(("mlflow.", "input.", "output."))]
    assert "gen_ai.output.messages" in attributes
    assert spans.one().events == ()


def test_mlflow_alone(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    settings.change(gen_ai=False)
    ask(client, server)
    attributes = spans.attributes()
    assert not {key for key in attributes if "messages" in key or ".usage." in key}
    assert "gen_ai.provider.name" not in attributes
    assert attributes["mlflow.llm.provider"] == '"openai"'
    assert "secret answer" in attributes["mlflow.spanOutputs"]


def test_redaction(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    seen: set[str] = set()

    def redact(value: Any, where: str) -> Any:
        seen.add(where)
        return f"[{where}]"

    tracing.configure(redact=redact)
    ask(client, server)
    ask_streaming(client, server)
    for span in spans.all():
        assert "secret" not in span.to_json()
        assert "Hel" not in span.to_json()
        attributes = dict(span.attributes or {})
        assert attributes["gen_ai.input.messages"] == "[input_messages]"
        assert attributes["mlflow.spanOutputs"] == '"[outputs]"'
    assert {"inputs", "outputs", "chunk", "input_messages", "output_messages"} <= seen
    assert "tool_definitions" in seen


def test_redaction_that_fails_lets_nothing_out(
    client: openai.OpenAI, server: Server, spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    def redact(value: Any, where: str) -> Any:
        raise LookupError(value)

    tracing.configure(redact=redact)
    ask(client, server)
    ask_streaming(client, server)
    for span in spans.all():
        assert "secret" not in span.to_json()
        assert span.status.status_code is StatusCode.OK
    assert "secret" not in caplog.text


def test_nothing_is_recorded_while_tracing_is_off(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    tracing.disable()
    try:
        ask_streaming(client, server)
    finally:
        tracing.enable()
    assert spans.all() == []


def test_a_trace_that_is_not_sampled(
    client: openai.OpenAI,
    server: Server,
    spans: Spans,
    events: InMemoryLogRecordExporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = TracerProvider(sampler=ALWAYS_OFF)
    provider.add_span_processor(SimpleSpanProcessor(spans.exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    ask_streaming(client, server)
    assert spans.all() == []
    assert events.get_finished_logs() == ()


def test_a_fault_of_ours_is_told_once_and_costs_nothing(
    client: openai.OpenAI,
    server: Server,
    spans: Spans,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> Any:
        raise OSError("secret")

    monkeypatch.setattr("spanbridge.openai.messages.response_messages", broken)
    monkeypatch.setattr("spanbridge.telling._told", set())
    with caplog.at_level(logging.WARNING):
        ask(client, server)
        ask(client, server)
    assert len(spans.all()) == 2
    assert "mlflow.spanOutputs" in dict(spans.all()[0].attributes or {})
    (record,) = [found for found in caplog.records if "OSError" in found.getMessage()]
    assert "secret" not in record.getMessage()


@pytest.mark.parametrize(
    "place",
    [
        "spanbridge.openai.beginning.request_facts",
        "spanbridge.openai.beginning.server_of",
        "spanbridge.openai.beginning.start_call",
        "spanbridge.openai.call.response_facts",
        "spanbridge.openai.recorder.parsed",
        "spanbridge.openai.recorder.CompletionReducer.add",
        "spanbridge.openai.recorder.CompletionReducer.body",
        "spanbridge.openai.recorder.failure_of",
        "spanbridge.openai.patching.watch",
        "spanbridge.openai.call.message_attributes",
    ],
)
def test_no_fault_of_ours_reaches_the_application(
    client: openai.OpenAI,
    server: Server,
    spans: Spans,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise OSError

    monkeypatch.setattr(place, broken)
    server.chat_stream(*hello())
    stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    assert len(list(stream)) == 4
    with client.chat.completions.create(model="m", messages=ASKED, stream=True) as stream:
        next(stream)
    del stream
    # Without a span, or with one that has ended.
    started = 0 if place.startswith("spanbridge.openai.beginning.") else 2
    gc.collect()
    assert len(spans.all()) == started
