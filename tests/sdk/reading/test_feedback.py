"""Feedback and expectations: what they are, and what is sent of them."""

from __future__ import annotations

from typing import Any

import pytest

import spanbridge
from spanbridge.entities import (
    Assessment,
    AssessmentError,
    AssessmentSource,
    AssessmentSourceType,
    Expectation,
    Feedback,
)
from spanbridge.entities.assessment_error import MAX_STACK_TRACE
from spanbridge.exceptions import InvalidValueError, NotFoundError, ServiceError
from tests.sdk.reading.scripted import ScriptedService, refused, told
from tests.sdk.reading.test_traces import ASSESSMENT

TRACE_ID = "1" * 32
ID = ASSESSMENT["assessment_id"]
PATH = f"/api/traces/{TRACE_ID}/assessments"


def test_feedback_is_logged(scripted: ScriptedService) -> None:
    scripted.answers(told(ASSESSMENT, 201))
    found = spanbridge.log_feedback(
        trace_id=f"tr-{TRACE_ID}",
        name="helpful",
        value=True,
        source=AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id="ann"),
        rationale="it was",
        metadata={"k": "v"},
        span_id="2" * 16,
    )
    assert scripted.asked[0][:3] == (
        *("POST", PATH),
        {
            "name": "helpful",
            "kind": "feedback",
            "value": True,
            "error": None,
            "source": {"source_type": "HUMAN", "source_id": "ann"},
            "rationale": "it was",
            "metadata": {"k": "v"},
            "span_id": "2" * 16,
        },
    )
    assert isinstance(found, Feedback)
    assert found.assessment_id == ID
    assert found.value is True
    assert found.feedback is found
    assert found.expectation is None
    assert found.create_time_ms == 1_800_000_000_000
    assert found.valid


def test_defaults_are_code_and_people(scripted: ScriptedService) -> None:
    scripted.answers(told(ASSESSMENT, 201), told(ASSESSMENT | {"kind": "expectation"}, 201))
    spanbridge.log_feedback(trace_id=TRACE_ID, value=0.5)
    spanbridge.log_expectation(trace_id=TRACE_ID, name="answer", value={"a": [1]})
    feedback, expectation = (asked.body for asked in scripted.asked)
    assert feedback["name"] == "feedback"
    assert feedback["source"] == {"source_type": "CODE", "source_id": "default"}
    assert expectation["kind"] == "expectation"
    assert expectation["value"] == {"a": [1]}
    assert expectation["source"] == {"source_type": "HUMAN", "source_id": "default"}


def test_an_answer_of_another_kind_is_told(scripted: ScriptedService) -> None:
    scripted.answers(told(ASSESSMENT, 201))
    with pytest.raises(ServiceError, match="is no spanbridge service"):
        spanbridge.log_expectation(trace_id=TRACE_ID, name="answer", value=1)


def test_a_failed_judge_says_why(scripted: ScriptedService) -> None:
    scripted.answers(told(ASSESSMENT, 201))
    try:
        raise LookupError("no answer")
    except LookupError as error:
        spanbridge.log_feedback(trace_id=TRACE_ID, error=error)
    spanbridge.log_feedback(trace_id=TRACE_ID, error="no answer")
    spanbridge.log_feedback(trace_id=TRACE_ID, error=AssessmentError("NO", "no answer"))
    first, second, third = (asked.body["error"] for asked in scripted.asked)
    assert (first["error_code"], first["error_message"]) == ("LookupError", "no answer")
    assert first["stack_trace"].endswith("LookupError: no answer\n")
    assert second["error_message"] == "no answer"
    assert third == {"error_code": "NO", "error_message": "no answer", "stack_trace": None}


def test_of_a_long_stack_trace_the_end_is_kept() -> None:
    error = AssessmentError("E", "m", "x" * 20_000 + "the end")
    assert error.stack_trace is not None
    assert len(error.stack_trace) == MAX_STACK_TRACE
    assert error.stack_trace.endswith("the end")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "says nothing"),
        ({"value": float("nan")}, "JSON cannot spell"),
        ({"value": object()}, "JSON cannot spell"),
        ({"value": 1, "name": ""}, "is named by a text"),
        ({"value": 1, "name": 7}, "is named by a text"),
        ({"value": 1, "trace_id": "x"}, "is no trace id"),
        ({"value": 1, "trace_id": None}, "is no trace id"),
        ({"value": 1, "source": "me"}, "source is an AssessmentSource"),
        ({"value": 1, "source": {"source_type": "HUMAN"}}, "source is an AssessmentSource"),
        ({"value": 1, "metadata": ["a"]}, "metadata is a mapping"),
        ({"value": 1, "rationale": 7}, "rationale is a text"),
        ({"value": 1, "span_id": 7}, "span_id is a text"),
    ],
)
def test_what_cannot_be_said_is_not_sent(
    scripted: ScriptedService, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidValueError, match=message):
        spanbridge.log_feedback(**{"trace_id": TRACE_ID} | asked)
    assert scripted.asked == []


