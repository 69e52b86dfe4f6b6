"""What spans carry: inputs, outputs, what belongs to the trace; in every dialect."""

from __future__ import annotations

import json
import os
import tomllib
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import spanbridge
import spanbridge.exceptions
from tests.support.programs import Run, Runner, inputs, outputs, root

ROOT = Path(__file__).parents[3]
PACKAGES = ("spanbridge", "spanbridge_semconv")


def test_what_belongs_to_the_trace_is_on_the_wire(run: Run) -> None:
    everything, _ = run("wire").traces
    assert everything["tags"] == {"fruit": "apple", "number": "7", "late": "yes", "around": "yes"}
    assert everything["metadata"]["build"] == "77"
    assert (everything["session_id"], everything["user_id"]) == ("s-1", "ada")
    assert everything["client_request_id"] == "r-1"
    assert (everything["request_preview"], everything["response_preview"]) == ("asked", "answered")
    assert (everything["state"], root(everything)["status"]["code"]) == ("ERROR", "OK")
    # An MLflow server finds what it knows under the keys it knows.
    attributes = root(everything)["attributes"]
    assert attributes["mlflow.traceTag.fruit"] == "apple"
    assert attributes["mlflow.traceTag.mlflow.traceName"] == "everything"
    assert (attributes["session.id"], attributes["user.id"]) == ("s-1", "ada")


def test_one_trace_with_the_applications_own_spans(run: Run) -> None:
    printed = run("neighbours").printed
    assert printed["parents"] == {"handler": "GET /", "SELECT 1": "handler", "inner": "SELECT 1"}
    assert printed["traces"] == 2
    assert printed["same"] is True
    assert printed["late"] == ["inner", "SELECT 1", "handler", "GET /again"]
    assert printed["environment"] is True


def test_values_json_has_no_words_for(run: Run) -> None:
    done = run("values")
    assert done.printed == {"same": True}
    through = {i: trace for i, trace in enumerate(done.traces) if trace["name"] == "through"}
    assert len(through) == 20
    came_out = [outputs(root(trace)) for trace in through.values()]
    assert came_out[8] == [1, 2]
    assert came_out[11:13] == [{"x": 1, "y": 2}, {"name": "m"}]
    assert "2026-01-31" in came_out[14]
    assert came_out[16] == "/a/b"
    assert all(one["status"]["code"] == "OK" for trace in done.traces for one in trace["spans"])
    [attributes] = [trace for trace in done.traces if trace["name"] == "attributes"]
    assert root(attributes)["attributes"]["tuple"] == [1, 2]


def test_inputs_are_what_they_were_then(run: Run) -> None:
    traces = run("values").traces
    [changing] = [trace for trace in traces if trace["name"] == "changing"]
    assert inputs(root(changing)) == {"messages": ["first"]}
    [grows] = [trace for trace in traces if trace["name"] == "grows"]
    assert inputs(root(grows)) == {"items": ["given"]}
    assert outputs(root(grows)) == ["given", "grown"]


def test_runs_of_other_threads_are_not_mine(run: Run) -> None:
    done = run("runs")
    assert done.printed == {"last of mine": True, "last of all": False}
    without, within = done.traces
    assert inputs(root(without)) == {"name": "without"}
    assert not without["run_id"]
    assert within["run_id"]


def test_a_hook_that_fails_lets_nothing_through(run: Run) -> None:
    done = run("hooks", quiet=False)
    assert "failed with LookupError" in done.errors
    assert "4095-2609" not in done.errors
    secret, fine, afterwards = done.traces
    assert "4095-2609" not in str(secret)
    assert secret["name"] == "secret"
    assert root(fine)["attributes"]["seen"] is True
    assert "seen" not in root(afterwards)["attributes"]


def test_what_is_hidden_is_in_no_log_event_either(run: Run) -> None:
    variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
    done = run("hidden_events", **{variable: "SPAN_AND_EVENT"})
    open_, processed, redacted = json.loads(done.lines[0])
    assert "open" in open_
    assert "[hidden]" in processed
    assert "secret" not in processed
    assert "[hidden] two" in redacted
    assert done.printed["models"] == ["gpt-fake"] * 3
    _, hidden, rewritten = (root(trace) for trace in done.traces)
    assert "secret" not in str((hidden, rewritten))
    # Items of a stream say the answer again.
    assert "Hello" not in str(hidden)
    assert "Hello" in str(rewritten)


def test_a_reducer_for_what_yields_nothing_is_a_mistake() -> None:
    with pytest.raises(spanbridge.exceptions.InvalidValueError, match="generators"):
        spanbridge.trace(len, output_reducer=list)


def test_generic_spans_keep_name_inputs_and_outputs_in_gen_ai_mode(run: Run) -> None:
    done = run("wire", SPANBRIDGE_SEMCONV="gen_ai")
    everything, ended = done.traces
    assert [everything["name"], ended["name"]] == ["everything", "ended"]
    assert (inputs(root(ended)), outputs(root(ended))) == ("before", "before")
    assert (everything["session_id"], everything["user_id"]) == ("s-1", "ada")
    assert everything["tags"]["fruit"] == "apple"
    for trace in done.traces:
        for one in trace["spans"]:
            assert not [key for key in one["attributes"] if key.startswith("mlflow.span")]


def test_the_sdk_works_alone(runner: Runner, tmp_path: Path) -> None:
    """With its dependencies and none of its extras, as ``pip install spanbridge`` leaves it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for name in needed(project["dependencies"]):
        for file in distribution(name).files or ():
            top = Path(file.parts[0])
            if ".." not in file.parts and not (tmp_path / top).exists():
                (tmp_path / top).symlink_to(distribution(name).locate_file(top))
    packages = [Path(find_spec(name).origin).parents[1] for name in PACKAGES]
    done = runner.run(
        *("-S", Path(__file__).parent / "programs" / "alone.py"),
        env={"PYTHONPATH": os.pathsep.join(map(str, [tmp_path, *packages]))},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["list", "42"]
    assert "openai" in done.stderr


def needed(requirements: list[str]) -> set[str]:
    """The distributions that these requirements bring, without any extra."""
    found: set[str] = set()
    todo = [Requirement(text) for text in requirements]
    while todo:
        requirement = todo.pop()
        if requirement.name in found:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found.add(requirement.name)
            below = distribution(requirement.name).requires or ()
            todo += [Requirement(text) for text in below]
    return found
