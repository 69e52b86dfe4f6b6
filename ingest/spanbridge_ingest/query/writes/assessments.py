"""Assessments of a trace: made, changed, overridden, taken away.

An assessment that came as an OTLP event is changed by a row that stands in its place from then on.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from dataclasses import replace
from typing import Any, Final

import orjson

from spanbridge_ingest.query.errors import BadQueryError, ConflictError, NotFoundError
from spanbridge_ingest.query.overlay import assessment_document, read_assessments
from spanbridge_ingest.query.reading import Reader, valid_trace_id
from spanbridge_ingest.query.writes.models import (
    Change,
    Failure,
    NewAssessment,
    Override,
    Source,
    read,
)
from spanbridge_ingest.store.editing import AssessmentRow, TraceEditor

_ID: Final = re.compile(r"a-[0-9a-f]{32}")
_DEFAULT_SOURCE: Final = {
    "feedback": Source(source_type="CODE"),
    "expectation": Source(source_type="HUMAN"),
}
_LOCKS: Final = 64


class Assessments:
    """Reads and writes the assessments of traces. Safe to use from any thread.

    What reads before it writes does both under a lock of its trace, so that of two changes made
    through one service none is lost.
    """

    def __init__(self, store: Reader, editor: TraceEditor) -> None:
        self._store = store
        self._editor = editor
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def get(self, trace_id: str, assessment_id: str) -> dict[str, Any]:
        """One assessment.

        Raises:
            BadQueryError: an id is malformed.
            NotFoundError: there is no such assessment.
        """
        trace_id, assessment_id = _valid_ids(trace_id, assessment_id)
        return assessment_document(self._row(trace_id, assessment_id))

    def add(self, trace_id: str, body: object) -> dict[str, Any]:
        """A new assessment; its trace need not be there yet.

        Raises:
            BadQueryError: the id or the body is malformed.
        """
        trace_id = valid_trace_id(trace_id)
        asked = read(NewAssessment, body)
        if asked.value is None and (asked.error is None or asked.kind == "expectation"):
            raise BadQueryError(
                f"value: {asked.kind} needs one", "give a value, or an error if there is none"
            )
        if asked.error is not None and asked.kind == "expectation":
            raise BadQueryError("error: an expectation has none", "leave it out")
        now = time.time_ns()
        source = asked.source or _DEFAULT_SOURCE[asked.kind]
        row = AssessmentRow(
            trace_id=trace_id,
            assessment_id=_new_id(),
            name=asked.name,
            kind=asked.kind,
            created=now,
            updated=now,
            span_id=asked.span_id or "",
            value=_json(asked.value),
            source_type=source.source_type,
            source_id=source.source_id,
            rationale=asked.rationale or "",
            metadata=asked.metadata or {},
        )
        row = _with_failure(row, asked.error)
        self._editor.put_assessments([row])
        return assessment_document(row)

    def change(self, trace_id: str, assessment_id: str, body: object) -> dict[str, Any]:
        """An assessment with what ``body`` says instead of what it said.

        A new value takes the place of an error and the other way round; metadata is added to.

        Raises:
            BadQueryError: an id or the body is malformed, or the body is about another kind.
            NotFoundError: there is no such assessment.
        """
        trace_id, assessment_id = _valid_ids(trace_id, assessment_id)
        asked = read(Change, body)
        with self._lock(trace_id):
            row = replace(self._row(trace_id, assessment_id), updated=time.time_ns())
            if asked.kind is not None and asked.kind != row.kind:
                raise BadQueryError(
                    f"kind: the assessment is {row.kind}, not {asked.kind}",
                    "delete it and make another, or change it as what it is",
                )
            if asked.error is not None and row.kind == "expectation":
                raise BadQueryError("error: an expectation has none", "leave it out")
            if asked.error is not None or asked.value is not None:
                row = _with_failure(replace(row, value=_json(asked.value)), asked.error)
            if asked.name is not None:
                row = replace(row, name=asked.name)
            if asked.source is not None:
                row = replace(
                    row, source_type=asked.source.source_type, source_id=asked.source.source_id
                )
            if "rationale" in asked.model_fields_set:
                row = replace(row, rationale=asked.rationale or "")
            row = replace(row, metadata={**row.metadata, **(asked.metadata or {})})
            self._editor.put_assessments([row])
        return assessment_document(row)

    def override(self, trace_id: str, assessment_id: str, body: object) -> dict[str, Any]:
        """New feedback in the place of other feedback, which is not valid any more.

        Raises:
            BadQueryError: an id or the body is malformed, or it is an expectation.
            NotFoundError: there is no such assessment.
            ConflictError: it has been overridden already.
        """
        trace_id, assessment_id = _valid_ids(trace_id, assessment_id)
        asked = read(Override, body)
        if asked.value is None:
            raise BadQueryError("value: it is null", "give the value that is right")
        source = asked.source or Source(source_type="HUMAN")
        with self._lock(trace_id):
            old = self._row(trace_id, assessment_id)
            if old.kind != "feedback":
                raise BadQueryError("an expectation is not overridden", "change its value")
            if not old.valid:
                raise ConflictError(
                    "the assessment has been overridden", "override the one that overrides it"
                )
            now = time.time_ns()
            new = AssessmentRow(
                trace_id=trace_id,
                assessment_id=_new_id(),
                name=old.name,
                kind=old.kind,
                created=now,
                updated=now,
                span_id=old.span_id,
                value=_json(asked.value),
                source_type=source.source_type,
                source_id=source.source_id,
                rationale=asked.rationale or "",
                metadata=asked.metadata or {},
                overrides=old.assessment_id,
            )
            self._editor.put_assessments([replace(old, valid=False, updated=now), new])
        return assessment_document(new)

    def remove(self, trace_id: str, assessment_id: str) -> None:
        """Take an assessment away; one that it overrode is valid again.

        Raises:
            BadQueryError: an id is malformed.
            NotFoundError: there is no such assessment.
        """
        trace_id, assessment_id = _valid_ids(trace_id, assessment_id)
        with self._lock(trace_id):
            rows = read_assessments(self._store, [trace_id])
            old = _among(rows, assessment_id)
            now = time.time_ns()
            changed = [replace(old, deleted=True, updated=now)]
            changed += [
                replace(row, valid=True, updated=now)
                for row in rows
                if row.assessment_id == old.overrides
            ]
            self._editor.put_assessments(changed)

    def _row(self, trace_id: str, assessment_id: str) -> AssessmentRow:
        return _among(read_assessments(self._store, [trace_id]), assessment_id)

    def _lock(self, trace_id: str) -> threading.Lock:
        return self._locks[int(trace_id, 16) % _LOCKS]


def _with_failure(row: AssessmentRow, error: Failure | None) -> AssessmentRow:
    """The row with this error, or without one."""
    return replace(
        row,
        error_code=error.error_code if error else "",
        error_message=(error.error_message if error else None) or "",
        error_stack_trace=(error.stack_trace if error else None) or "",
    )


def _among(rows: list[AssessmentRow], assessment_id: str) -> AssessmentRow:
    found = next((row for row in rows if row.assessment_id == assessment_id), None)
    if found is None:
        raise NotFoundError(
            f"the trace has no assessment {assessment_id}", "it may have been deleted"
        )
    return found


def _valid_ids(trace_id: str, assessment_id: str) -> tuple[str, str]:
    if _ID.fullmatch(assessment_id) is None:
        raise BadQueryError(
            "the assessment id is malformed", "an assessment id is a- and 32 hex digits"
        )
    return valid_trace_id(trace_id), assessment_id


def _new_id() -> str:
    return f"a-{secrets.token_hex(16)}"


def _json(value: object) -> str:
    return "" if value is None else orjson.dumps(value).decode()
