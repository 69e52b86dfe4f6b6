"""Where contents are not recorded, texts of exceptions are not either: they often quote them."""

from __future__ import annotations

from typing import Any

import pytest

import spanbridge
from spanbridge import settings
from spanbridge.entities import SpanEvent, SpanStatus, SpanStatusCode
from tests.support.recorded import Recorded, status

SECRET = "4095-2609"
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
TEXTS = "SPANBRIDGE_CAPTURE_EXCEPTION_TEXTS"


class RefusedError(Exception):
    pass


@spanbridge.trace
def fail() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise RefusedError(f"the model refused {SECRET}") from error


def failed(recorded: Recorded) -> dict[str, Any]:
    with pytest.raises(RefusedError):
        fail()
    [event] = recorded.one().events
    return dict(event.attributes or {})


def in_force(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.restore(None)


@pytest.mark.parametrize("capture", ["false", "NO_CONTENT", "EVENT_ONLY", "nonsense"])
def test_without_contents_the_type_and_the_place_are_left(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capture: str
) -> None:
    in_force(monkeypatch, **{CAPTURE: capture})
    event = failed(recorded)
    assert SECRET not in recorded.everything()
    assert status(recorded.one()) == ("ERROR", "RefusedError")
    assert event["exception.type"] == f"{__name__}.RefusedError"
    assert "exception.message" not in event
    # Causes first, as Python prints them.
    lines = [line for line in event["exception.stacktrace"].splitlines() if line[:1].strip()]
    assert lines == [
        *("Traceback (most recent call last):", "KeyError"),
        *("Traceback (most recent call last):", f"{__name__}.RefusedError"),
    ]
    assert "in fail" in event["exception.stacktrace"]


@pytest.mark.parametrize(
    ("capture", "texts", "told"),
    [
        *(("true", "", True), ("SPAN_AND_EVENT", "", True), ("false", "true", True)),
        *(("true", "false", False), ("EVENT_ONLY", " True ", True), ("false", "maybe", False)),
    ],
)
def test_a_variable_says_otherwise(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capture: str, texts: str, told: bool
) -> None:
    in_force(monkeypatch, **{CAPTURE: capture, TEXTS: texts})
    event = failed(recorded)
    assert (SECRET in recorded.everything()) == told
    assert ("exception.message" in event) == told


def test_what_the_application_says_itself(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(monkeypatch, **{CAPTURE: "false"})
    with spanbridge.start_span("work") as span:
        span.add_event(SpanEvent.from_exception(ValueError(SECRET)))
        span.set_attribute("exception.message", SECRET)
        span.record_exception(SECRET)
    assert SECRET not in recorded.everything()
    spanbridge.start_span_no_context("own words").end(
        status=SpanStatus(SpanStatusCode.ERROR, "own words")
    )
    assert status(recorded.named("own words")) == ("ERROR", "own words")


def test_a_circle_of_causes_ends(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(monkeypatch, **{CAPTURE: "false"})
    one, other = ValueError(SECRET), ValueError(SECRET)
    one.__cause__, other.__cause__ = other, one
    with spanbridge.start_span("work") as span:
        span.record_exception(one)
    assert str(dict(recorded.one().events[0].attributes or {})).count("ValueError") == 3
