"""The span exporter: real spans of the OpenTelemetry SDK, through real exporters."""

from __future__ import annotations

import json
import logging
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from spanbridge.export import DialectSpanExporter
from tests.support.command import serving

MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "Say hello."}]}]
CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-x",
    "gen_ai.usage.input_tokens": 57,
    "gen_ai.usage.output_tokens": 17,
    "gen_ai.input.messages": json.dumps(MESSAGES),
    "shop.customer": "c-1",
}
AGENT = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "guide",
    "gen_ai.usage.input_tokens": 57,
    "gen_ai.usage.output_tokens": 17,
}


def recorded(to: str, **limits: Any) -> tuple[TracerProvider, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(span_limits=SpanLimits(**limits) if limits else None)
    provider.add_span_processor(SimpleSpanProcessor(DialectSpanExporter(exporter, to=to)))
    return provider, exporter


def test_attributes_are_translated_and_the_rest_stays() -> None:
    provider, exporter = recorded("openinference")
    link = Link(SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1)), {"why": "because"})
    tracer = provider.get_tracer("shop", "1.2")
    with tracer.start_as_current_span(
        "chat gpt-x", kind=SpanKind.CLIENT, attributes=CALL, links=[link]
    ) as span:
        span.add_event("cache missed", {"key": "k"})
        span.set_status(Status(StatusCode.ERROR, "no"))
    [exported] = exporter.get_finished_spans()
    own = dict(exported.attributes or {})
    assert own["openinference.span.kind"] == "LLM"
    assert own["llm.provider"] == "openai"
    assert own["llm.token_count.prompt"] == 57
    assert own["llm.input_messages.0.message.content"] == "Say hello."
    assert own["shop.customer"] == "c-1"
    assert not {key for key in own if key.startswith("gen_ai.usage.")}
    assert exported.get_span_context() == span.get_span_context()
    assert (exported.name, exported.kind) == ("chat gpt-x", SpanKind.CLIENT)
    assert exported.status.description == "no"
    assert [event.name for event in exported.events] == ["cache missed"]
    assert list(exported.links) == [link]
    assert exported.instrumentation_scope is not None
    assert exported.instrumentation_scope.version == "1.2"
    assert exported.resource == provider.resource
    assert exported.to_json()


def test_spans_without_genai_are_handed_on_as_they_are() -> None:
    provider, exporter = recorded("mlflow")
    with provider.get_tracer("shop").start_as_current_span("GET /", attributes={"http.route": "/"}):
        pass
    [exported] = exporter.get_finished_spans()
    assert dict(exported.attributes or {}) == {"http.route": "/"}


def test_usage_of_a_parent_is_not_repeated_across_batches() -> None:
    provider, exporter = recorded("openinference")
    tracer = provider.get_tracer("shop")
    # Each span is a batch of its own: the processor exports at the end of each.
    with (
        tracer.start_as_current_span("invoke_agent guide", attributes=AGENT),
        tracer.start_as_current_span("chat gpt-x", attributes=CALL),
    ):
        pass
    exported = [dict(span.attributes or {}) for span in exporter.get_finished_spans()]
    assert [own.get("llm.token_count.prompt") for own in exported] == [57, None]


def test_what_the_sdk_dropped_stays_known() -> None:
    provider, exporter = recorded("otel", max_span_attributes=3, max_events=1, max_links=1)
    with provider.get_tracer("shop").start_as_current_span("agent run", attributes=CALL) as span:
        span.add_event("a")
        span.add_event("b")
        span.set_attribute("gen_ai.system", "openai")
    [exported] = exporter.get_finished_spans()
    assert exported.dropped_attributes == 5
    assert exported.dropped_events == 1
    assert exported.dropped_links == 0
    assert dict(exported.attributes or {})["gen_ai.provider.name"] == "openai"


class Unreadable(ReadableSpan):
    """A span that cannot even be looked at."""

    @property
    def events(self) -> Sequence[Event]:
        raise RuntimeError("broken")


def test_a_span_that_cannot_be_translated_is_exported_as_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    exporter = InMemorySpanExporter()
    span = Unreadable("chat", context=SpanContext(1, 2, is_remote=False))
    with caplog.at_level(logging.WARNING, "spanbridge"):
        assert DialectSpanExporter(exporter).export([span]) is SpanExportResult.SUCCESS
    assert exporter.get_finished_spans() == (span,)
    assert "untranslated" in caplog.text


def test_results_flushes_and_shutdowns_are_the_other_exporters() -> None:
    class Refusing(SpanExporter):
        closed = False

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return SpanExportResult.FAILURE

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return timeout_millis == 7

        def shutdown(self) -> None:
            self.closed = True

    inner = Refusing()
    outer = DialectSpanExporter(inner, to="otel")
    assert outer.export([]) is SpanExportResult.FAILURE
    assert outer.force_flush(7)
    assert not outer.force_flush(8)
    outer.shutdown()
    assert inner.closed


def test_an_unknown_dialect_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="there are otel, openinference, mlflow"):
        DialectSpanExporter(InMemorySpanExporter(), to="phoenix")


@pytest.mark.slow
def test_a_running_service_reads_what_was_exported(empty_store: Path) -> None:
    with serving(empty_store) as (_, info):
        base = f"http://{info.http}"
        provider = TracerProvider()
        exporter = DialectSpanExporter(OTLPSpanExporter(f"{base}/v1/traces"), to="mlflow")
        provider.add_span_processor(BatchSpanProcessor(exporter))
        tracer = provider.get_tracer("shop")
        with (
            tracer.start_as_current_span("invoke_agent guide", attributes=AGENT) as root,
            tracer.start_as_current_span("chat gpt-x", attributes=CALL),
        ):
            pass
        assert provider.force_flush()
        provider.shutdown()
        trace_id = f"{root.get_span_context().trace_id:032x}"
        with urllib.request.urlopen(f"{base}/api/traces/{trace_id}", timeout=20) as answer:
            document = json.load(answer)
    assert document["usage"]["input_tokens"] == 57
    assert document["model_calls"] == 1
    spans = {span["name"]: span for span in document["spans"]}
    assert spans["chat gpt-x"]["dialect"] == "mlflow"
    assert spans["chat gpt-x"]["input_messages"] == MESSAGES
    assert spans["invoke_agent guide"]["usage"] is None
