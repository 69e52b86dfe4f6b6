"""The log events of spans of models, and the queue in front of their exporter."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

import spanbridge
from spanbridge import SpanType, logger_provider, otlp, settings
from spanbridge.content_events import EVENT
from spanbridge.entities import LiveSpan
from spanbridge.outbox import QueueLimits
from spanbridge.own_logger_provider import LogQueue, OwnLoggerProvider, exporter_maker
from tests.support.recorded import Recorded

SAID = [{"role": "user", "content": "secret"}]


class Refusing(LogRecordProcessor):
    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        raise OSError

    def shutdown(self) -> None: ...

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoggerProvider]:
    """A logger provider of the application, and contents wanted in events."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "EVENT_ONLY")
    settings.restore(None)
    made = LoggerProvider(shutdown_on_exit=False)
    monkeypatch.setattr("opentelemetry._logs._internal._LOGGER_PROVIDER", made)
    yield made
    made.shutdown()


@pytest.fixture
def logs(provider: LoggerProvider) -> InMemoryLogRecordExporter:
    exporter = InMemoryLogRecordExporter()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    return exporter


def events(logs: InMemoryLogRecordExporter) -> list[dict[str, Any]]:
    assert {one.log_record.event_name for one in logs.get_finished_logs()} <= {EVENT}
    return [dict(one.log_record.attributes or {}) for one in logs.get_finished_logs()]


def ask() -> None:
    spanbridge.trace(lambda messages: "an answer", span_type=SpanType.CHAT_MODEL)(SAID)


def test_what_cannot_be_read_as_messages_is_there_as_it_is(
    recorded: Recorded, logs: InMemoryLogRecordExporter
) -> None:
    with spanbridge.start_span("odd", SpanType.LLM) as span:
        span.set_inputs({"never": {"heard": "of"}})
        span.set_attribute("gen_ai.request.model", "m")
    [event] = events(logs)
    assert event == {"gen_ai.request.model": "m", "input.value": '{"never":{"heard":"of"}}'}
    assert "heard" not in recorded.everything()


def test_spans_of_another_type_have_none(
    recorded: Recorded, logs: InMemoryLogRecordExporter
) -> None:
    for span_type in (SpanType.TOOL, SpanType.RETRIEVER, SpanType.EMBEDDING, "MINE"):
        spanbridge.trace(lambda text: text, span_type=span_type)("secret")
    assert events(logs) == []
    assert "secret" not in recorded.everything()
    assert len(recorded.all()) == 4


def test_a_hook_that_fails_keeps_it_out_of_events_too(
    recorded: Recorded, logs: InMemoryLogRecordExporter
) -> None:
    def fail(span: LiveSpan) -> None:
        raise LookupError

    with spanbridge.tracing.configure(span_processors=[fail]):
        ask()
    assert "secret" not in str(events(logs)) + recorded.everything()
    assert len(events(logs)) == 1


def test_a_log_processor_that_fails_costs_the_span_nothing(
    recorded: Recorded, provider: LoggerProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.add_log_record_processor(Refusing())
    ask()
    assert recorded.attributes()["mlflow.spanType"] == '"CHAT_MODEL"'
    assert "has no log event: OSError" in caplog.text
    assert "secret" not in caplog.text


def test_a_provider_that_is_set_later_is_used(
    recorded: Recorded, logs: InMemoryLogRecordExporter, provider: LoggerProvider
) -> None:
    assert logger_provider.logger() is logger_provider.logger()
    ask()
    assert len(events(logs)) == 1


def test_an_exporter_that_hangs_makes_nobody_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    class Hanging:
        def export(self, batch: Any) -> Any:
            free.wait(20)

        def shutdown(self) -> None: ...

    own = OwnLoggerProvider({"OTEL_LOGS_EXPORTER": "none"}, None)
    queue = LogQueue(Hanging, QueueLimits(max_queue_size=100, max_export_batch_size=1))
    own._provider.add_log_record_processor(queue)
    begun = time.monotonic()
    for _ in range(1000):
        own.get_logger("x").emit(attributes={"said": {"deep": ["x" * 1000]}})
    assert len(queue._waiting) <= 100
    assert queue._bytes >= 90 * 1000
    assert not queue.force_flush(50)
    queue.shutdown(50)
    assert time.monotonic() - begun < 10
    free.set()


def test_where_events_go(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("SPANBRIDGE_TRACKING_URI", "http://127.0.0.1:1")
    spanbridge.tracing.reset()
    exporter = otlp.OTLPExporter("http/protobuf", otlp.LOGS)
    assert exporter._endpoint_now() == "http://127.0.0.1:1/v1/logs"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://127.0.0.1:2/logs")
    assert exporter._endpoint_now() is None
    assert exporter._inner_now()._endpoint == "http://127.0.0.1:2/logs"
    exporter.shutdown()
    assert exporter_maker({"OTEL_LOGS_EXPORTER": "none"}) is None
    assert caplog.text == ""
    assert exporter_maker({"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "smoke"}) is None
    assert "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL takes http/protobuf or grpc" in caplog.text
    assert exporter_maker({"OTEL_LOGS_EXPORTER": "kafka"}) is None
    assert "set up a LoggerProvider" in caplog.text
