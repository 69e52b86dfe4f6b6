"""Recording generators: their span ends whenever they end, and they behave as before."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Any, Final

from opentelemetry import context as otel_context

from spanbridge import settings
from spanbridge.fluent import STOPPED_EARLY as STOPPED_EARLY
from spanbridge.fluent import is_enabled, within
from spanbridge.live_span import UNSET, LiveSpan, NoOpSpan
from spanbridge.settings import redacted
from spanbridge.values import from_json, to_json

Open = Callable[[tuple[Any, ...], Mapping[str, Any]], LiveSpan]
Reducer = Callable[[list[Any]], Any]

DROPPED_CHUNKS: Final = "spanbridge.stream.dropped_chunk_events"
"""How many items of a stream have no event, because there were too many."""

DROPPED_OUTPUTS: Final = "spanbridge.stream.dropped_outputs"
"""How many items of a stream are not among its outputs, because these were too long."""

_MOST_CHARACTERS: Final = 16 * 1024 * 1024


class Chunks:
    """The items of a stream, as events of its span and as its outputs."""

    def __init__(self, span: LiveSpan, reducer: Reducer | None) -> None:
        self._span = span
        self._reducer = reducer
        self._items: list[Any] = []
        self._count = 0
        self._kept_characters = 0

    def add(self, item: Any) -> None:
        """Record an item."""
        if not self._span.is_recording or not self._span.keeps_content:
            return
        number, self._count = self._count, self._count + 1
        wanted = settings.current()
        if wanted.content_on_spans and wanted.mlflow and number < wanted.max_chunk_events:
            add_chunk_event(self._span, number, item)
        if self._reducer is not None:
            self._items.append(item)
        elif self._kept_characters < _MOST_CHARACTERS:
            # As it is now: a generator may change what it has given.
            text = to_json(item)
            self._kept_characters += len(text)
            self._items.append(text)

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
        if self._span.status == UNSET:
            self._span.set_status(UNSET)
        self._end()

    def _end(self) -> None:
        wanted = settings.current()
        without_event = self._count - wanted.max_chunk_events
        if wanted.content_on_spans and wanted.mlflow and without_event > 0:
            self._span.set_attribute(DROPPED_CHUNKS, without_event)
        if self._count > len(self._items):
            self._span.set_attribute(DROPPED_OUTPUTS, self._count - len(self._items))
        self._span.end(None if self._span.has_outputs else self._outputs())

    def _outputs(self) -> Any:
        if not self._span.is_recording or not self._span.keeps_content:
            return None
        if self._reducer is None:
            return list(map(from_json, self._items))
        try:
            return self._reducer(self._items)
        except Exception as error:
            self._span.set_attribute("spanbridge.output_reducer.error", type(error).__name__)
            return self._items


class Inside:
    """The context that a generator works in: its span's, and what it changes while it works.

    Spans that the generator has open across a ``yield`` are current again when it goes on, and
    never for who consumes it.
    """

    def __init__(self, span: LiveSpan) -> None:
        self._context = within(span)

    def __enter__(self) -> None:
        self._token = otel_context.attach(self._context)

    def __exit__(self, *_: object) -> None:
        self._context = otel_context.get_current()
        otel_context.detach(self._token)


def add_chunk_event(span: LiveSpan, number: int, item: Any) -> None:
    """Record an item of a stream as MLflow does: an event with the item as JSON."""
    span.add_item(number, to_json(redacted(item, "chunk")), time.time_ns())


def wrapped(
    function: Callable[..., Generator[Any, Any, Any]], open_span: Open, reducer: Reducer | None
) -> Callable[..., Generator[Any, Any, Any]]:
    """``function``, recorded."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if not is_enabled():
            return (yield from function(*args, **kwargs))
        span = open_span(args, kwargs)
        chunks, inside = Chunks(span, reducer), Inside(span)
        try:
            with inside:
                generator = function(*args, **kwargs)
            step: Callable[[], Any] = functools.partial(next, generator)
            while True:
                with inside:
                    item = step()
                chunks.add(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    with inside:
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
        # Switched off it takes the same way: nothing else passes on what is sent to it.
        span = open_span(args, kwargs) if is_enabled() else NoOpSpan()
        inside = Inside(span) if is_enabled() else contextlib.nullcontext()
        chunks = Chunks(span, reducer)
        try:
            with inside:
                generator = function(*args, **kwargs)
            step: Callable[[], Any] = generator.__anext__
            while True:
                with inside:
                    item = await step()
                chunks.add(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    with inside:
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
