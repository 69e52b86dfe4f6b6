"""spanbridge: MLflow-style tracing on plain OpenTelemetry.

import spanbridge

@spanbridge.trace
def answer(question: str) -> str: ...

Spans are standard OTLP spans with ``gen_ai.*`` and ``mlflow.*`` attributes; they go through the
tracer provider of the application, or through one made from the standard ``OTEL_*`` variables.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from spanbridge import config, entities, exceptions, openai, tracing, tracking
from spanbridge.autologging import autolog
from spanbridge.decorator import trace
from spanbridge.elsewhere import missing
from spanbridge.entities.span_type import SpanType
from spanbridge.exceptions import MlflowException
from spanbridge.experiments import (
    create_experiment,
    get_experiment,
    get_experiment_by_name,
    set_experiment,
)
from spanbridge.fluent import (
    get_active_trace_id,
    get_current_active_span,
    get_last_active_trace_id,
)
from spanbridge.pipeline.provider import flush, flush_trace_async_logging
from spanbridge.runs import ActiveRun, active_run, end_run, last_active_run, start_run
from spanbridge.starting import start_span, start_span_no_context
from spanbridge.tracing import context
from spanbridge.tracking import get_tracking_uri, is_tracking_uri_set, set_tracking_uri
from spanbridge.updating import update_current_trace
from spanbridge.whole_traces import add_trace, log_trace

if TYPE_CHECKING:
    from spanbridge import client
    from spanbridge.client import MlflowClient, SpanbridgeClient
    from spanbridge.reading.assessments import (
        delete_assessment,
        get_assessment,
        log_assessment,
        log_expectation,
        log_feedback,
        override_feedback,
        update_assessment,
    )
    from spanbridge.reading.traces import (
        delete_trace_tag,
        get_trace,
        search_sessions,
        search_traces,
        set_trace_tag,
    )

__version__ = "0.1.0"

__all__ = [
    "ActiveRun",
    "MlflowClient",
    "MlflowException",
    "SpanType",
    "SpanbridgeClient",
    "active_run",
    "add_trace",
    "autolog",
    "client",
    "config",
    "context",
    "create_experiment",
    "delete_assessment",
    "delete_trace_tag",
    "end_run",
    "entities",
    "exceptions",
    "flush",
    "flush_trace_async_logging",
    "get_active_trace_id",
    "get_assessment",
    "get_current_active_span",
    "get_experiment",
    "get_experiment_by_name",
    "get_last_active_trace_id",
    "get_trace",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "last_active_run",
    "log_assessment",
    "log_expectation",
    "log_feedback",
    "log_trace",
    "openai",
    "override_feedback",
    "search_sessions",
    "search_traces",
    "set_experiment",
    "set_trace_tag",
    "set_tracking_uri",
    "start_run",
    "start_span",
    "start_span_no_context",
    "trace",
    "tracing",
    "tracking",
    "update_assessment",
    "update_current_trace",
]

_LATER: Final = {
    "MlflowClient": ("client", "SpanbridgeClient"),
    "SpanbridgeClient": ("client", "SpanbridgeClient"),
    **{
        name: ("reading.assessments", name)
        for name in (
            "delete_assessment",
            "get_assessment",
            "log_assessment",
            "log_expectation",
            "log_feedback",
            "override_feedback",
            "update_assessment",
        )
    },
    **{
        name: ("reading.traces", name)
        for name in (
            "delete_trace_tag",
            "get_trace",
            "search_sessions",
            "search_traces",
            "set_trace_tag",
        )
    },
}
"""Names that a program that only records does not need, by module and name there."""


def _load(name: str) -> Any:
    import importlib

    if name == "client":
        return importlib.import_module("spanbridge.client")
    if name not in _LATER:
        raise missing("spanbridge", name, sys.modules[__name__])
    module, its_name = _LATER[name]
    found = getattr(importlib.import_module(f"spanbridge.{module}"), its_name)
    globals()[name] = found
    return found


if not TYPE_CHECKING:
    # To a type checker, a module that has this has every name.
    __getattr__ = _load


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, "client"})
