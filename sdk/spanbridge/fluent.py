"""Starting spans, and asking for the one that is open."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

from opentelemetry import context as otel_context
from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from spanbridge import ended_roots, provider, run_stack
from spanbridge.entities.event import Link
from spanbridge.entities.span_type import SpanType
from spanbridge.live_span import UNSET, LiveSpan, NoOpSpan
from spanbridge.sampling import start
from spanbridge.span_parts import moment
from spanbridge.telling import tell_once
from spanbridge.trace_state import EXPERIMENT, TraceState, ambient
from spanbridge.values import clean

_LIVE: Final = otel_context.create_key("spanbridge-span")
_CURRENT: Final = next(iter(otel.set_span_in_context(otel.INVALID_SPAN, Context())))
"""Where OpenTelemetry keeps the current span: setting both at once copies the context once."""
STOPPED_EARLY: Final = "spanbridge.stream.stopped_early"
"""Set on spans around a generator's work that nobody wanted to its end."""
EXPERIMENT_VARIABLE: Final = "SPANBRIDGE_EXPERIMENT"

_enabled = True
_flush_each = False
_experiment: str | None = None
_experiment_here: Final[ContextVar[str]] = ContextVar("spanbridge_experiment", default="")
_last: int | None = None
_last_here: Final = threading.local()


def is_enabled() -> bool:
    """Whether spans are recorded here and now."""
    return _enabled and ambient.get().enabled


def set_enabled(enabled: bool) -> None:
    """Record spans, or do not, in the whole process."""
    global _enabled
    _enabled = enabled


def set_flush_each(flush_each: bool) -> None:
    """Send each trace before its topmost span's end returns, or in the background."""
    global _flush_each
    _flush_each = flush_each


def set_experiment(name: str) -> None:
    """Group the traces that begin from now on under ``name``."""
    global _experiment
    _experiment = name


def set_experiment_here(name: str) -> None:
    """Group the traces that begin from now on in this thread or task under ``name``."""
    _experiment_here.set(name)


def experiment() -> str:
    """What traces that begin here are grouped under; '' if nothing."""
    global _experiment
    if here := _experiment_here.get():
        return here
    if (run := run_stack.current()) is not None and run.info.experiment_id:
        return run.info.experiment_id
    if _experiment is None:
        # Read once: looking for a variable that is not there takes 2 us, and every trace asks.
        _experiment = os.environ.get(EXPERIMENT_VARIABLE, "")
    return _experiment


def _begin() -> TraceState:
    """The state of a trace that begins here."""
    state = ambient.get().begin()
    if (run := run_stack.current()) is not None:
        run_stack.link(state, run)
    if name := experiment():
        state.metadata.setdefault(EXPERIMENT, name)
    return state


def open_span(
    name: str,
    span_type: str = SpanType.UNKNOWN,
    *,
    parent: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Any] | None = None,
    links: Sequence[Link] | None = None,
    start_time_ns: int | None = None,
    sampling_ratio: float | None = None,
) -> LiveSpan:
    """A new span below the current one, or below that of ``parent``; it is not made current.

    Attributes that are :class:`~spanbridge.span_parts.Prepared` cost less.
    """
    try:
        return _open(
            clean(name if type(name) is str else str(name)),
            span_type if type(span_type) is str else str(span_type or SpanType.UNKNOWN),
            parent,
            kind,
            attributes,
            links,
            start_time_ns,
            sampling_ratio,
        )
    except Exception as error:
        # Raised by a sampler or a span processor of the application.
        tell_once(f"spans cannot be started: {type(error).__name__}: {error}")
        return NoOpSpan()


def _open(
    name: str,
    span_type: str,
    parent: Context | None,
    kind: SpanKind,
    attributes: Mapping[str, Any] | None,
    links: Sequence[Link] | None,
    start_time_ns: int | None,
    sampling_ratio: float | None,
) -> LiveSpan:
    above: LiveSpan | None = otel_context.get_value(_LIVE, parent)  # type: ignore[assignment]
    start_time_ns = None if start_time_ns is None else moment(start_time_ns)
    started = start(name, parent, kind, start_time_ns, sampling_ratio)
    if not started.is_recording():
        return NoOpSpan(started)
    trace_id = started.get_span_context().trace_id
    joins = above is not None and above.otel_span.get_span_context().trace_id == trace_id
    state = above.trace_state if above is not None and joins else _begin()
    # A trace whose topmost span has ended goes on here: this span carries what is set from now on.
    is_root = above is None or not joins or not root_is_open(state)
    span = LiveSpan(
        started,
        name,
        span_type,
        state,
        is_local_root=is_root,
        on_end=_remember if is_root else None,
    )
    if is_root:
        state.root = span
    if attributes:
        span.set_attributes(attributes)
    for link in links or ():
        span.add_link(link)
    return span


def root_is_open(state: TraceState) -> bool:
    """Whether the span that carries what is said of a trace has still to be written."""
    return isinstance(state.root, LiveSpan) and state.root.is_recording


def _remember(root: LiveSpan) -> None:
    global _last
    context = root.otel_span.get_span_context()
    _last = _last_here.trace_id = context.trace_id
    ended_roots.remember(context)
    if _flush_each:
        provider.flush()


def within(span: LiveSpan, parent: Context | None = None) -> Context:
    """The current context, or ``parent``, with ``span`` as the current span."""
    values = (otel_context.get_current() if parent is None else parent).copy()
    values[_CURRENT] = span.otel_span
    values[_LIVE] = None if type(span) is NoOpSpan else span
    return Context(values)


class active:
    """A context manager inside which a span is current; leaving it does not end the span."""

    def __init__(self, span: LiveSpan) -> None:
        self._span = span

    def __enter__(self) -> LiveSpan:
        self._token = otel_context.attach(within(self._span))
        return self._span

    def __exit__(self, *_: object) -> None:
        otel_context.detach(self._token)


def end_with(span: LiveSpan, error: BaseException | None) -> None:
    """End a span whose work is over, or has failed, or was stopped by who wanted no more of it."""
    if isinstance(error, GeneratorExit):
        span.set_attribute(STOPPED_EARLY, True)
        if span.status == UNSET:
            span.set_status(UNSET)
    elif error is not None:
        span.record_exception(error)
    span.end()


def get_current_active_span() -> LiveSpan | None:
    """The innermost span that was opened here and is current; None if there is none."""
    span = otel_context.get_value(_LIVE)
    if not isinstance(span, LiveSpan) or not span.is_recording:
        return None
    # A caller's trace may have been taken up since.
    trace_id = otel.get_current_span().get_span_context().trace_id
    return span if span.otel_span.get_span_context().trace_id == trace_id else None


def get_active_trace_id() -> str | None:
    """The id of the trace that is being recorded here; None if there is none."""
    context = otel.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def get_last_active_trace_id(thread_local: bool = False) -> str | None:
    """The id of the trace that ended last in this process, or in this thread; None before any."""
    last = getattr(_last_here, "trace_id", None) if thread_local else _last
    return None if last is None else f"{last:032x}"


def reset() -> None:
    """Be as at the start of the process: recording, and without a last trace."""
    global _last, _experiment
    set_enabled(True)
    set_flush_each(False)
    _experiment = None
    _experiment_here.set("")
    run_stack.forget()
    _last = None
    ended_roots.forget()
    _last_here.__dict__.clear()
