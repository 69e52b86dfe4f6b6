"""Spans: their setters, their statuses, their ends, and what limits leave of them."""

from __future__ import annotations

import gc
import threading
import uuid
import weakref
from typing import Any

import pytest
from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler, SamplingResult
from opentelemetry.trace import StatusCode

import spanbridge
from spanbridge import SpanType
from spanbridge.entities import Link, SpanEvent, SpanStatus, SpanStatusCode
from tests.support.documents import START_NS
from tests.support.recorded import Recorded, recording, status


def test_what_is_set_is_read_and_written(recorded: Recorded) -> None:
    with spanbridge.start_span("work", SpanType.CHAIN, {"early": 1}) as span:
        span.set_inputs({"q": "?"})
        span.set_outputs(["a"])
        span.set_attribute("late", [1.5, 2.5])
        span.set_attributes({"flag": True, "nested": {"a": [1, None]}, "nothing": None})
        span.set_span_type("custom type")
        assert span.get_attribute("nested") == {"a": [1, None]}
        assert span.attributes["mlflow.spanInputs"] == span.inputs == {"q": "?"}
        assert span.outputs == span.get_attribute("mlflow.spanOutputs") == ["a"]
        assert (span.name, span.span_type, span.parent_id) == ("work", "custom type", None)
        assert (span.trace_id, span.span_id) == ("0" * 31 + "1", "0" * 15 + "1")
        assert span.end_time_ns is None
    assert span.end_time_ns is not None
    attributes = recorded.attributes()
    assert (recorded.inputs(), recorded.outputs()) == ({"q": "?"}, ["a"])
    assert attributes["late"] == (1.5, 2.5)
    assert (attributes["flag"], attributes["early"]) == (True, 1)
    assert attributes["nested"] == '{"a":[1,null]}'
    assert attributes["mlflow.spanType"] == '"custom type"'
    assert "nothing" not in attributes


def test_mlflows_own_keys_are_setters(recorded: Recorded) -> None:
    with spanbridge.start_span("work") as span:
        span.set_attribute("mlflow.spanType", "TOOL")
        span.set_attribute("mlflow.spanInputs", {"a": 1})
        span.set_attribute("mlflow.spanOutputs", "done")
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 4})
    assert recorded.json("mlflow.chat.tokenUsage") == {"input_tokens": 3, "output_tokens": 4}
    attributes = recorded.attributes()
    assert attributes["mlflow.spanType"] == '"TOOL"'
    assert attributes["gen_ai.tool.call.arguments"] == '{"a":1}'
    assert attributes["gen_ai.usage.output_tokens"] == 4


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("ERROR", ("ERROR", None)),
        ("error", ("ERROR", None)),
        (SpanStatusCode.OK, ("OK", None)),
        (SpanStatusCode.UNSET, ("UNSET", None)),
        (StatusCode.ERROR, ("ERROR", None)),
        (SpanStatus(SpanStatusCode.ERROR, "why"), ("ERROR", "why")),
        (SpanStatus(SpanStatusCode.OK, "why"), ("OK", None)),
        (None, ("OK", None)),
    ],
)
def test_statuses(recorded: Recorded, given: Any, written: tuple[str, str | None]) -> None:
    with spanbridge.start_span("set") as span:
        if given is not None:
            span.set_status(given)
    spanbridge.start_span_no_context("ended").end(status=given)
    for one in recorded.all():
        code, description = status(one)
        assert (code, description or None) == written


@pytest.mark.parametrize("wrong", ["FINE", 7, object()])
def test_there_are_three_statuses(
    recorded: Recorded, caplog: pytest.LogCaptureFixture, wrong: Any
) -> None:
    with spanbridge.start_span("work") as span:
        span.set_status(wrong)
        assert span.is_recording
    spanbridge.start_span_no_context("ended").end(status=wrong)
    assert caplog.text.count("there are UNSET, OK, ERROR") == 2
    assert [status(one)[0] for one in recorded.all()] == ["OK", "OK"]


