"""spanbridge: MLflow-style tracing on plain OpenTelemetry.

import spanbridge

@spanbridge.trace
def answer(question: str) -> str: ...

Spans are standard OTLP spans with ``gen_ai.*`` and ``mlflow.*`` attributes; they go through the
tracer provider of the application, or through one made from the standard ``OTEL_*`` variables.
"""

from __future__ import annotations

from spanbridge import config, entities, tracing
from spanbridge.decorator import trace
from spanbridge.entities.span_type import SpanType
from spanbridge.fluent import (
    get_active_trace_id,
    get_current_active_span,
    get_last_active_trace_id,
    start_span,
    start_span_no_context,
)
from spanbridge.provider import flush
from spanbridge.runs import active_run, end_run, set_experiment, start_run
from spanbridge.tracking import get_tracking_uri, set_tracking_uri
from spanbridge.updating import update_current_trace

__version__ = "0.1.0"

__all__ = [
    "SpanType",
    "active_run",
    "config",
    "end_run",
    "entities",
    "flush",
    "get_active_trace_id",
    "get_current_active_span",
    "get_last_active_trace_id",
    "get_tracking_uri",
    "set_experiment",
    "set_tracking_uri",
    "start_run",
    "start_span",
    "start_span_no_context",
    "trace",
    "tracing",
    "update_current_trace",
]