@pytest.mark.parametrize("value", [False, 0, 0.0, "", [], {}])
def test_values_that_look_like_none_are_values(scripted: ScriptedService, value: Any) -> None:
    scripted.answers(told(ASSESSMENT, 201))
    spanbridge.log_feedback(trace_id=TRACE_ID, value=value)
    spanbridge.update_assessment(TRACE_ID, ID, Feedback(value=value))
    for asked in scripted.asked:
        assert asked.body["value"] == value
        assert type(asked.body["value"]) is type(value)


def test_an_assessment_is_read_changed_and_deleted(scripted: ScriptedService) -> None:
    scripted.answers(told(ASSESSMENT))
    assert spanbridge.get_assessment(TRACE_ID, ID).source == AssessmentSource("HUMAN", "ann")
    spanbridge.update_assessment(TRACE_ID, ID, Feedback("helpful", False, rationale="no"))
    spanbridge.update_assessment(
        trace_id=TRACE_ID, assessment_id=ID, assessment=Expectation("answer", 42)
    )
    read, changed, expected = scripted.asked
    assert read[:3] == ("GET", f"{PATH}/{ID}", None)
    assert changed[:2] == ("PATCH", f"{PATH}/{ID}")
    assert changed.body == {
        **{"name": "helpful", "kind": "feedback", "value": False},
        "rationale": "no",
    }
    assert expected.body == {"name": "answer", "kind": "expectation", "value": 42}

    scripted.answers(told(None, 204))
    spanbridge.delete_assessment(TRACE_ID, ID)
    assert scripted.asked[0][:3] == ("DELETE", f"{PATH}/{ID}", None)


def test_feedback_is_overridden(scripted: ScriptedService) -> None:
    scripted.answers(told(ASSESSMENT | {"overrides": ID, "assessment_id": "a-2"}, 201))
    found = spanbridge.override_feedback(
        trace_id=TRACE_ID, assessment_id=ID, value=0.1, rationale="no"
    )
    [asked] = scripted.asked
    assert asked[:2] == ("POST", f"{PATH}/{ID}/override")
    assert asked.body == {
        "value": 0.1,
        "rationale": "no",
        "source": {"source_type": "HUMAN", "source_id": "default"},
        "metadata": {},
    }
    assert found.overrides == ID


def test_a_missing_assessment_is_told(scripted: ScriptedService) -> None:
    scripted.answers(refused(404, "not_found", f"trace {TRACE_ID} has no assessment {ID}"))
    with pytest.raises(NotFoundError, match="has no assessment") as raised:
        spanbridge.get_assessment(TRACE_ID, ID)
    assert raised.value.error_code == "not_found"


@pytest.mark.parametrize("odd", ["", "../../tags", "a/b", "a?b", "ä", 7, None, "x" * 65])
def test_what_is_no_assessment_id_is_not_asked_for(scripted: ScriptedService, odd: Any) -> None:
    with pytest.raises(InvalidValueError, match="is no assessment id"):
        spanbridge.delete_assessment(TRACE_ID, odd)
    assert scripted.asked == []


def test_something_else_cannot_be_logged(scripted: ScriptedService) -> None:
    odd: Any = {"name": "x", "value": 1}
    with pytest.raises(InvalidValueError, match="a Feedback or an Expectation"):
        spanbridge.log_assessment(TRACE_ID, odd)
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [("human", "HUMAN"), ("LLM_JUDGE", "LLM_JUDGE"), ("AI_JUDGE", "LLM_JUDGE"), ("Code", "CODE")],
)
def test_sources_are_known_by_name(given: str, kept: str) -> None:
    source = AssessmentSource(given)
    assert source.source_type == kept
    assert source.to_dict() == {"source_type": kept, "source_id": "default"}


def test_other_sources_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="there are HUMAN, LLM_JUDGE, CODE"):
        AssessmentSource("CAT")


@pytest.mark.parametrize(
    "assessment",
    [
        Feedback("x", 1, metadata={"mlflow.assessment.sourceRunId": "r"}),
        Feedback("x", error=AssessmentError("E", "m", "t")),
        Feedback(""),
        Expectation("x", [1, {"a": None}], span_id="2" * 16),
    ],
    ids=lambda assessment: assessment.kind,
)
def test_an_assessment_can_be_written_and_read(assessment: Assessment) -> None:
    assert Assessment.from_dict(assessment.to_dict()) == assessment


def test_a_run_is_known() -> None:
    assert Feedback("x", 1, metadata={"mlflow.assessment.sourceRunId": "r"}).run_id == "r"
    assert Feedback("x", 1).run_id is None