def test_events_and_links(recorded: Recorded) -> None:
    link = Link("tr-" + "1" * 32, "2" * 16, {"why": {"a": 1}})
    with spanbridge.start_span("work", links=[link, Link("nonsense", "x")]) as span:
        span.add_event(SpanEvent("seen", START_NS, {"n": 1, "all": {"b": 2}}))
        span.add_event(SpanEvent("bare"))
        span.add_link(Link("3" * 32, "4" * 16))
        span.add_link(Link("0" * 32, "0" * 16))
        assert [event.name for event in span.events] == ["seen", "bare"]
    one = recorded.one()
    assert [event.name for event in one.events] == ["seen", "bare"]
    assert one.events[0].timestamp == START_NS
    assert dict(one.events[0].attributes or {}) == {"n": 1, "all": '{"b":2}'}
    assert [format(link.context.trace_id, "x") for link in one.links] == ["1" * 32, "3" * 32]
    assert dict(one.links[0].attributes or {}) == {"why": '{"a":1}'}


def test_odd_values_never_raise_and_cost_nothing_else(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    odd: Any = uuid.UUID(int=5)
    with spanbridge.start_span(odd, span_type=None) as span:  # type: ignore[arg-type]
        span.set_attribute(odd, odd)
        span.set_attributes(odd)
        span.set_attribute("half\ud800", "half\ud800")
        span.set_attribute("great", 2**70)
        span.set_attribute("greatest", 10**5000)
        span.add_event(SpanEvent(odd, odd, {odd: odd}))
        span.add_event(SpanEvent("late", 12.5, None))  # type: ignore[arg-type]
        span.add_link(Link(odd, odd))
        span.set_outputs(odd)
    attributes = recorded.attributes()
    assert recorded.one().name == str(odd)
    assert attributes["mlflow.spanType"] == '"UNKNOWN"'
    assert attributes[str(odd)] == f'"{odd}"'
    assert attributes["half\ufffd"] == "half\ufffd"
    assert (attributes["great"], attributes["greatest"]) == (str(2**70), "<int>")
    assert [event.name for event in recorded.one().events] == [str(odd), "late"]
    assert recorded.one().events[1].timestamp == 12
    assert recorded.outputs() == str(odd)
    assert "Attributes were left out: they are a mapping, not a UUID" in caplog.text


def test_times_can_be_given(recorded: Recorded) -> None:
    span = spanbridge.start_span_no_context("work", start_time_ns=START_NS)
    assert span.start_time_ns == START_NS
    span.end(end_time_ns=START_NS + 5)
    assert recorded.one().end_time == START_NS + 5
    # Seconds where nanoseconds are wanted are wrong, but no reason to lose a batch.
    spanbridge.start_span_no_context("odd", start_time_ns=1.5).end(end_time_ns=-1)  # type: ignore[arg-type]
    assert type(recorded.named("odd").start_time) is int
    assert (recorded.named("odd").end_time or 0) > START_NS / 2


def test_it_ends_once_and_is_not_changed_afterwards(recorded: Recorded) -> None:
    span = spanbridge.start_span_no_context("work", inputs="before")
    span.end("before", {"key": "before"}, "OK", START_NS)
    span.set_inputs("after")
    span.set_outputs("after")
    span.set_attributes({"key": "after"})
    span.set_span_type("after")
    span.set_status("ERROR")
    span.add_event(SpanEvent("after"))
    span.add_link(Link("1" * 32, "1" * 16))
    span.record_exception(ValueError("after"))
    span.end("after", {"key": "after"}, "ERROR")
    assert not span.is_recording
    assert "after" not in recorded.everything()
    assert status(recorded.one())[0] == "OK"


def test_it_ends_once_though_many_end_it(recorded: Recorded) -> None:
    hooked: list[str] = []
    with spanbridge.tracing.configure(span_processors=[lambda span: hooked.append(span.name)]):
        for number in range(50):
            span = spanbridge.start_span_no_context(f"s{number}")
            barrier = threading.Barrier(4)

            def end(span: spanbridge.entities.LiveSpan = span, barrier: Any = barrier) -> None:
                barrier.wait()
                span.end("done")

            threads = [threading.Thread(target=end) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert len(recorded.all()) == len(hooked) == 50
    assert all((s.attributes or {})["mlflow.spanOutputs"] == '"done"' for s in recorded.all())


def test_without_a_parent_named_the_current_one_is_it(recorded: Recorded) -> None:
    with spanbridge.start_span("root") as root:
        below = spanbridge.start_span_no_context("below")
        assert spanbridge.get_current_active_span() is root
        spanbridge.start_span_no_context("deeper", parent_span=below).end()
        below.end()
        spanbridge.start_span_no_context("late", parent_span=below).end()
    assert recorded.parents() == {"deeper": "below", "below": "root", "late": "below", "root": None}


def test_no_op_spans_take_everything_and_do_nothing(recorded: Recorded) -> None:
    with spanbridge.tracing.context(enabled=False), spanbridge.start_span("off") as span:
        span.set_inputs(1)
        span.set_attributes({"a": 1})
        span.add_event(SpanEvent("x"))
        span.end(outputs=2)
        below = spanbridge.start_span_no_context("below", parent_span=span)
    spanbridge.start_span_no_context("below too", parent_span=span).end()
    below.end()
    assert (span.inputs, span.outputs, span.is_recording) == (None, None, False)
    assert recorded.all() == []


def test_a_trace_that_is_not_sampled_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with recording(monkeypatch, sampler=ALWAYS_OFF) as recorded:
        with spanbridge.start_span("root") as root:
            assert not root.is_recording
            assert otel.get_current_span().get_span_context().is_valid
            spanbridge.trace(len)([])
            spanbridge.update_current_trace(tags={"a": "b"})
        assert recorded.all() == []


class Refuses(SpanProcessor):
    """A processor of the application that is broken."""

    def __init__(self, when: str) -> None:
        self.when = when

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if self.when == "start":
            raise RuntimeError("at the start")

    def on_end(self, span: ReadableSpan) -> None:
        if self.when == "end":
            raise RuntimeError("at the end")


class BrokenSampler(Sampler):
    def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
        raise RuntimeError("cannot decide")

    def get_description(self) -> str:
        return "broken"


@pytest.mark.parametrize(
    "broken",
    [
        {"processors": [Refuses("start")]},
        {"processors": [Refuses("end")]},
        {"sampler": BrokenSampler()},
    ],
)
def test_what_is_broken_in_the_application_breaks_no_call(
    monkeypatch: pytest.MonkeyPatch, broken: dict[str, Any]
) -> None:
    with recording(monkeypatch, **broken):
        assert spanbridge.trace(lambda x: x)(1) == 1
        with spanbridge.start_span("work") as span:
            span.set_inputs(1)


def test_small_limits_of_the_application_leave_what_matters(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limits = SpanLimits(max_span_attributes=16, max_events=2)
    with recording(monkeypatch, limits=limits) as recorded:
        with spanbridge.start_span("ask", SpanType.CHAT_MODEL) as span:
            span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 4})
            span.set_attribute("mlflow.llm.model", "m")
            spanbridge.update_current_trace(session_id="s", user="u", tags={"kind": "test"})
            for number in range(200):
                span.set_attribute(f"key{number}", number)
            span.set_inputs("in")
            span.set_outputs("out")
            for number in range(5):
                span.add_event(SpanEvent(f"event{number}"))
            span.record_exception(ValueError("bad"))
        attributes = recorded.attributes()
        assert (recorded.inputs(), recorded.outputs()) == ("in", "out")
        assert attributes["mlflow.spanType"] == '"CHAT_MODEL"'
        assert recorded.json("mlflow.chat.tokenUsage") == {"input_tokens": 3, "output_tokens": 4}
        assert attributes["gen_ai.usage.input_tokens"] == 3
        assert attributes["gen_ai.request.model"] == "m"
        assert (attributes["session.id"], attributes["user.id"]) == ("s", "u")
        assert attributes["mlflow.traceTag.kind"] == "test"
        assert recorded.one().events[-1].name == "exception"


def test_an_ended_trace_leaves_nothing_to_the_collector_of_cycles(recorded: Recorded) -> None:
    gc.disable()
    try:
        with spanbridge.start_span("root") as root, spanbridge.start_span("child") as child:
            spanbridge.update_current_trace(tags={"a": "b"})
        ended = [weakref.ref(root), weakref.ref(child), weakref.ref(root.trace_state)]
        del root, child
        assert [one() for one in ended] == [None, None, None]
    finally:
        gc.enable()
