"""Where a span begins and ends, and what becomes of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.programs import (
    Document,
    Run,
    Runner,
    inputs,
    outputs,
    root,
    run_to_end,
    span,
    tree,
)

Generators = tuple[Document, list[Document]]


@pytest.fixture(scope="module")
def generators(run: Run) -> Generators:
    done = run("generators")
    return done.printed, done.traces


def named(traces: list[Document], name: str) -> list[Document]:
    return [trace for trace in traces if trace["name"] == name]


def test_generators_stopped_early_end_their_span(generators: Generators) -> None:
    broken_off, closed, *_ = named(generators[1], "count")
    assert outputs(root(broken_off)) == [0, 1, 2]
    assert outputs(root(closed)) == [0]
    for trace in (broken_off, closed):
        assert root(trace)["end_time_unix_nano"] > root(trace)["start_time_unix_nano"]


def test_send_throw_and_return_values_pass(generators: Generators) -> None:
    printed, traces = generators
    assert printed["said"] == ["ready", "A", "recovered", "B"]
    assert printed["returned"] == ["a", "KeyError('k')", "b"]
    [talk] = named(traces, "echo")
    assert outputs(root(talk)) == ["ready", "A", "recovered", "B"]
    assert root(talk)["status"]["code"] != "ERROR"


def test_a_reducer_that_fails_costs_no_output(generators: Generators) -> None:
    printed, traces = generators
    assert printed["raw"] == ["a", "b", "c"]
    [trace] = named(traces, "badly_reduced")
    assert outputs(root(trace)) == ["a", "b", "c"]


def test_a_generator_is_current_only_while_it_works(generators: Generators) -> None:
    printed, traces = generators
    assert printed["current is the consumer"] is True
    [trace] = named(traces, "consumer")
    [below] = tree(trace).values()
    assert set(below) == {"count UNKNOWN", "beside UNKNOWN", "beside UNKNOWN 1"}


def test_async_generators_are_passed_through_and_end(generators: Generators) -> None:
    printed, traces = generators
    assert printed["async"] == ["tick", "xx", "tick"]
    stopped, cancelled = named(traces, "ticks")
    for trace in (stopped, cancelled):
        assert tree(trace) == {"ticks UNKNOWN": {"cleanup UNKNOWN": {}}}
    assert outputs(root(stopped)) == ["tick", "xx", "tick"]


def test_every_item_of_a_long_generator_is_kept(generators: Generators) -> None:
    [trace] = named(generators[1], "many")
    assert outputs(root(trace)) == list(range(300))
    assert root(trace)["span_type"] == "UNKNOWN"
    first = root(trace)["events"][0]
    assert (first["name"], first["attributes"]["mlflow.chunk.value"]) == (
        "mlflow.chunk.item.0",
        "0",
    )


def test_a_generator_nobody_began_has_no_span(generators: Generators) -> None:
    assert len(named(generators[1], "count")) == 2


def test_interrupted_work_is_not_ok(run: Run) -> None:
    cancelled, interrupted, left = run("interrupted").traces
    for trace, error in (
        (cancelled, "CancelledError"),
        (interrupted, "KeyboardInterrupt"),
        (left, "SystemExit"),
    ):
        for one in trace["spans"]:
            assert one["status"]["code"] == "ERROR", (one["name"], error)
            assert error in one["status"]["message"]
    assert [len(trace["spans"]) for trace in (cancelled, interrupted, left)] == [2, 1, 1]


def test_nothing_changes_a_span_that_has_ended(run: Run) -> None:
    _, ended = run("wire").traces
    assert "after" not in str(ended).lower()
    assert (inputs(root(ended)), outputs(root(ended))) == ("before", "before")
    assert root(ended)["status"]["code"] == "OK"


def test_limits_evict_nothing_that_matters(run: Run) -> None:
    traces = run("limits", OTEL_BSP_MAX_QUEUE_SIZE="8192").traces
    [wide] = named(traces, "wide")
    one = root(wide)
    assert (one["span_type"], inputs(one), outputs(one)) == (
        "TASK",
        {"first": True},
        {"last": True},
    )
    assert [one["attributes"][f"key{i}"] for i in range(300)] == list(range(300))
    assert [event["name"] for event in one["events"]] == [f"event{i}" for i in range(300)]
    assert (wide["tags"], wide["session_id"]) == ({"kept": "yes"}, "s-wide")


def test_no_span_of_a_large_trace_is_lost(run: Run) -> None:
    [long] = named(run("limits", OTEL_BSP_MAX_QUEUE_SIZE="8192").traces, "long")
    assert len(long["spans"]) == 4001


def test_no_trace_in_progress_is_given_up(run: Run) -> None:
    assert len(run("in_progress").listed) == 1200


def test_processes_that_fork_export_and_end(run: Run) -> None:
    done = run("fork")
    statuses, seconds = done.lines[-1].rsplit(" ", 1)
    assert statuses == "[0, 0]"
    assert float(seconds) < 10
    names = sorted(root(trace)["name"] for trace in done.traces)
    assert names == ["parent's own", *["work"] * 4]
    whos = {inputs(root(trace))["who"] for trace in done.traces if trace["name"] == "work"}
    assert whos == {"parent before", "parent after", "child 0", "child 1"}
    assert len({trace["trace_id"] for trace in done.traces}) == 5


def test_a_fork_within_a_span_is_one_trace(run: Run) -> None:
    done = run("fork_inside")
    assert tree(done.trace) == {"parent UNKNOWN": {"in the child UNKNOWN": {}}}
    assert inputs(span(done.trace, "parent")) == "whole"


def test_ids_do_not_come_from_the_programs_random_numbers(run: Run) -> None:
    printed = run("identities").printed
    assert len(set(printed["ids"])) == 3
    assert printed["untouched"] is True


def test_remote_parents_are_remembered_as_long_as_they_are_needed(run: Run, runner: Runner) -> None:
    run("remote")
    trace = runner.document("4bf92f3577b34da6a3ce929d0e0e4736")
    assert sorted(one["name"] for one in trace["spans"]) == ["afterwards", "background", "request"]
    parents = {one["name"]: one["parent_span_id"] for one in trace["spans"]}
    assert parents["background"] == parents["request"] == "00f067aa0ba902b7"
    assert parents["afterwards"] == span(trace, "background")["span_id"]
    # What the second service says of the trace is not lost, though the root is elsewhere.
    assert (trace["tags"], trace["session_id"]) == ({"side": "server"}, "s-remote")
    assert trace["state"] == "IN_PROGRESS"


def test_a_collector_that_is_away_or_silent_is_not_noticed_and_not_waited_for(silent: str) -> None:
    program = Path(__file__).parent / "programs" / "absent_collector.py"

    def run(address: str) -> float:
        begun = time.monotonic()
        done = run_to_end(program, env={"SPANBRIDGE_TRACKING_URI": address})
        assert done.returncode == 0
        assert "lost" in done.stderr
        assert float(done.stdout) < 0.002
        return time.monotonic() - begun

    with ThreadPoolExecutor() as pool:
        away, waiting = pool.map(run, ["http://127.0.0.1:9", silent])
    assert max(away, waiting) < 20
