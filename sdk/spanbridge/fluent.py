"""Starting spans, and asking for the one that is open."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final

from opentelemetry import context as otel_context
from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from spanbridge import ended_roots, provider
from spanbridge.entities.event import Link
from spanbridge.entities.span_type import SpanType
from spanbridge.live_span import UNSET, LiveSpan, NoOpSpan
from spanbridge.sampling import start
from spanbridge.span_parts import moment
from spanbridge.trace_state import EXPERIMENT, RUN_METADATA, TraceState, ambient
from spanbridge.values import clean

_LIVE: Final = otel_context.create_key("spanbridge-span")
_CURRENT: Final = next(iter(otel.set_span_in_context(otel.INVALID_SPAN, Context())))
"""Where OpenTelemetry keeps the current span: setting both at once copies the context once."""
_NO_OP: Final = NoOpSpan()
STOPPED_EARLY: Final = "spanbridge.stream.stopped_early"
"""Set on spans around a generator's work that nobody wanted to its end."""
EXPERIMENT_VARIABLE: Final = "SPANBRIDGE_EXPERIMENT"

_enabled = True
_flush_each = False
_experiment: str | None = None
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


def experiment() -> str:
    """What traces are grouped under; '' if nothing."""
    global _experiment
    if _experiment is None:
        # Read once: looking for a variable that is not there takes 2 us, and every trace asks.
        _experiment = os.environ.get(EXPERIMENT_VARIABLE, "")
    return _experiment


def _begin() -> TraceState:
    """The state of a trace that begins here."""
    state = ambient.get().begin()
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


class start_span:
    """A context manager that records a span around what is inside it.

    An exception inside is recorded and passed on. Inside, :func:`get_current_active_span` gives the
    span, and spans that other instrumentations start are its children.

    Args:
        name: what happens inside.
        span_type: one of :class:`SpanType`, or a type of your own.
        attributes: as for :meth:`LiveSpan.set_attributes`.
        run_id: the run that the trace belongs to, if it begins here.
        links: relations to other spans.
    """

    def __init__(
        self,
        name: str = "span",
        span_type: str = SpanType.UNKNOWN,
        attributes: Mapping[str, Any] | None = None,
        *,
        run_id: str | None = None,
        links: Sequence[Link] | None = None,
        sampling_ratio_override: float | None = None,
    ) -> None:
        self._asked = (name, span_type, attributes, links, sampling_ratio_override)
        self._run_id = run_id

    def __enter__(self) -> LiveSpan:
        self._span: LiveSpan = _NO_OP
        self._token = None
        if not is_enabled():
            return self._span
        name, span_type, attributes, links, ratio = self._asked
        self._span = span = open_span(
            name, span_type, attributes=attributes, links=links, sampling_ratio=ratio
        )
        if self._run_id is not None and span.is_local_root:
            span.trace_state.update(metadata={RUN_METADATA: self._run_id})
        self._token = otel_context.attach(within(span))
        return span

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        if self._token is None:
            return
        otel_context.detach(self._token)
        end_with(self._span, error)

    async def __aenter__(self) -> LiveSpan:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)


def start_span_no_context(
    name: str,
    span_type: str = SpanType.UNKNOWN,
    parent_span: LiveSpan | None = None,
    inputs: Any = None,
    attributes: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    experiment_id: str | None = None,
    start_time_ns: int | None = None,
    links: Sequence[Link] | None = None,
) -> LiveSpan:
    """Start a span that never becomes current; end it with :meth:`LiveSpan.end`.

    Args:
        name: what happens.
        span_type: one of :class:`SpanType`, or a type of your own.
        parent_span: the span above it; the current one if not given.
        inputs: what goes in.
        attributes: as for :meth:`LiveSpan.set_attributes`.
        tags: of the trace.
        metadata: of the trace.
        experiment_id: of the trace.
        start_time_ns: nanoseconds since the epoch; now if not given.
        links: relations to other spans.
    """
    if not is_enabled() or parent_span is _NO_OP:
        return _NO_OP
    span = open_span(
        name,
        span_type,
        parent=None if parent_span is None else within(parent_span),
        attributes=attributes,
        links=links,
        start_time_ns=start_time_ns,
    )
    if inputs is not None:
        span.set_inputs(inputs)
    if tags or metadata:
        span.trace_state.update(tags=tags, metadata=metadata)
    if experiment_id is not None:
        span.trace_state.update(metadata={EXPERIMENT: experiment_id})
    return span


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


_told: Final[set[str]] = set()


def tell_once(message: str) -> None:
    """Log a warning, unless it has been told before."""
    if message not in _told:
        _told.add(message)
        import logging

        logging.getLogger("spanbridge").warning("%s", message)


def reset() -> None:
    """Be as at the start of the process: recording, and without a last trace."""
    global _last, _experiment
    set_enabled(True)
    set_flush_each(False)
    _experiment = None
    _last = None
    ended_roots.forget()
    _last_here.__dict__.clear()
