"""Settings from the environment: what they take, and what happens if they are wrong."""

from __future__ import annotations

import pytest

import spanbridge
from spanbridge import settings, tracing
from spanbridge.exceptions import InvalidValueError
from spanbridge.settings import Settings, from_environment
from tests.support.recorded import Recorded

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


def test_without_variables() -> None:
    assert from_environment({}) == Settings()
    assert from_environment({CAPTURE: " ", "SPANBRIDGE_SEMCONV": ""}) == Settings()


@pytest.mark.parametrize(
    ("text", "gen_ai", "mlflow"),
    [
        ("gen_ai", True, False),
        ("mlflow", False, True),
        (" MLflow , GEN_AI ,", True, True),
    ],
)
def test_dialects(text: str, gen_ai: bool, mlflow: bool) -> None:
    found = from_environment({"SPANBRIDGE_SEMCONV": text})
    assert (found.gen_ai, found.mlflow) == (gen_ai, mlflow)


@pytest.mark.parametrize(
    ("text", "on_spans", "in_events"),
    [
        ("TRUE", True, False),
        ("span_only", True, False),
        ("EVENT_ONLY", False, True),
        ("Span_And_Event", True, True),
        ("False", False, False),
        ("NO_CONTENT", False, False),
    ],
)
def test_capture(text: str, on_spans: bool, in_events: bool) -> None:
    found = from_environment({CAPTURE: text})
    assert (found.content_on_spans, found.content_in_events) == (on_spans, in_events)


def test_chunks() -> None:
    assert from_environment({"SPANBRIDGE_MAX_CHUNK_EVENTS": " 0 "}).max_chunk_events == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (CAPTURE, "1"),
        (CAPTURE, "yes"),
        ("SPANBRIDGE_SEMCONV", "openinference"),
        ("SPANBRIDGE_SEMCONV", ","),
        ("SPANBRIDGE_MAX_CHUNK_EVENTS", "-1"),
        ("SPANBRIDGE_MAX_CHUNK_EVENTS", "many"),
        ("SPANBRIDGE_MAX_CHUNK_EVENTS", "9" * 5000),
    ],
)
def test_what_is_wrong_is_told_once_and_keeps_content_in(
    recorded: Recorded,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    value: str,
) -> None:
    monkeypatch.setenv(name, value)
    settings.restore(None)
    for _ in range(2):
        spanbridge.trace(lambda x: x)("private")
    assert "private" not in recorded.everything()
    [record] = caplog.records
    assert record.message.endswith("No content is recorded.")
    assert name in record.message


def test_configuring_until_it_is_left(recorded: Recorded) -> None:
    before = settings.current()
    with tracing.configure(semconv="gen_ai", max_chunk_events=1, redact=str):
        with tracing.configure(semconv="mlflow"):
            assert (settings.current().gen_ai, settings.current().mlflow) == (False, True)
            assert settings.current().max_chunk_events == 1
        assert settings.current().gen_ai
    assert settings.current() == before


def test_configuring_for_good(recorded: Recorded) -> None:
    tracing.configure(max_chunk_events=2)
    assert settings.current().max_chunk_events == 2
    tracing.reset()
    assert settings.current() == Settings()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("semconv", "none"),
        ("max_chunk_events", -1),
        ("redact", "no function"),
        ("redact", lambda value: value),
        ("span_processors", ["no function"]),
        ("span_processors", [lambda span, more: None]),
    ],
)
def test_what_cannot_be_configured(argument: str, value: object) -> None:
    before = settings.current()
    with pytest.raises(InvalidValueError):
        tracing.configure(**{argument: value})  # type: ignore[arg-type]
    assert settings.current() == before


def test_the_tracking_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    spanbridge.tracking.reset()
    assert spanbridge.get_tracking_uri() == "http://127.0.0.1:4318"
    monkeypatch.setenv("SPANBRIDGE_TRACKING_URI", "https://traces.example/base/ ")
    assert spanbridge.get_tracking_uri() == "https://traces.example/base"
    spanbridge.set_tracking_uri("http://[::1]:4318/")
    assert spanbridge.get_tracking_uri() == "http://[::1]:4318"
    spanbridge.tracking.reset()
    monkeypatch.setenv("SPANBRIDGE_TRACKING_URI", "localhost:4318")
    with pytest.raises(InvalidValueError, match="SPANBRIDGE_TRACKING_URI has the form http://127"):
        spanbridge.get_tracking_uri()


@pytest.mark.parametrize(
    "uri", ["", "databricks", "file:///x", "http://", "http://[::1", "sqlite:"]
)
def test_what_is_no_tracking_uri(uri: str) -> None:
    with pytest.raises(InvalidValueError, match="is no address of a service"):
        spanbridge.set_tracking_uri(uri)
