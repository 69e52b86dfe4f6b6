"""What traces are made of."""

from __future__ import annotations

from spanbridge.entities.document import Document
from spanbridge.entities.event import Link, SpanEvent
from spanbridge.entities.run import Experiment, Run, RunInfo
from spanbridge.entities.span_type import SpanLogLevel, SpanType
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.live_span import LiveSpan, NoOpSpan

__all__ = [
    "Document",
    "Experiment",
    "Link",
    "LiveSpan",
    "NoOpSpan",
    "Run",
    "RunInfo",
    "SpanEvent",
    "SpanLogLevel",
    "SpanStatus",
    "SpanStatusCode",
    "SpanType",
]
