"""Runs and contexts: each is left without touching the other, in whatever order."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import spanbridge
from spanbridge import tracing
from spanbridge.entities.run import RunStatus
from spanbridge.exceptions import InvalidValueError
from tests.support.recorded import Recorded

METADATA = "spanbridge.trace.metadata."


def run_of(recorded: Recorded, name: str) -> Any:
    return recorded.attributes(name).get(f"{METADATA}mlflow.sourceRun")


def tag(recorded: Recorded, name: str, key: str) -> Any:
    return recorded.attributes(name).get(f"mlflow.traceTag.{key}")


def traced(name: str) -> None:
    with spanbridge.start_span(name):
        pass


def test_a_run_that_was_opened_in_a_context_ends_outside_of_it(recorded: Recorded) -> None:
    with tracing.context(tags={"in": "context"}, user="ada"):
        spanbridge.start_run("r-1")
        traced("both")
    traced("only the run")
    spanbridge.end_run()
    traced("neither")
    assert (run_of(recorded, "both"), tag(recorded, "both", "in")) == ("r-1", "context")
    assert run_of(recorded, "only the run") == "r-1"
    assert tag(recorded, "only the run", "in") is None
    assert "user.id" not in recorded.attributes("only the run")
    assert run_of(recorded, "neither") is None


def test_a_context_outlives_the_run_it_was_entered_in(recorded: Recorded) -> None:
    inside = tracing.context(tags={"in": "context"}, enabled=True)
    with spanbridge.start_run("r-1", tags={"of": "run", "in": "run"}):
        inside.__enter__()
        traced("both")
    traced("only the context")
    inside.__exit__(None, None, None)
    traced("neither")
    assert (tag(recorded, "both", "of"), tag(recorded, "both", "in")) == ("run", "context")
    assert run_of(recorded, "only the context") is None
    assert tag(recorded, "only the context", "in") == "context"
    assert tag(recorded, "neither", "in") is None


def test_contexts_are_left_in_any_order(recorded: Recorded) -> None:
    first, second = tracing.context(tags={"a": "1", "c": "1"}), tracing.context(tags={"b": "2"})
    third = tracing.context(tags={"c": "3"}, user="ada")
    for one in (first, second, third):
        one.__enter__()
    second.__exit__()
    traced("without the second")
    first.__exit__()
    traced("the third")
    third.__exit__()
    traced("none")
    third.__exit__()

    def tags(name: str) -> list[Any]:
        return [tag(recorded, name, key) for key in "abc"]

    assert tags("without the second") == ["1", None, "3"]
    assert tags("the third") == [None, None, "3"]
    assert recorded.attributes("the third")["user.id"] == "ada"
    assert tags("none") == [None, None, None]


def test_a_generator_that_stops_within_a_context_leaves_nothing_behind(recorded: Recorded) -> None:
    def items() -> Iterator[int]:
        with tracing.context(tags={"from": "generator"}):
            yield 1
            yield 2

    reading = items()
    next(reading)
    with tracing.context(tags={"around": "reader"}):
        reading.close()
        traced("inside")
    traced("after")
    assert tag(recorded, "inside", "around") == "reader"
    assert tag(recorded, "inside", "from") is None
    assert [tag(recorded, "after", key) for key in ("from", "around")] == [None, None]


def test_one_context_can_be_entered_twice(recorded: Recorded) -> None:
    again = tracing.context(tags={"a": "1"})
    with again:
        with again:
            pass
        traced("once")
    traced("after")
    assert tag(recorded, "once", "a") == "1"
    assert tag(recorded, "after", "a") is None


async def test_tasks_open_and_end_runs_of_their_own(recorded: Recorded) -> None:
    async def work(name: str, turn: asyncio.Event, next_turn: asyncio.Event) -> None:
        with tracing.context(user=name):
            spanbridge.start_run(f"run {name}", nested=True)
            next_turn.set()
            await turn.wait()
            traced(name)
        spanbridge.end_run()
        traced(f"after {name}")

    one, other = asyncio.Event(), asyncio.Event()
    with spanbridge.start_run("around"):
        await asyncio.gather(work("a", one, other), work("b", other, one))
        traced("around")
    for name in "ab":
        assert run_of(recorded, name) == f"run {name}"
        assert recorded.attributes(name)["user.id"] == name
        assert run_of(recorded, f"after {name}") == "around"
        assert "user.id" not in recorded.attributes(f"after {name}")
    assert run_of(recorded, "around") == "around"


async def test_an_asynchronous_generator_may_open_a_run(recorded: Recorded) -> None:
    async def items() -> AsyncIterator[int]:
        with spanbridge.start_run("of the generator"):
            yield 1
            traced("inside")

    async for _ in items():
        pass
    traced("after")
    assert run_of(recorded, "inside") == "of the generator"
    assert run_of(recorded, "after") is None


def test_threads_have_the_runs_they_were_handed(recorded: Recorded) -> None:
    def work(name: str) -> None:
        traced(name)
        with spanbridge.start_run(f"of {name}", nested=True):
            traced(f"{name} below")

    with spanbridge.start_run("outer"):
        handed = tracing.copy_context_to_thread(work)
        threads = [
            threading.Thread(target=handed, args=("handed",)),
            threading.Thread(target=work, args=("alone",)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        traced("after")
    found = {span.name: run_of(recorded, span.name) for span in recorded.all()}
    assert found == {
        **{"handed": "outer", "handed below": "of handed"},
        **{"alone": None, "alone below": "of alone", "after": "outer"},
    }


def test_a_run_ended_in_another_context_is_no_error(recorded: Recorded) -> None:
    elsewhere = contextvars.copy_context()
    run = elsewhere.run(spanbridge.start_run, "elsewhere")
    run.__exit__(None, None, None)
    spanbridge.end_run()
    traced("here")
    elsewhere.run(traced, "there")
    assert run_of(recorded, "here") is None
    assert run_of(recorded, "there") == "elsewhere"


def test_what_a_run_knows(recorded: Recorded) -> None:
    with spanbridge.start_run(
        run_name="nightly",
        experiment_id="shop",
        tags={"team": "search"},
        description="all of it",
        log_system_metrics=True,
    ) as run:
        with spanbridge.start_run(nested=True) as child:
            traced("below")
        assert (run.info.run_name, run.info.status) == ("nightly", "RUNNING")
        assert run.info.end_time is None
        spanbridge.set_experiment("meanwhile")
        traced("inside")
    assert run.info.status == RunStatus.FINISHED
    assert run.info.end_time is not None
    assert run.info.end_time >= run.info.start_time > 0
    assert run.data.tags == {"team": "search", "mlflow.note.content": "all of it"}
    assert child.data.tags == {"mlflow.parentRunId": run.info.run_id}
    assert spanbridge.last_active_run() is run
    assert recorded.attributes("inside")["mlflow.experimentId"] == "shop"
    assert tag(recorded, "inside", "team") == "search"
    assert tag(recorded, "inside", "mlflow.note.content") is None
    traced("after")
    assert recorded.attributes("after")["mlflow.experimentId"] == "meanwhile"


def test_how_runs_end(caplog: pytest.LogCaptureFixture) -> None:
    def ended(*status: Any) -> str:
        run = spanbridge.start_run()
        spanbridge.end_run(*status)
        return run.info.status

    assert [ended(), ended("FAILED"), ended("killed")] == ["FINISHED", "FAILED", "KILLED"]
    assert ended(status := "wonderful") == "FINISHED"
    assert status in caplog.text
    with pytest.raises(RuntimeError), spanbridge.start_run() as run:
        raise RuntimeError
    assert run.info.status == "FAILED"
    with spanbridge.start_run(), pytest.raises(InvalidValueError, match="nest this one"):
        spanbridge.start_run()
    assert spanbridge.active_run() is None


def test_what_a_span_says_of_its_run_goes_before_the_run_that_is_open(recorded: Recorded) -> None:
    with spanbridge.start_run("open"), spanbridge.start_span("own", run_id="r-7"):
        pass
    with spanbridge.start_run("open"), tracing.context(metadata={"mlflow.sourceRun": "r-8"}):
        traced("said around")
    assert run_of(recorded, "own") == "r-7"
    assert run_of(recorded, "said around") == "r-8"
