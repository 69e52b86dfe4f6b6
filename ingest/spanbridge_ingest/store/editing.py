"""The port for what people do to traces after the fact: tag them, judge them, delete them.

It is all that may be changed over the API: no span, no log record and no price. When a method
returns, what it wrote is durable against ``kill -9`` of this process and visible to readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """One state of an assessment: a row of ``trace_assessments``. Times are ns since the epoch."""

    trace_id: str
    assessment_id: str
    name: str
    kind: str
    created: int
    updated: int
    span_id: str = ""
    value: str = ""
    """JSON; '' if there is none."""
    error_code: str = ""
    error_message: str = ""
    error_stack_trace: str = ""
    source_type: str = ""
    source_id: str = ""
    rationale: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    overrides: str = ""
    valid: bool = True
    origin: str = "api"
    """``otlp`` if this changes an assessment that came as an event."""
    deleted: bool = False


class TraceEditor(Protocol):
    """Every method blocks, is safe to call from any thread, and raises StoreError.

    Ids are taken for well-formed: 32 hex digits in lower case.
    """

    def put_tags(self, trace_id: str, tags: Mapping[str, str | None]) -> None:
        """Set the tags of a trace, all or none; None takes a tag away. The last write wins."""

    def put_assessments(self, rows: Sequence[AssessmentRow]) -> None:
        """Store new states of assessments of one trace, all or none. The last write wins."""

    def delete_traces(self, trace_ids: Sequence[str]) -> int:
        """Delete everything of these traces, a few thousand at most. How many of them there were.

        Not all or nothing: after a failure some may be gone; do it again.
        """
