"""Contents in log events, from a process that has no LoggerProvider, to the service and back."""

from __future__ import annotations

import json

import pytest

from tests.support.programs import Document, Finished, Run, root, span, spans

VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture(scope="module")
def done(run: Run) -> Finished:
    return run("log_events", **{VARIABLE: "EVENT_ONLY"})


@pytest.fixture(scope="module")
def trace(done: Finished) -> Document:
    return done.traces[0]


def asked(of: Document) -> str:
    return json.dumps(of["input_messages"])


def answered(of: Document) -> str:
    return json.dumps(of["output_messages"])


def test_what_models_were_told_and_answered_is_in_the_document(trace: Document) -> None:
    plain, streamed = spans(trace, "chat gpt-fake")
    assert "a plain question" in asked(plain)
    assert "Hello from the fake model." in answered(plain)
    assert "a streamed question" in asked(streamed)
    assert "Hello from the fake model." in answered(streamed)
    home_made = span(trace, "home_made")
    assert "home made question" in asked(home_made)
    assert "home made answer" in answered(home_made)
    assert "in pieces" in json.dumps(span(trace, "streamed"))


def test_it_is_on_no_span(trace: Document) -> None:
    for one in trace["spans"]:
        on_span = json.dumps([one["attributes"], one["events"]])
        for said in ("question", "answer", "Hello", "pieces", "tell me"):
            assert said not in on_span, one["name"]


def test_what_is_no_inference_tells_nothing(trace: Document) -> None:
    assert "not on any wire" not in json.dumps(trace)
    assert root(trace)["input"] is None


def test_hooks_see_what_goes_into_events(trace: Document) -> None:
    masked = span(trace, "masked")
    assert "####" in asked(masked)
    assert "4095-2609" not in json.dumps(trace)
    assert masked["status"] == {"code": "ERROR", "message": "ValueError"}
    assert masked["error_type"] == "ValueError"


def test_they_are_sent_by_children_and_at_the_end(done: Finished) -> None:
    assert done.printed == {"status": 0, "grpc": False}
    _, *later = done.traces
    assert "asked in a child" in json.dumps(later)
    assert "asked at the end" in json.dumps(later)


@pytest.mark.slow
def test_on_both(run: Run) -> None:
    done = run("log_events", **{VARIABLE: "SPAN_AND_EVENT"})
    plain, _ = spans(done.traces[0], "chat gpt-fake")
    assert "a plain question" in json.dumps(plain["attributes"])
    assert "refused" in span(done.traces[0], "masked")["status"]["message"]
    assert "4095-2609" not in json.dumps(span(done.traces[0], "masked")["attributes"])
