"""Tags, metadata, sessions, users, previews, experiments and runs: said anywhere, on the wire."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any

import pytest
from opentelemetry import trace as otel

import spanbridge
from spanbridge import tracing
from spanbridge.exceptions import InvalidValueError
from spanbridge.integration import active
from tests.support.recorded import Recorded

REMOTE = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}


def tags(recorded: Recorded, name: str) -> dict[str, Any]:
    found = {
        key.removeprefix("mlflow.traceTag."): value
        for key, value in recorded.attributes(name).items()
        if key.startswith("mlflow.traceTag.")
    }
    found.pop("mlflow.traceName", None)
    return found


def metadata(recorded: Recorded, name: str) -> dict[str, Any]:
    prefix = "spanbridge.trace.metadata."
    return {
        key.removeprefix(prefix): value
        for key, value in recorded.attributes(name).items()
        if key.startswith(prefix)
    }


def test_said_deep_inside_it_is_on_the_root(recorded: Recorded) -> None:
    with spanbridge.start_span("root"):
        with spanbridge.start_span("inner"):
            spanbridge.update_current_trace(
                tags={"fruit": "apple", "n": 7, "at": uuid.UUID(int=1)},
                metadata={"build": 5, "mlflow.trace.session": "s-1", "mlflow.trace.user": "ada"},
                client_request_id="r-1",
                request_preview="asked",
                response_preview="answered",
                state="ERROR",
            )
        spanbridge.update_current_trace(tags={"fruit": "pear"})
    assert tags(recorded, "root") == {
        **{"fruit": "pear", "n": "7"},
        "at": "00000000-0000-0000-0000-000000000001",
    }
    assert metadata(recorded, "root") == {"build": "5"}
    attributes = recorded.attributes("root")
    assert attributes["mlflow.traceTag.mlflow.traceName"] == "root"
    assert attributes["spanbridge.trace.client_request_id"] == "r-1"
    assert attributes["spanbridge.trace.request_preview"] == "asked"
    assert attributes["spanbridge.trace.response_preview"] == "answered"
    assert attributes["spanbridge.trace.state"] == "ERROR"
    assert tags(recorded, "inner") == {}
    for name in ("root", "inner"):
        assert recorded.attributes(name)["session.id"] == "s-1"
        assert recorded.attributes(name)["gen_ai.conversation.id"] == "s-1"
        assert recorded.attributes(name)["user.id"] == "ada"


@pytest.mark.parametrize(
    ("session", "written"),
    [
        ("s", "s"),
        (["a", "b"], '["a","b"]'),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (7, "7"),
        ("half \ud800", "half \ufffd"),
    ],
)
def test_sessions_of_every_kind(recorded: Recorded, session: Any, written: str) -> None:
    with spanbridge.start_span("root"):
        spanbridge.update_current_trace(session_id=session, user=session)
    assert recorded.attributes()["session.id"] == written
    assert recorded.attributes()["user.id"] == written
    assert "mlflow.spanType" in recorded.attributes()


def test_said_after_the_root_has_ended_the_open_span_carries_it(recorded: Recorded) -> None:
    with spanbridge.start_span("root"):
        late = spanbridge.start_span_no_context("late")
    with active(late):
        spanbridge.update_current_trace(tags={"said": "late"})
    spanbridge.start_span_no_context("later", parent_span=late).end()
    late.end()
    spanbridge.start_span_no_context("last", parent_span=late, tags={"said": "last"}).end()
    assert tags(recorded, "root") == {}
    assert tags(recorded, "late") == {"said": "late"}
    assert tags(recorded, "last") == {"said": "last"}
    assert len({span.context.trace_id for span in recorded.all() if span.context}) == 1


def test_outside_of_spans_it_says_so_once(
    recorded: Recorded, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spanbridge.telling._told", set())
    spanbridge.update_current_trace(tags={"a": "b"})
    spanbridge.update_current_trace(tags={"a": "b"})
    assert [r.message for r in caplog.records] == [
        "update_current_trace did nothing: no span is open here"
    ]


def test_from_threads_at_once(recorded: Recorded) -> None:
    with spanbridge.start_span("root"):

        def say(number: int) -> None:
            with spanbridge.start_span(f"thread {number}"):
                for i in range(20):
                    spanbridge.update_current_trace(tags={f"{number}-{i}": "x"})

        threads = [
            threading.Thread(target=tracing.copy_context_to_thread(say), args=(number,))
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(tags(recorded, "root")) == 80
    assert {parent for _, parent in recorded.parents().items()} == {"root", None}


def test_what_is_said_while_the_root_ends_costs_it_nothing(recorded: Recorded) -> None:
    stop = threading.Event()
    spans = [spanbridge.start_span_no_context(f"root {n}") for n in range(100)]

    def say() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            for span in spans:
                span.trace_state.update(tags={str(number % 500): "x"})

    thread = threading.Thread(target=say)
    thread.start()
    for span in spans:
        span.end("out")
    stop.set()
    thread.join()
    assert all((s.attributes or {})["mlflow.spanOutputs"] == '"out"' for s in recorded.all())


def test_below_a_remote_parent(recorded: Recorded) -> None:
    with tracing.set_tracing_context_from_http_request_headers(REMOTE):
        for name in ("first", "second"):
            with spanbridge.start_span(name):
                spanbridge.update_current_trace(tags={"side": name}, session_id=name)
    for name in ("first", "second"):
        assert tags(recorded, name) == {"side": name}
        assert recorded.attributes(name)["session.id"] == name
        context = recorded.named(name).context
        assert context is not None
        assert format(context.trace_id, "x") == "a" * 32


def test_a_remote_trace_taken_up_inside_a_span_is_another(recorded: Recorded) -> None:
    with spanbridge.start_span("client"):
        with tracing.set_tracing_context_from_http_request_headers(REMOTE):
            assert spanbridge.get_current_active_span() is None
            spanbridge.update_current_trace(tags={"lost": "yes"})
            with spanbridge.start_span("server"):
                spanbridge.update_current_trace(tags={"side": "server"})
        spanbridge.update_current_trace(tags={"side": "client"})
    assert tags(recorded, "client") == {"side": "client"}
    assert tags(recorded, "server") == {"side": "server"}


def test_below_and_above_spans_of_other_instrumentations(recorded: Recorded) -> None:
    tracer = otel.get_tracer_provider().get_tracer("http")
    with tracer.start_as_current_span("GET /"), spanbridge.start_span("handler") as handler:
        with tracer.start_as_current_span("SELECT"), spanbridge.start_span("inner"):
            spanbridge.update_current_trace(tags={"from": "inner"})
        with tracer.start_as_current_span("SELECT 2"):
            assert spanbridge.get_current_active_span() is handler
    assert recorded.parents() == {
        "inner": "SELECT",
        "SELECT": "handler",
        "SELECT 2": "handler",
        "handler": "GET /",
        "GET /": None,
    }
    assert tags(recorded, "handler") == {"from": "inner"}
    assert tags(recorded, "inner") == {}


def test_contexts_nest(recorded: Recorded) -> None:
    with tracing.context(tags={"a": "1", "b": "1"}, metadata={"m": "1"}, session_id="s1", user="u"):
        with tracing.context(tags={"b": "2"}, session_id="s2"):
            with spanbridge.start_span("inner"):
                pass
            with tracing.context(enabled=False):
                spanbridge.trace(len)([])
                with tracing.context(enabled=True), spanbridge.start_span("again"):
                    pass
        with spanbridge.start_span("outer"):
            pass
    with spanbridge.start_span("outside"):
        pass
    assert tags(recorded, "inner") == tags(recorded, "again") == {"a": "1", "b": "2"}
    assert tags(recorded, "outer") == {"a": "1", "b": "1"}
    assert tags(recorded, "outside") == {}
    assert recorded.attributes("inner")["session.id"] == "s2"
    assert recorded.attributes("outer")["session.id"] == "s1"
    assert recorded.attributes("inner")["user.id"] == "u"
    assert "session.id" not in recorded.attributes("outside")
    assert "len" not in recorded.parents()


async def test_tasks_have_contexts_and_runs_of_their_own(recorded: Recorded) -> None:
    async def serve(user: str) -> None:
        with tracing.context(user=user), spanbridge.start_run(run_id=f"run of {user}", nested=True):
            await asyncio.sleep(0)
            with spanbridge.start_span(user):
                await asyncio.sleep(0)

    with spanbridge.start_run(run_id="around"):
        await asyncio.gather(serve("ada"), serve("bob"))
        with spanbridge.start_span("after"):
            pass
    for user in ("ada", "bob"):
        assert recorded.attributes(user)["user.id"] == user
        assert metadata(recorded, user) == {"mlflow.sourceRun": f"run of {user}"}
    assert metadata(recorded, "after") == {"mlflow.sourceRun": "around"}


def test_a_context_left_elsewhere_does_not_raise(recorded: Recorded) -> None:
    from contextvars import copy_context

    entered = tracing.context(user="ada")
    copy_context().run(entered.__enter__)
    entered.__exit__()


def test_runs(recorded: Recorded) -> None:
    assert spanbridge.active_run() is None
    with spanbridge.start_run(run_name="outer", tags={"t": 1}) as outer:
        assert spanbridge.active_run() is outer
        with pytest.raises(InvalidValueError, match="nest this one"):
            spanbridge.start_run()
        inner = spanbridge.start_run(run_id="r-2", nested=True)
        assert spanbridge.active_run() is inner
        spanbridge.trace(len)("in the inner run")
        spanbridge.end_run()
        spanbridge.trace(max)([1])
        spanbridge.start_run(run_id="never ended", nested=True)
    assert spanbridge.active_run() is None
    spanbridge.end_run()
    spanbridge.trace(min)([1])
    with spanbridge.start_span("named", run_id="r-3"):
        pass
    assert metadata(recorded, "len") == {"mlflow.sourceRun": "r-2"}
    assert metadata(recorded, "max") == {"mlflow.sourceRun": outer.info.run_id}
    assert tags(recorded, "max") == {"t": "1"}
    assert metadata(recorded, "min") == {}
    assert metadata(recorded, "named") == {"mlflow.sourceRun": "r-3"}
    assert (outer.info.run_name, inner.info.run_name) == ("outer", "r-2")


def test_runs_are_not_shared_with_other_threads(recorded: Recorded) -> None:
    with spanbridge.start_run():
        thread = threading.Thread(target=spanbridge.trace(len), args=("x",))
        thread.start()
        thread.join()
    assert metadata(recorded, "len") == {}


def test_experiments(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    spanbridge.trace(len)("none")
    assert spanbridge.set_experiment("shop").name == "shop"
    spanbridge.trace(max)([1])
    spanbridge.start_span_no_context("own", experiment_id="42").end()
    tracing.reset()
    monkeypatch.setenv("SPANBRIDGE_EXPERIMENT", "from the environment")
    spanbridge.trace(min)([1])
    experiments = [(s.attributes or {}).get("mlflow.experimentId") for s in recorded.all()]
    assert experiments == [None, "shop", "42", "from the environment"]
    for wrong in ({}, {"experiment_name": "a", "experiment_id": "b"}):
        with pytest.raises(InvalidValueError, match="exactly one"):
            spanbridge.set_experiment(**wrong)


def test_which_trace_was_the_last(recorded: Recorded) -> None:
    assert spanbridge.get_last_active_trace_id() is None
    with spanbridge.start_span("a") as a:
        assert spanbridge.get_active_trace_id() == a.trace_id
        assert spanbridge.get_last_active_trace_id() is None
    elsewhere: list[str | None] = []

    def other() -> None:
        spanbridge.trace(len)("b")
        elsewhere.append(spanbridge.get_last_active_trace_id(thread_local=True))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert spanbridge.get_last_active_trace_id(thread_local=True) == a.trace_id
    assert elsewhere == [spanbridge.get_last_active_trace_id()] != [a.trace_id]


def test_sampling_of_one_function(recorded: Recorded) -> None:
    never = spanbridge.trace(lambda: len_("x"), name="never", sampling_ratio_override=0)
    len_ = spanbridge.trace(len)
    always = spanbridge.trace(lambda: 1, name="always", sampling_ratio_override=1.0)
    assert never() == 1
    always()
    with spanbridge.start_span("root"):
        # What it says goes for traces that begin with it.
        never()
    names = [span.name for span in recorded.all()]
    assert names == ["always", "len", "never", "root"]
