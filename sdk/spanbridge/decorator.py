"""The decorator that records calls of a function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar, overload

from opentelemetry import context as otel_context

from spanbridge import generators, spelling
from spanbridge.arguments import Binder, binder
from spanbridge.entities.event import Link
from spanbridge.entities.span_type import SpanLogLevel, SpanType
from spanbridge.entities.trace_location import TraceLocationBase
from spanbridge.exceptions import InvalidValueError
from spanbridge.fluent import is_enabled, open_span, within
from spanbridge.lenient import by_key, listed, said_of_a_span
from spanbridge.live_span import LiveSpan
from spanbridge.span_parts import Prepared
from spanbridge.starting import trace_metadata

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])
# The whole type, and not one made of its parameters and its result: overloads survive only so.

TRACED: Final = "__spanbridge_traced__"
"""The mark of a function that is recorded."""


@dataclass(frozen=True)
class Traced:
    """How the calls of one function are recorded."""

    name: str
    span_type: str
    attributes: Mapping[str, Any]
    trace_metadata: Mapping[str, str]
    links: Sequence[Link] | None
    sampling_ratio: float | None
    bind: Binder

    def open(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> LiveSpan:
        """The span of a call, with its arguments as inputs."""
        span = open_span(
            self.name,
            self.span_type,
            attributes=self.attributes,
            links=self.links,
            sampling_ratio=self.sampling_ratio,
        )
        if span.is_recording:
            if self.trace_metadata and span.is_local_root:
                span.trace_state.update(metadata=self.trace_metadata)
            span.set_inputs(self.bind(args, kwargs))
        return span


@overload
def trace(
    func: F,
    name: str | None = ...,
    span_type: str = ...,
    attributes: Mapping[str, Any] | None = ...,
    output_reducer: Callable[[list[Any]], Any] | None = ...,
    trace_destination: TraceLocationBase | None = ...,
    sampling_ratio_override: float | None = ...,
    log_level: SpanLogLevel | str | None = ...,
    links: Sequence[Link] | None = ...,
    description: str | None = ...,
) -> F: ...


@overload
def trace(
    func: None = None,
    name: str | None = ...,
    span_type: str = ...,
    attributes: Mapping[str, Any] | None = ...,
    output_reducer: Callable[[list[Any]], Any] | None = ...,
    trace_destination: TraceLocationBase | None = ...,
    sampling_ratio_override: float | None = ...,
    log_level: SpanLogLevel | str | None = ...,
    links: Sequence[Link] | None = ...,
    description: str | None = ...,
) -> Callable[[F], F]: ...


def trace(
    func: Callable[..., Any] | None = None,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Callable[[list[Any]], Any] | None = None,
    trace_destination: TraceLocationBase | None = None,
    sampling_ratio_override: float | None = None,
    log_level: SpanLogLevel | str | None = None,
    links: Sequence[Link] | None = None,
    description: str | None = None,
) -> Any:
    """Record every call of a function: its arguments, what it returns, how it fails.

    For functions, coroutine functions, generators and asynchronous generators, methods, class and
    static methods; as ``@trace``, as ``@trace(...)`` and as ``trace(function)``. The function
    behaves as before.

    A generator's span is open from the first item that is asked for until it is exhausted, closed,
    or fails, and is current only while the generator works. Each item is a span event, and all of
    them, or what ``output_reducer`` makes of them, are the outputs.

    Args:
        func: the function.
        name: of the spans; the function's name if not given.
        span_type: one of :class:`SpanType`, or a type of your own.
        attributes: as for :meth:`LiveSpan.set_attributes`.
        output_reducer: makes the outputs of a generator of the list of its items.
        trace_destination: the experiment of the traces that begin here.
        sampling_ratio_override: the share, 0 to 1, of the traces beginning here that are recorded.
        log_level: how important it is: a :class:`SpanLogLevel`, or its name.
        links: relations to other spans.
        description: what it is for.

    Raises:
        InvalidValueError: the ratio is out of range, or a reducer is given for no generator.
    """
    _check_ratio(sampling_ratio_override)
    said = {**by_key(attributes, "attributes"), **said_of_a_span(log_level, description)}
    of_trace = trace_metadata(None, trace_destination)

    def decorate(function: Callable[..., Any]) -> Any:
        if isinstance(function, classmethod | staticmethod):
            return type(function)(decorate(function.__func__))
        if not callable(function):
            raise InvalidValueError(
                f"trace is for functions, not for {function!r}: a name is given as trace(name=...)"
            )
        how = Traced(
            name or _name_of(function),
            span_type,
            Prepared.of({spelling.FUNCTION: _name_of(function), **said}),
            of_trace,
            listed(links, "links"),
            sampling_ratio_override,
            binder(function),
        )
        return _wrapped(function, how, output_reducer)

    return decorate if func is None else decorate(func)


def _check_ratio(ratio: float | None) -> None:
    if ratio is not None and not 0 <= ratio <= 1:
        raise InvalidValueError(f"sampling_ratio_override is {ratio}; it is a share from 0 to 1")


def _wrapped(
    function: Callable[..., Any],
    how: Traced,
    reducer: Callable[[list[Any]], Any] | None,
) -> Callable[..., Any]:
    called = _called(function)
    wrapper: Callable[..., Any]
    if inspect.isgeneratorfunction(called):
        wrapper = generators.wrapped(function, how.open, reducer)
    elif inspect.isasyncgenfunction(called):
        wrapper = generators.wrapped_async(function, how.open, reducer)
    elif reducer is not None:
        raise InvalidValueError(
            f"output_reducer is for generators, and {how.name} is none: leave it out, or yield"
        )
    elif inspect.iscoroutinefunction(called):
        wrapper = _coroutine(function, how)
    else:
        wrapper = _plain(function, how)
    setattr(wrapper, TRACED, True)
    return wrapper


def _plain(function: Callable[P, R], how: Traced) -> Callable[P, R]:
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_enabled():
            return function(*args, **kwargs)
        span = how.open(args, kwargs)
        token = otel_context.attach(within(span))
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            otel_context.detach(token)
            span.record_exception(error)
            span.end()
            raise
        otel_context.detach(token)
        _end(span, result)
        return result

    return wrapper


def _coroutine(function: Callable[P, Awaitable[R]], how: Traced) -> Callable[P, Awaitable[R]]:
    @functools.wraps(function)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_enabled():
            return await function(*args, **kwargs)
        span = how.open(args, kwargs)
        token = otel_context.attach(within(span))
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            otel_context.detach(token)
            span.record_exception(error)
            span.end()
            raise
        otel_context.detach(token)
        _end(span, result)
        return result

    return wrapper


def _end(span: LiveSpan, result: object) -> None:
    # What the function itself has said of its outputs stands.
    span.end(None if span.has_outputs else result)


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    """What runs when ``function`` is called: under partials, and in objects that can be called."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function) or isinstance(function, type):
        return function
    return type(function).__call__


def _name_of(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", None) or type(function).__name__)
