"""Traces that were read back: what is known of them, and what is found in them."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any

import pytest

from spanbridge.entities.trace import Trace
from spanbridge.entities.trace_info import TraceState
from spanbridge.exceptions import InvalidValueError
from tests.sdk.reading.recordings import AGENTS, CALLS, OTHERS, Documents

ASSESSMENT: dict[str, Any] = {
    "assessment_id": "a-" + "1" * 32,
    "trace_id": "1" * 32,
    "span_id": None,
    "name": "helpful",
    "kind": "feedback",
    "value": True,
    "error": None,
    "source": {"source_type": "HUMAN", "source_id": "ann"},
    "rationale": None,
    "metadata": {},
    "create_time_unix_nano": 1_800_000_000_000_000_000,
    "last_update_time_unix_nano": 1_800_000_000_000_000_000,
    "overrides": None,
    "valid": True,
}


@pytest.fixture
def agent(documents: Documents) -> Trace:
    return Trace.from_document(documents["mlflow/agent"])


@pytest.mark.parametrize("recording", [*AGENTS, *CALLS, *OTHERS])
def test_a_trace_can_be_written_and_read(documents: Documents, recording: str) -> None:
    trace = Trace.from_document(documents[recording])
    assert Trace.from_dict(json.loads(json.dumps(trace.to_dict()))) == trace
    assert Trace.from_json(trace.to_json()) == trace
    assert Trace.from_json(trace.to_json(pretty=True)) == trace
    assert pickle.loads(pickle.dumps(trace)) == trace


@pytest.mark.parametrize("recording", AGENTS)
def test_usage_counts_every_call_once(documents: Documents, recording: str) -> None:
    document = documents[recording]
    usage = Trace.from_document(document).info.token_usage
    assert usage is not None
    assert usage["input_tokens"] == document["usage"]["input_tokens"] > 0
    assert set(usage) <= {
        *("input_tokens", "output_tokens", "total_tokens", "reasoning_tokens"),
        *("cache_read_input_tokens", "cache_creation_input_tokens"),
    }


def test_what_is_known_of_a_trace(documents: Documents) -> None:
    document = documents["mlflow/agent"]
    info = Trace.from_document(document).info
    assert info.trace_id == info.request_id == document["trace_id"]
    assert info.state is info.status is TraceState.OK
    assert info.state == "OK"
    assert info.name == "agent"
    assert info.request_time == info.timestamp_ms == document["start_time_unix_nano"] // 10**6
    assert info.execution_duration == info.execution_time_ms == 10
    assert info.request_metadata is info.trace_metadata
    assert info.session_id is info.user_id is info.service_name is info.cost is None
    assert info.assessments == []


def test_session_and_user_are_metadata_too(documents: Documents) -> None:
    trace = changed(documents, session_id="s", user_id="u", metadata={"k": "v", "n": {"a": [1]}})
    assert trace.info.trace_metadata == {
        **{"k": "v", "n": '{"a":[1]}'},
        **{"mlflow.trace.session": "s", "mlflow.trace.user": "u"},
    }
    assert Trace.from_dict(trace.to_dict()) == trace


def test_a_trace_in_progress_has_no_duration(documents: Documents) -> None:
    info = changed(documents, state="IN_PROGRESS").info
    assert info.state is TraceState.IN_PROGRESS
    assert info.execution_duration is None


def test_names_of_the_written_form_are_mlflows(agent: Trace) -> None:
    written = agent.to_dict()
    info = written["info"]
    assert info["request_time"].endswith("Z")
    assert info["execution_duration_ms"] == 10
    assert info["state"] == "OK"
    assert {"trace_id", "tags", "trace_metadata", "request_preview", "assessments"} <= info.keys()
    first = written["data"]["spans"][0]
    assert first["name"] == "agent"
    assert first["trace_id"] == agent.trace_id
    written["data"]["spans"][0]["attributes"].clear()
    assert agent.data.spans[0].attributes


def test_request_and_response_are_those_of_the_root(agent: Trace) -> None:
    root = agent.data.root
    assert root is not None
    assert root.name == "agent"
    assert agent.data.request is not None
    assert json.loads(agent.data.request) == root.inputs == {"q": "Weather in Paris?"}
    assert agent.data.response is not None
    assert json.loads(agent.data.response) == root.outputs


def test_without_spans_there_is_no_request(documents: Documents) -> None:
    trace = changed(documents, spans=[])
    assert trace.data.root is trace.data.request is trace.data.response is None
    assert trace.search_spans() == []
    assert trace.to_pandas_dataframe_row()["request"] is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["agent", "get_weather", "retr", "Completions"]),
        ({"name": "retr"}, ["retr"]),
        ({"name": "et"}, []),
        ({"name": re.compile("et")}, ["get_weather", "retr", "Completions"]),
        ({"name": re.compile("^get_.*r$")}, ["get_weather"]),
        ({"span_type": "TOOL"}, ["get_weather"]),
        ({"span_type": "TOOL", "name": re.compile("^retr")}, []),
        ({"span_type": "NO_SUCH"}, []),
    ],
)
def test_spans_are_found(agent: Trace, asked: dict[str, Any], expected: list[str]) -> None:
    assert [span.name for span in agent.search_spans(**asked)] == expected


def test_a_span_is_found_by_its_id(agent: Trace) -> None:
    for span in agent.data.spans:
        assert agent.search_spans(span_id=span.span_id) == [span]


@pytest.mark.parametrize("asked", [{"name": 7}, {"span_type": 7}, {"span_id": 7}])
def test_what_cannot_be_looked_for_is_told(agent: Trace, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError, match=f"{next(iter(asked))} is"):
        agent.search_spans(**asked)


def test_assessments_are_found(documents: Documents) -> None:
    old = ASSESSMENT | {"valid": False, "value": False}
    about_a_span = ASSESSMENT | {"span_id": "2" * 16, "name": "fast"}
    expected = ASSESSMENT | {"kind": "expectation", "value": {"answer": 42}}
    trace = changed(documents, assessments=[old, ASSESSMENT, about_a_span, expected])

    def found(*args: Any, **asked: Any) -> list[Any]:
        return [assessment.value for assessment in trace.search_assessments(*args, **asked)]

    assert found() == [True, True, {"answer": 42}]
    assert found(all=True) == [False, True, True, {"answer": 42}]
    assert found("helpful", type="feedback") == [True]
    assert found(type="expectation") == [{"answer": 42}]
    assert [a.name for a in trace.search_assessments(span_id="2" * 16)] == ["fast"]
    assert Trace.from_json(trace.to_json()) == trace


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"info": {}, "data": {}}', "7", "null"])
def test_what_is_no_trace_is_told(text: str) -> None:
    with pytest.raises(InvalidValueError, match="not a"):
        Trace.from_json(text)


def test_a_row_has_the_columns(agent: Trace) -> None:
    row = agent.to_pandas_dataframe_row()
    assert list(row) == Trace.pandas_dataframe_columns()
    assert Trace.from_json(row["trace"]) == agent


def changed(documents: Documents, **values: Any) -> Trace:
    return Trace.from_document(copy.deepcopy(documents["mlflow/agent"]) | values)


def test_where_a_trace_belongs(documents: Documents) -> None:
    from spanbridge.entities import MlflowExperimentLocation, TraceLocationType

    place = changed(documents, experiment_id="shop").info.trace_location
    assert place.type is TraceLocationType.MLFLOW_EXPERIMENT
    assert place.mlflow_experiment == MlflowExperimentLocation("shop")
    assert MlflowExperimentLocation.from_dict({"experiment_id": "shop"}).to_dict() == {
        "experiment_id": "shop"
    }
