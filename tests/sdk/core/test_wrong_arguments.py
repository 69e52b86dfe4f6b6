"""Wrong arguments of calls that record: told once, left out, and the application goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import spanbridge
from spanbridge import tracing
from spanbridge.entities import Link
from spanbridge.exceptions import InvalidValueError
from tests.support.recorded import Recorded

span: Any = spanbridge.start_span
no_context: Any = spanbridge.start_span_no_context
update: Any = spanbridge.update_current_trace
run: Any = spanbridge.start_run
around: Any = tracing.context


@pytest.fixture(autouse=True)
def _nothing_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanbridge.telling._told", set())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: update(tags=["a"]), "tags is left out: it is a mapping by key, not list"),
        (lambda: update(metadata="a"), "metadata is left out"),
        (lambda: update(state="FINE"), "a trace cannot be 'FINE'"),
        (lambda: update(state=["OK"]), "a trace cannot be"),
        (lambda: span("in", log_level="LOUD").__enter__(), "'LOUD' is none of DEBUG, INFO"),
        (lambda: span("in", log_level=7).__enter__(), "7 is none of DEBUG"),
        (lambda: span("in", trace_destination="x").__enter__(), "str names no experiment"),
        (lambda: no_context("in", parent_span="root"), "parent_span is left out"),
        (lambda: no_context("in", tags=["a"]), "tags is left out"),
        (lambda: no_context("in", metadata=7), "metadata is left out"),
        (lambda: around(tags=["a"]).__enter__(), "tags is left out"),
        (lambda: around(metadata=7).__enter__(), "metadata is left out"),
        (lambda: run(tags=["a"]), "tags is left out"),
        (lambda: tracing.set_span_chat_tools(None, [{"a": 1}]), "a tool is left out"),  # type: ignore[arg-type]
        (lambda: spanbridge.trace(len, log_level="LOUD")(""), "'LOUD' is none of"),
        (lambda: spanbridge.trace(len, attributes=["a"])(""), "attributes is left out"),  # type: ignore[arg-type]
        (lambda: spanbridge.add_trace("trace"), "add_trace added nothing"),  # type: ignore[arg-type]
        (lambda: spanbridge.add_trace({"info": 7}), "add_trace added nothing"),
        (lambda: spanbridge.log_trace(attributes=7), "attributes is left out"),  # type: ignore[arg-type]
    ],
)
def test_it_is_told_once_and_the_rest_is_recorded(
    recorded: Recorded,
    caplog: pytest.LogCaptureFixture,
    wrong: Callable[[], object],
    told: str,
) -> None:
    with spanbridge.start_span("root"):
        update(tags={"kept": "yes"})
        for _ in range(2):
            left = wrong()
            if isinstance(left, spanbridge.entities.LiveSpan):
                left.end()
            spanbridge.end_run()
    messages = [record.message for record in caplog.records]
    assert len([message for message in messages if told in message]) == 1, messages
    assert recorded.attributes("root")["mlflow.traceTag.kept"] == "yes"
    tracing.reset()


@pytest.mark.parametrize("links", ["x", [7], [None, Link("1" * 32, "2" * 16)], 7])
def test_links_that_are_none_cost_no_span(recorded: Recorded, links: Any) -> None:
    with spanbridge.start_span("linked", links=links) as linked:
        assert linked.is_recording
    no_context("other", links=links).end()
    assert {one.name for one in recorded.all()} == {"linked", "other"}


@pytest.mark.parametrize("start_time_ms", ["yesterday", -1, [], float("nan"), 10**30])
def test_times_that_are_none_are_now(recorded: Recorded, start_time_ms: Any) -> None:
    spanbridge.log_trace("a", start_time_ms=start_time_ms, execution_time_ms="long")  # type: ignore[arg-type]
    assert recorded.one().name == "a"


def test_tools_that_are_known_stay(recorded: Recorded) -> None:
    good = {"type": "function", "function": {"name": "f"}}
    with spanbridge.start_span("chat") as chat:
        tracing.set_span_chat_tools(chat, [good, {"name": "g"}])
    assert recorded.json("mlflow.chat.tools") == [good]


def test_headers_that_are_none_begin_no_trace(recorded: Recorded) -> None:
    wrong: Any
    for wrong in (None, "traceparent", [("traceparent", "x")], 7):
        with (
            tracing.set_tracing_context_from_http_request_headers(wrong),
            spanbridge.start_span("received") as received,
        ):
            assert received.parent_id is None


@pytest.mark.parametrize("wrong", ["shop", None, 7, object()])
def test_a_destination_that_is_none_is_refused_when_it_is_set(wrong: Any) -> None:
    with pytest.raises(InvalidValueError, match="MlflowExperimentLocation"):
        tracing.set_destination(wrong)


@pytest.mark.parametrize("wrong", ["", None, 7])
def test_an_experiment_is_a_name(wrong: Any) -> None:
    for ask in (
        spanbridge.get_experiment,
        spanbridge.get_experiment_by_name,
        spanbridge.create_experiment,
        spanbridge.MlflowClient().get_experiment,
    ):
        with pytest.raises(InvalidValueError, match="a name that is not empty"):
            ask(wrong)
