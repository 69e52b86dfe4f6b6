"""Feedback and expectations, written to the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge.entities.assessment import (
    Assessment,
    AssessmentError,
    AssessmentSource,
    Expectation,
    Feedback,
)
from spanbridge.exceptions import InvalidValueError
from spanbridge.reading.service import A, Service, current_service


def log_feedback(
    *,
    trace_id: str,
    name: str = "feedback",
    value: Any = None,
    source: AssessmentSource | None = None,
    error: AssessmentError | BaseException | str | None = None,
    rationale: str | None = None,
    metadata: Mapping[str, str] | None = None,
    span_id: str | None = None,
) -> Feedback:
    """Say how good a trace, or one of its spans, is.

    Args:
        trace_id: the trace; it need not have arrived.
        name: what is judged, such as ``helpfulness``.
        value: a number, a text, True or False, a list or a dict of these.
        source: who judges; code unless it is given.
        error: why there is no value; an exception keeps its stack trace.
        rationale: why.
        metadata: texts by key.
        span_id: the span, if it is about one.

    Returns:
        the feedback with its ``assessment_id``.

    Raises:
        InvalidValueError: neither a value nor an error, or one that JSON cannot spell.
        ServiceUnavailableError, ServiceError: it was not written.
    """
    feedback = Feedback(
        name=name,
        value=value,
        error=None if error is None else AssessmentError.of(error),
        source=source or AssessmentSource("CODE"),
        rationale=rationale,
        metadata=metadata or {},
        span_id=span_id,
    )
    return log_assessment(trace_id, feedback)


def log_expectation(
    *,
    trace_id: str,
    name: str,
    value: Any,
    source: AssessmentSource | None = None,
    metadata: Mapping[str, str] | None = None,
    span_id: str | None = None,
) -> Expectation:
    """Say what the outcome of a trace, or of one of its spans, ought to have been.

    Args and errors as :func:`log_feedback`; the source is a person unless it is given.
    """
    expectation = Expectation(
        name=name,
        value=value,
        source=source or AssessmentSource("HUMAN"),
        metadata=metadata or {},
        span_id=span_id,
    )
    return log_assessment(trace_id, expectation)


def log_assessment(trace_id: str, assessment: A) -> A:
    """Write a :class:`Feedback` or an :class:`Expectation`; returns it as the service has it."""
    return add_to(current_service(), trace_id, assessment)


def get_assessment(trace_id: str, assessment_id: str) -> Feedback | Expectation:
    """Read an assessment.

    Raises:
        NotFoundError: there is none of this id.
    """
    return current_service().assessment(trace_id, assessment_id)


def update_assessment(
    trace_id: str, assessment_id: str, assessment: Assessment
) -> Feedback | Expectation:
    """Correct an assessment: name and value become those given.

    Its source stays; so do rationale and metadata unless they are given.

    Raises:
        InvalidValueError: it is feedback and an expectation is given, or the other way round.
        NotFoundError: there is none of this id.
    """
    return change_in(current_service(), trace_id, assessment_id, assessment)


def override_feedback(
    *,
    trace_id: str,
    assessment_id: str,
    value: Any,
    rationale: str | None = None,
    source: AssessmentSource | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Feedback:
    """Replace feedback with other feedback; what was said before is kept, and no longer valid.

    Args:
        trace_id: the trace.
        assessment_id: the feedback that is replaced.
        value: what is right.
        rationale: why.
        source: who says so; a person unless it is given.
        metadata: texts by key.

    Returns:
        the new feedback; ``overrides`` names the old one.

    Raises:
        NotFoundError: there is none of this id.
    """
    said = Feedback(
        value=value,
        source=source or AssessmentSource("HUMAN"),
        rationale=rationale,
        metadata=metadata or {},
    )
    _check(said)
    body = {key: _said(said)[key] for key in ("value", "source", "rationale", "metadata")}
    return current_service().override_feedback(trace_id, assessment_id, body)


def delete_assessment(trace_id: str, assessment_id: str) -> None:
    """Delete an assessment.

    Raises:
        NotFoundError: there is none of this id.
    """
    current_service().delete_assessment(trace_id, assessment_id)


def add_to(service: Service, trace_id: str, assessment: A) -> A:
    """Write an assessment to a service."""
    _check(assessment)
    body = {"name": assessment.name, "kind": assessment.kind, **_said(assessment)}
    body["span_id"] = assessment.span_id
    return service.add_assessment(trace_id, body, type(assessment))


def change_in(
    service: Service, trace_id: str, assessment_id: str, assessment: Assessment
) -> Feedback | Expectation:
    """Correct an assessment of a service."""
    _check(assessment)
    said = _said(assessment)
    body = {"name": assessment.name, "kind": assessment.kind, "value": said["value"]}
    body |= {key: said[key] for key in ("error", "rationale", "metadata") if said[key]}
    return service.change_assessment(trace_id, assessment_id, body)


def _check(assessment: object) -> None:
    if not isinstance(assessment, Feedback | Expectation):
        raise InvalidValueError(f"pass a Feedback or an Expectation, not {assessment!r}")
    name = assessment.name
    if not isinstance(name, str) or not name:
        raise InvalidValueError(f"an assessment is named by a text that is not empty, not {name!r}")
    if assessment.value is None and assessment.error is None:
        raise InvalidValueError(f"the assessment {name!r} says nothing: give it a value")


def _said(assessment: Assessment) -> dict[str, Any]:
    """What an assessment says, as the service wants it."""
    document = assessment.to_dict()
    return {key: document[key] for key in ("value", "error", "source", "rationale", "metadata")}
