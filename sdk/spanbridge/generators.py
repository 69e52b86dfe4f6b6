"""Recording generators: their span ends whenever they end, and they behave as before."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Any, Final

from spanbridge import settings
from spanbridge.entities.event import SpanEvent
from spanbridge.entities.status import SpanStatusCode
from spanbridge.fluent import active, is_enabled
from spanbridge.live_span import CHUNK_EVENT, LiveSpan, redacted
from spanbridge.values import to_json

Open = Callable[[tuple[Any, ...], Mapping[str, Any]], LiveSpan]
Reducer = Callable[[list[Any]], Any]

STOPPED_EARLY: Final = "spanbridge.stream.stopped_early"
"""Set on the span of a stream that nobody read to its end."""

DROPPED_CHUNKS: Final = "spanbridge.stream.dropped_chunk_events"
"""How many items of a stream have no event, because there were too many."""


class Chunks:
    """The items of a stream, as events of its span and as its outputs."""

    def __init__(self, span: LiveSpan, reducer: Reducer | None) -> None:
        self._span = span
        self._reducer = reducer
        self._items: list[Any] = []
        self._events = 0

    def add(self, item: Any) -> None:
        """Record an item."""
        if not settings.current().content_on_spans or not self._span.is_recording:
            return
        self._items.append(item)
        if self._events < settings.current().max_chunk_events:
            add_chunk_event(self._span, self._events, item)
        self._events += 1

    def failed(self, error: BaseException) -> None:
        """End the span of a generator that raised."""
        self._span.record_exception(error)
        self._end()

    def finished(self) -> None:
        """End the span of a generator that is exhausted."""
        self._end()

    def stopped(self) -> None:
        """End the span of a generator that was closed before its end."""
        self._span.set_attribute(STOPPED_EARLY, True)
        self._span.set_status(SpanStatusCode.UNSET)
        self._end()

    def _end(self) -> None:
        too_many = self._events - settings.current().max_chunk_events
        if too_many > 0:
            self._span.set_attribute(DROPPED_CHUNKS, too_many)
        self._span.end(None if self._span.has_outputs else self._outputs())

    def _outputs(self) -> Any:
        if self._reducer is None:
            return self._items
        try:
            return self._reducer(self._items)
        except Exception as error:
            self._span.set_attribute("spanbridge.output_reducer.error", type(error).__name__)
            return self._items


def add_chunk_event(span: LiveSpan, number: int, item: Any) -> None:
    """Record an item of a stream as MLflow does: an event with the item as JSON."""
    text = to_json(redacted(item, "chunk"))
    name = f"{CHUNK_EVENT}{number}"
    span.add_event(SpanEvent(name, attributes={"mlflow.chunk.value": text}))


def wrapped(
    function: Callable[..., Generator[Any, Any, Any]], open_span: Open, reducer: Reducer | None
) -> Callable[..., Generator[Any, Any, Any]]:
    """``function``, recorded."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if not is_enabled():
            return (yield from function(*args, **kwargs))
        span = open_span(args, kwargs)
        chunks = Chunks(span, reducer)
        try:
            with active(span):
                generator = function(*args, **kwargs)
            step: Callable[[], Any] = functools.partial(next, generator)
            while True:
                with active(span):
                    item = step()
                chunks.add(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    with active(span):
                        generator.close()
                    raise
                except BaseException as error:
                    step = functools.partial(generator.throw, error)
                else:
                    step = functools.partial(generator.send, sent)
        except StopIteration as stop:
            chunks.finished()
            return stop.value
        except GeneratorExit:
            chunks.stopped()
            raise
        except BaseException as error:
            chunks.failed(error)
            raise

    return wrapper


def wrapped_async(
    function: Callable[..., AsyncGenerator[Any, Any]], open_span: Open, reducer: Reducer | None
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """``function``, recorded."""

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        if not is_enabled():
            async for item in _passed_on(function(*args, **kwargs)):
                yield item
            return
        span = open_span(args, kwargs)
        chunks = Chunks(span, reducer)
        try:
            with active(span):
                generator = function(*args, **kwargs)
            step: Callable[[], Any] = generator.__anext__
            while True:
                with active(span):
                    item = await step()
                chunks.add(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    with active(span):
                        await generator.aclose()
                    raise
                except BaseException as error:
                    step = functools.partial(generator.athrow, error)
                else:
                    step = functools.partial(generator.asend, sent)
        except StopAsyncIteration:
            chunks.finished()
        except GeneratorExit:
            chunks.stopped()
            raise
        except BaseException as error:
            chunks.failed(error)
            raise

    return wrapper


async def _passed_on(generator: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
    """What ``yield from`` would do, if asynchronous generators had it."""
    step: Callable[[], Any] = generator.__anext__
    while True:
        try:
            item = await step()
        except StopAsyncIteration:
            return
        try:
            sent = yield item
        except GeneratorExit:
            await generator.aclose()
            raise
        except BaseException as error:
            step = functools.partial(generator.athrow, error)
        else:
            step = functools.partial(generator.asend, sent)
