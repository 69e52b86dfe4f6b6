"""Turning recording on and off, and saying what is recorded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace

from spanbridge import fluent, settings, telling, tracking
from spanbridge.entities.trace_location import TraceLocationBase
from spanbridge.exceptions import InvalidValueError
from spanbridge.lenient import experiment_of
from spanbridge.pipeline import provider
from spanbridge.settings import Redact, SpanHook
from spanbridge.spans.live_span import LiveSpan
from spanbridge.spans.trace_state import NOTHING, ambient
from spanbridge.telling import tell_once
from spanbridge.tracing.around import context
from spanbridge.tracing.display import disable_notebook_display, enable_notebook_display
from spanbridge.tracing.distributed import (
    get_tracing_context_headers_for_http_request,
    set_tracing_context_from_http_request_headers,
)
from spanbridge.tracing.threads import copy_context_to_thread

__all__ = [
    "configure",
    "context",
    "copy_context_to_thread",
    "disable",
    "disable_notebook_display",
    "enable",
    "enable_notebook_display",
    "flush",
    "get_bridged_tracer_provider",
    "get_tracing_context_headers_for_http_request",
    "is_enabled",
    "reset",
    "set_destination",
    "set_span_chat_tools",
    "set_tracing_context_from_http_request_headers",
]

flush: Final = provider.flush
is_enabled: Final = fluent.is_enabled


def enable() -> None:
    """Record spans again.

    The tracer provider is in place afterwards, which otherwise is made with the first span. Call it
    when a service starts whose requests are recorded by another instrumentation: what that starts
    before the provider is there is lost.
    """
    fluent.set_enabled(True)
    provider.tracer()


def disable() -> None:
    """Record no spans from now on, in the whole process. Functions that are traced just run."""
    fluent.set_enabled(False)


def reset() -> None:
    """Forget everything that was configured: as at the start of the process.

    A tracer provider that was made for the process stays, because OpenTelemetry lets none be
    replaced.
    """
    provider.flush(provider.EXIT_TIMEOUT_MS / 1000)
    fluent.reset()
    tracking.reset()
    telling.reset()
    settings.restore(None)
    ambient.set(NOTHING)


class configure:
    """Change what is recorded; as a context manager, until it is left.

    Args:
        span_processors: functions that get each :class:`LiveSpan` before it ends, on the thread
            that ends it, and may change it. If one fails, the span's content is not recorded.
        redact: gets every value of content and what it is (``inputs``, ``outputs``, ``chunk``,
            ``exception.message`` ...), and returns what may be recorded. If it fails, nothing of
            the value is.
        semconv: the attributes to write: ``gen_ai,mlflow``, ``gen_ai`` or ``mlflow``.
        max_chunk_events: as many items of a stream become span events.

    Raises:
        InvalidValueError: a value cannot be.
    """

    def __init__(
        self,
        span_processors: Sequence[SpanHook] | None = None,
        redact: Redact | None = None,
        semconv: str | None = None,
        max_chunk_events: int | None = None,
    ) -> None:
        changes: dict[str, Any] = {}
        if span_processors is not None:
            _check_callable("span_processors", span_processors, ["a span"])
            changes["span_hooks"] = tuple(span_processors)
        if redact is not None:
            _check_callable("redact", [redact], ["a value", "what it is"])
            changes["redact"] = redact
        if semconv is not None:
            changes.update(settings.parse_semconv(semconv))
        if max_chunk_events is not None:
            if max_chunk_events < 0:
                raise InvalidValueError(f"max_chunk_events is {max_chunk_events}, below 0")
            changes["max_chunk_events"] = max_chunk_events
        self._before = settings.change(**changes)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        settings.restore(self._before)


def _check_callable(name: str, given: Sequence[Callable[..., Any]], gets: Sequence[str]) -> None:
    for one in given:
        if not callable(one):
            raise InvalidValueError(f"{name} takes functions; {type(one).__name__} is none")
        try:
            signature = inspect.signature(one)
        except (TypeError, ValueError):  # some built in functions have none
            continue
        try:
            signature.bind(*gets)
        except TypeError:
            raise InvalidValueError(
                f"{name} takes functions that can be called with {' and '.join(gets)}; this one "
                f"takes {signature}"
            ) from None


def set_span_chat_tools(span: LiveSpan, tools: Sequence[Mapping[str, Any]]) -> None:
    """Say which tools a model could call, in OpenAI's form for function tools.

    What is no list of mappings with a ``type`` is left out and told once in the log.
    """
    try:
        known = [tool for tool in tools if isinstance(tool, Mapping) and "type" in tool]
        complete = len(known) == len(tools)
    except TypeError:
        known, complete = [], False
    if not complete:
        tell_once("a tool is left out: it is a mapping with a type, such as type: function")
    if known:
        span.set_attribute("mlflow.chat.tools", known)


def set_destination(destination: TraceLocationBase, *, context_local: bool = False) -> None:
    """Group the traces that begin from now on under an experiment, as ``set_experiment`` does.

    Args:
        destination: a :class:`MlflowExperimentLocation`, or a :class:`TraceLocation` of one.
        context_local: only in this thread or task, where it goes before ``set_experiment``.

    Raises:
        InvalidValueError: it names no experiment.
    """
    experiment = experiment_of(destination)
    if experiment is None:
        raise InvalidValueError(
            "set_destination takes MlflowExperimentLocation(experiment_id=...); traces go to the "
            "service at the tracking URI, see set_tracking_uri()"
        )
    if context_local:
        fluent.set_experiment_here(experiment)
    else:
        fluent.set_experiment(experiment)


def get_bridged_tracer_provider() -> trace.TracerProvider:
    """The tracer provider that spans are recorded by: that of the whole process."""
    provider.tracer()
    return trace.get_tracer_provider()


_NOT_HERE: Final = frozenset(
    {
        "set_databricks_monitoring_sql_warehouse_id",
        "set_experiment_trace_location",
        "unset_experiment_trace_location",
    }
)


def _missing(name: str) -> Any:
    if name in _NOT_HERE:
        raise AttributeError(
            f"spanbridge.tracing has no {name}: there are no tables of Databricks; traces go to "
            "the service at the tracking URI, see set_tracking_uri()"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if not TYPE_CHECKING:
    # To a type checker, a module that has this has every name.
    __getattr__ = _missing
