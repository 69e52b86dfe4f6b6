"""Span processors: what they may change, and what leaves when one fails."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import spanbridge
from spanbridge import SpanType
from spanbridge.entities import Link, LiveSpan, SpanEvent
from spanbridge.settings import WITHHELD
from tests.support.recorded import Recorded, status

SECRET = "4095-2609"


def say_everywhere(span: LiveSpan) -> None:
    """The secret in every place of a span and of its trace."""
    span.set_inputs(SECRET)
    span.set_outputs([SECRET])
    span.set_attributes({"note": SECRET, "number": 40952609, "numbers": [4095, 2609]})
    span.add_event(SpanEvent(SECRET, attributes={"what": SECRET, "number": 40952609}))
    span.add_link(Link("1" * 32, "2" * 16, {"why": SECRET}))
    span.record_exception(ValueError(SECRET))
    spanbridge.update_current_trace(
        tags={"of": SECRET},
        metadata={"of": SECRET},
        user=SECRET,
        session_id=SECRET,
        client_request_id=SECRET,
        request_preview=SECRET,
        response_preview=SECRET,
    )


def fail(span: LiveSpan) -> None:
    raise LookupError(str(span.inputs))


def interrupt(span: LiveSpan) -> None:
    raise KeyboardInterrupt


def test_when_one_fails_nothing_leaves(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    spanbridge.set_experiment("grouped")
    with (
        spanbridge.tracing.configure(span_processors=[fail]),
        spanbridge.start_span("root", SpanType.AGENT, links=[Link("3" * 32, "4" * 16)]) as span,
    ):
        say_everywhere(span)
    written = recorded.everything() + caplog.text
    assert SECRET not in written
    assert "40952609" not in written
    assert "4095" not in written
    attributes = recorded.attributes()
    assert attributes["note"] == attributes["numbers"] == WITHHELD
    assert attributes["mlflow.experimentId"] == "grouped"
    assert attributes["mlflow.spanType"] == '"AGENT"'
    assert attributes["error.type"] == "ValueError"
    assert status(recorded.one()) == ("ERROR", WITHHELD)
    assert not {"session.id", "user.id", "gen_ai.conversation.id"} & attributes.keys()
    assert [event.name for event in recorded.one().events] == [WITHHELD, "exception"]
    assert len(recorded.one().links) == 2


def test_when_one_is_interrupted_nothing_leaves_either(recorded: Recorded) -> None:
    with (
        spanbridge.tracing.configure(span_processors=[interrupt]),
        pytest.raises(KeyboardInterrupt),
        spanbridge.start_span("root") as span,
    ):
        say_everywhere(span)
    assert SECRET not in recorded.everything()


def test_after_one_has_failed_the_others_still_run(recorded: Recorded) -> None:
    with spanbridge.tracing.configure(
        span_processors=[fail, lambda span: span.set_attribute("seen", True)]
    ):
        spanbridge.trace(len)(SECRET)
    assert recorded.attributes()["seen"] is True
    assert SECRET not in recorded.everything()


def test_a_child_that_fails_to_be_hidden_costs_the_trace_its_previews_only(
    recorded: Recorded,
) -> None:
    def fails_below(span: LiveSpan) -> None:
        if span.name == "child":
            raise LookupError

    with (
        spanbridge.tracing.configure(span_processors=[fails_below]),
        spanbridge.start_span("root"),
    ):
        spanbridge.update_current_trace(tags={"a": "b"}, user="ann", request_preview=SECRET)
        with spanbridge.start_span("child"):
            pass
    assert SECRET not in recorded.everything()
    assert recorded.attributes("root")["mlflow.traceTag.a"] == "b"
    assert recorded.attributes("root")["user.id"] == "ann"
    assert "user.id" not in recorded.attributes("child")


def test_events_and_texts_of_exceptions_can_be_changed(recorded: Recorded) -> None:
    def hide(span: LiveSpan) -> None:
        for event in span.events:
            event.attributes["text"] = "a copy"  # type: ignore[index]
        span.set_events(
            SpanEvent(
                event.name.replace(SECRET, "####"),
                event.timestamp,
                {key: str(text).replace(SECRET, "####") for key, text in event.attributes.items()},
            )
            for event in span.events
        )

    with (
        spanbridge.tracing.configure(span_processors=[hide]),
        spanbridge.start_span("root") as span,
    ):
        span.add_event(SpanEvent(f"about {SECRET}", 7, {"what": SECRET}))
        span.record_exception(ValueError(f"no {SECRET}"))
    assert SECRET not in recorded.everything()
    first, second = recorded.one().events
    assert (first.name, first.timestamp, dict(first.attributes or {})) == (
        *("about ####", 7),
        {"what": "####"},
    )
    assert (second.attributes or {})["exception.message"] == "no ####"
    assert "ValueError: no ####" in str((second.attributes or {})["exception.stacktrace"])
    assert status(recorded.one()) == ("ERROR", "ValueError: no ####")


def test_who_changes_the_message_alone_has_hidden_the_trace_and_the_status(
    recorded: Recorded,
) -> None:
    def hide(span: LiveSpan) -> None:
        span.set_events(
            SpanEvent(e.name, e.timestamp, {**e.attributes, "exception.message": "####"})
            for e in span.events
        )

    with (
        spanbridge.tracing.configure(span_processors=[hide]),
        pytest.raises(ValueError, match=SECRET),
        spanbridge.start_span("root"),
    ):
        raise ValueError(SECRET)
    assert SECRET not in recorded.everything()
    assert status(recorded.one()) == ("ERROR", "ValueError: ####")


def test_who_changes_the_status_has_hidden_the_exception(recorded: Recorded) -> None:
    def hide(span: LiveSpan) -> None:
        span.set_status(spanbridge.entities.SpanStatus("ERROR", "####"))  # type: ignore[arg-type]

    with (
        spanbridge.tracing.configure(span_processors=[hide]),
        pytest.raises(ValueError, match=SECRET),
        spanbridge.start_span("root"),
    ):
        raise ValueError(SECRET)
    assert SECRET not in recorded.everything()
    assert status(recorded.one()) == ("ERROR", "####")
    assert [event.name for event in recorded.one().events] == ["exception"]


def test_who_takes_the_events_away_has_hidden_the_exception(recorded: Recorded) -> None:
    with (
        spanbridge.tracing.configure(span_processors=[lambda span: span.set_events([])]),
        pytest.raises(ValueError, match=SECRET),
        spanbridge.start_span("root"),
    ):
        raise ValueError(SECRET)
    assert SECRET not in recorded.everything()
    assert status(recorded.one()) == ("ERROR", "ValueError")


def test_events_that_are_none_leave_nothing_behind(recorded: Recorded) -> None:
    def breaks(span: LiveSpan) -> None:
        span.set_events(["not an event"])  # type: ignore[list-item]

    with (
        spanbridge.tracing.configure(span_processors=[breaks]),
        spanbridge.start_span("root") as span,
    ):
        span.add_event(SpanEvent(SECRET))
    assert recorded.one().events == ()


def test_what_restates_changed_inputs_goes_with_them(recorded: Recorded) -> None:
    keys = ("gen_ai.input.messages", "gen_ai.prompt.0.content", "input.value")

    def hide(span: LiveSpan) -> None:
        span.set_inputs("####")
        span.set_attribute("gen_ai.output.messages", "mine")

    with (
        spanbridge.tracing.configure(span_processors=[hide]),
        spanbridge.start_span("root", SpanType.CHAT_MODEL) as span,
    ):
        span.set_inputs(SECRET)
        span.set_attributes(dict.fromkeys(keys, SECRET))
    assert SECRET not in recorded.everything()
    assert recorded.attributes()["gen_ai.output.messages"] == "mine"


def test_what_a_processor_does_is_not_recorded(recorded: Recorded) -> None:
    @spanbridge.trace
    def ask_a_model(text: str) -> str:
        return text.replace(SECRET, "####")

    def hide(span: LiveSpan) -> None:
        with spanbridge.start_span("inner") as inner:
            inner.set_inputs(span.inputs)
        spanbridge.start_span_no_context("other").end()
        span.set_inputs(ask_a_model(span.inputs))

    def redact(value: Any, where: str) -> Any:
        return ask_a_model(value)

    with spanbridge.tracing.configure(span_processors=[hide]), spanbridge.start_span("a") as span:
        span.set_inputs(SECRET)
    with spanbridge.tracing.configure(redact=redact), spanbridge.start_span("b") as span:
        span.set_inputs(SECRET)
    assert [span.name for span in recorded.all()] == ["a", "b"]
    assert recorded.inputs("a") == recorded.inputs("b") == "####"
    assert spanbridge.tracing.is_enabled()


def test_what_other_threads_say_meanwhile_is_not_recorded(recorded: Recorded) -> None:
    inside, said = threading.Event(), threading.Event()

    def wait(span: LiveSpan) -> None:
        span.set_inputs("hidden")
        inside.set()
        assert said.wait(20)

    def say(span: LiveSpan) -> None:
        assert inside.wait(20)
        span.set_inputs(SECRET)
        span.set_attribute("note", SECRET)
        span.add_event(SpanEvent(SECRET))
        said.set()

    with spanbridge.tracing.configure(span_processors=[wait]):
        span = spanbridge.start_span_no_context("root")
        other = threading.Thread(target=say, args=(span,))
        other.start()
        span.end()
        other.join()
    assert recorded.inputs() == "hidden"
    assert SECRET not in recorded.everything()


def test_session_and_user_pass_the_redaction_hook(recorded: Recorded) -> None:
    def hash_users(value: Any, where: str) -> Any:
        if where == "user":
            return f"user {len(value)}"
        if where in ("session_id", "client_request_id"):
            raise LookupError(value)
        return value

    with spanbridge.tracing.configure(redact=hash_users), spanbridge.start_span("root"):
        spanbridge.update_current_trace(
            user=SECRET, session_id=SECRET, metadata={"a": 1}, client_request_id=SECRET
        )
    assert recorded.attributes()["user.id"] == "user 9"
    assert "session.id" not in recorded.attributes()
    assert SECRET not in recorded.everything()
