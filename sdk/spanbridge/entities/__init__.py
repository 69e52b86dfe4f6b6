"""What traces are made of."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from spanbridge.elsewhere import missing
from spanbridge.entities.document import Document
from spanbridge.entities.event import Link, SpanEvent
from spanbridge.entities.experiment import Experiment
from spanbridge.entities.run import Run, RunData, RunInfo, RunStatus
from spanbridge.entities.span_type import SpanLogLevel, SpanType
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.entities.trace_location import (
    MlflowExperimentLocation,
    TraceLocation,
    TraceLocationType,
)
from spanbridge.entities.trace_state import TraceState
from spanbridge.spans.live_span import LiveSpan, NoOpSpan

if TYPE_CHECKING:
    from spanbridge.entities.assessment import (
        Assessment,
        AssessmentError,
        AssessmentSource,
        AssessmentSourceType,
        Expectation,
        Feedback,
    )
    from spanbridge.entities.session import Session
    from spanbridge.entities.span import Span
    from spanbridge.entities.trace import Trace
    from spanbridge.entities.trace_data import TraceData
    from spanbridge.entities.trace_info import TraceInfo

__all__ = [
    "Assessment",
    "AssessmentError",
    "AssessmentSource",
    "AssessmentSourceType",
    "Document",
    "Expectation",
    "Experiment",
    "Feedback",
    "Link",
    "LiveSpan",
    "MlflowExperimentLocation",
    "NoOpSpan",
    "Run",
    "RunData",
    "RunInfo",
    "RunStatus",
    "Session",
    "Span",
    "SpanEvent",
    "SpanLogLevel",
    "SpanStatus",
    "SpanStatusCode",
    "SpanType",
    "Trace",
    "TraceData",
    "TraceInfo",
    "TraceLocation",
    "TraceLocationType",
    "TraceState",
]

_LATER: Final = {
    "Assessment": "assessment",
    "AssessmentError": "assessment_error",
    "AssessmentSource": "assessment_source",
    "AssessmentSourceType": "assessment_source",
    "Expectation": "assessment",
    "Feedback": "assessment",
    "Session": "session",
    "Span": "span",
    "Trace": "trace",
    "TraceData": "trace_data",
    "TraceInfo": "trace_info",
}
"""Names that a program that only records does not need, by their modules."""


def _load(name: str) -> Any:
    if name not in _LATER:
        raise missing(__name__, name, sys.modules[__name__])
    import importlib

    found = getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = found
    return found


if not TYPE_CHECKING:
    # To a type checker, a module that has this has every name.
    __getattr__ = _load
