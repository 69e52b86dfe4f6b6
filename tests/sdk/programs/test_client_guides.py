"""Programs that build traces by hand, mark them, judge them and find them again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.programs import Run, Runner, inputs, outputs, root, span, tree


@pytest.mark.slow
def test_traces_built_with_the_client(run: Run, runner: Runner) -> None:
    done = run("client_api")
    printed = done.printed
    assert printed["same"] is True
    assert printed["current"] is True
    assert sorted(printed["read"]) == ["fetch", "parse", "report"]
    assert (printed["tags"]["team"], printed["tags"]["reviewed"]) == ("blue", "yes")
    assert "draft" not in printed["tags"]
    report = runner.document(printed["root"])
    assert tree(report) == {"report UNKNOWN": {"fetch RETRIEVER": {"parse UNKNOWN": {}}}}
    assert inputs(root(report)) == {"user": "123", "action": "make"}
    assert outputs(root(report)) == {"url": "report/1"}
    assert root(report)["attributes"]["environment"] == "test"
    assert root(report)["attributes"]["pages"] == 3
    assert span(report, "fetch")["attributes"]["ms"] == 150
    assert outputs(span(report, "parse")) == {"rows": 42}
    assert report["tags"] == {"team": "blue", "reviewed": "yes"}
    batch = runner.document(printed["batch"])
    assert batch["state"] == "ERROR"
    assert outputs(span(batch, "item 5")) == 2.0
    assert span(batch, "item 0")["status"]["code"] == "ERROR"
    assert span(batch, "item 0")["attributes"]["error"] == "division by zero"
    background = runner.document(printed["background"])
    assert tree(background) == {"background UNKNOWN": {"part TASK": {}}}
    one = root(background)
    begun, ended = one["start_time_unix_nano"], one["end_time_unix_nano"]
    assert (begun, ended) == (1_800_000_000_000_000_000, 1_900_000_000_000_000_000)


@pytest.mark.slow
def test_tags_sessions_and_users(run: Run) -> None:
    done = run("tags_and_sessions")
    printed = done.printed
    assert printed["tags"] == {"fruit": "plum", "later": "yes"}
    assert printed["request"] == "req-1"
    assert printed["alice"] == 2
    assert printed["metadata"]["release"] == "1.4"
    assert printed["metadata"]["mlflow.trace.session"] == "session-1"
    assert printed["metadata"]["mlflow.trace.user"] == "alice"
    assert printed["sessions"] == {"session-1": 2, "session-2": 1, "session-3": 1}
    tagged, first, second, third, around = done.traces
    assert tagged["client_request_id"] == "req-1"
    for trace in (first, second):
        assert (trace["session_id"], trace["user_id"]) == ("session-1", "alice")
        assert trace["metadata"]["release"] == "1.4"
    assert (third["session_id"], third["user_id"]) == ("session-2", "bob")
    assert (around["session_id"], around["user_id"]) == ("session-3", "carol")
    assert around["tags"] == {"channel": "web", "beta": "yes"}
    assert around["metadata"]["build"] == "77"


@pytest.mark.slow
def test_finding_traces_and_their_spans(run: Run) -> None:
    printed = run("search").printed
    assert printed == {
        "errors": ["fault"],
        "fine": ["first", "second"],
        "slowest": ["first"],
        "quick": ["second", "fault"],
        "like": ["second"],
        "recent": ["fault"],
        "span": ["fault"],
        "either": ["first", "fault"],
        "none": [],
        "table": {"states": ["ERROR", "OK", "OK"], "slow": True, "topics": ["about fault"]},
        "by_name": ["look_up"],
        "by_pattern": ["look_up", "look_around"],
        "by_type": ["search guide"],
        "by_id": ["search guide"],
        "io": ['{"word":"first","seconds":0.15}', '"FIRST"'],
        "inputs": {"word": "first"},
    }


@pytest.mark.slow
def test_feedback_and_expectations(run: Run) -> None:
    done = run("feedback")
    printed = done.printed
    assert sorted(printed["feedback"]) == [["relevance", 0.9, "HUMAN"], ["style", None, "CODE"]]
    assert printed["expected"] == [{"city": "Lisbon"}]
    assert printed["all"] == 2
    assert printed["overrides"] is True
    assert printed["error"] == "judge is away"
    assert printed["found"] == 1
    kept = {(one["name"], one["valid"]) for one in done.trace["assessments"]}
    assert kept == {
        ("relevance", True),
        ("relevance", False),
        ("style", True),
        ("expected_answer", True),
    }


def test_a_larger_program_of_somebody_who_knows_mlflow(run: Run, runner: Runner) -> None:
    done = run("support_desk")
    assert done.printed == {
        "same client": True,
        "status": ["FINISHED", "KILLED"],
        "one trace": True,
        "links": True,
        "of the run": 3,
        "elsewhere": [1, 0],
        "sessions": [3],
        "state": True,
        "tokens": True,
        "metadata": "support-v2",
        "tool": ["[card]", 30, "OK"],
        "ok": True,
        "page": [10, "the shop's pages", "RETRIEVER"],
        "outputs": {"step": 1},
        "kinds": [
            *("InvalidValueError", "InvalidValueError", "InvalidValueError", "InvalidValueError"),
            "NotFoundError",
        ],
        "corrected": [False, "ann"],
        "added": ["order", "shelf", "warehouse"],
        "deleted": 1,
        "metric": True,
    }
    by_name: dict[str, list[dict[str, Any]]] = {}
    for trace in done.traces:
        by_name.setdefault(trace["name"], []).append(trace)
    assert {name: len(traces) for name, traces in by_name.items()} == {
        **{"support": 3, "warehouse": 1, "order": 1},
    }
    for trace in by_name["support"]:
        assert trace["experiment_id"] == "Support"
        assert trace["tags"] == {"desk": "returns", "night": "1"}
        assert trace["metadata"]["mlflow.modelId"] == "support-v2"
        assert (trace["session_id"], trace["user_id"]) == ("desk-1", "ann")
        assert set(tree(trace)["support AGENT"]) == {
            *("look_up RETRIEVER", "chat gpt-4o-mini CHAT_MODEL", "refund TOOL"),
        }
    assert len({trace["run_id"] for trace in by_name["support"]}) == 1
    assert by_name["warehouse"][0]["experiment_id"] == "Stock"
    [order] = by_name["order"]
    assert order["experiment_id"] == "Support"
    assert tree(order) == {"order UNKNOWN": {"warehouse UNKNOWN": {"shelf UNKNOWN": {}}}}
