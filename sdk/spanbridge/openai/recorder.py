"""What is read of a response body, while the application reads it."""

from __future__ import annotations

import atexit
import functools
import os
import time
import weakref
from collections.abc import Iterable
from typing import Any, Final, Protocol

import orjson

from spanbridge import settings
from spanbridge.generators import DROPPED_CHUNKS
from spanbridge.integration import redacted
from spanbridge.openai.call import Call
from spanbridge.openai.endpoints import IMAGES, RESPONSES, Endpoint
from spanbridge.openai.facts import NOTHING, Body
from spanbridge.openai.guard import guarded
from spanbridge.openai.parsing import body_of, parsed
from spanbridge.openai.reduce_chat import CompletionReducer
from spanbridge.openai.reduce_responses import ImageReducer, ResponsesReducer
from spanbridge.openai.reducing import Reducer
from spanbridge.openai.responses import INLINE_IMAGE, failure_of, without_large_images
from spanbridge.openai.sse import Event, Splitter

FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
_DONE: Final = b"[DONE]"


class Recorder(Protocol):
    """Sees the bytes of one body and tells the call how it ended."""

    is_reading: bool
    """Bytes are being waited for; then the end of the response is the end of the body."""

    def feed(self, piece: bytes) -> Iterable[bytes]:
        """Take bytes as they come; returns what the application gets, piece by piece."""

    def rest(self) -> bytes:
        """What the application gets when there are no more bytes."""

    def ended(self) -> None:
        """The body has been read to its end."""

    def stopped(self, error: BaseException | None = None) -> None:
        """It will not be read any further; by the application's choice, or because of an error."""


class BodyRecorder:
    """A body in one piece, which the application reads itself."""

    def __init__(self, call: Call) -> None:
        self.is_reading = False
        self._call = call
        self._pieces: list[bytes] = []

    def feed(self, piece: bytes) -> Iterable[bytes]:
        """Keep the bytes and pass them on."""
        self._pieces.append(piece)
        return (piece,)

    def rest(self) -> bytes:
        """Nothing is held back."""
        return b""

    def ended(self) -> None:
        """The body is there."""
        self._call.completed(body_of(b"".join(self._pieces)))

    def stopped(self, error: BaseException | None = None) -> None:
        """Without its end a body says nothing."""
        self._call.interrupted(NOTHING, error)

    def __del__(self) -> None:
        self.stopped()


class StreamRecorder:
    """A stream of events.

    Args:
        call: whose answer it is.
        hides_usage: the application has not asked for the chunk with the usage, and does not get
            it.
    """

    def __init__(self, call: Call, *, hides_usage: bool = False) -> None:
        self.is_reading = False
        self._call = call
        self._hides_usage = hides_usage
        self._splitter = Splitter()
        self._reducer = _reducer(call.endpoint)
        self._is_done = False
        self._fault: ValueError | None = None
        self._count = 0
        _stop_at_exit()
        _open.add(self)

    def feed(self, piece: bytes) -> Iterable[bytes]:
        """Take each event before the application gets it, and not before it asks for it."""
        for event in self._splitter.feed(piece):
            if not self._take(event):
                yield event.raw

    def rest(self) -> bytes:
        """What came after the last whole event."""
        event = self._splitter.rest()
        return b"" if self._take(event) else event.raw

    def ended(self) -> None:
        """There are no more events."""
        self._call.completed(self._body() or NOTHING)

    def leave_to_the_parent(self) -> None:
        """Record nothing more of it in this process."""
        self._call.leave_to_the_parent()

    def stopped(self, error: BaseException | None = None) -> None:
        """The application may have all it wanted: what follows the last choice is no loss."""
        if self._call.is_over:
            return
        body, error = self._body() or NOTHING, error or self._fault
        if error is None and self._is_over(body):
            self._call.completed(body)
        else:
            self._call.interrupted(body, error)

    def __del__(self) -> None:
        self.stopped()

    @guarded
    def _is_over(self, body: Body) -> bool:
        return self._is_done or self._reducer.is_complete or failure_of(body) is not None

    @guarded
    def _take(self, event: Event) -> bool:
        """Record an event; returns whether it is kept from the application."""
        if not event.data:
            return False
        if event.data.startswith(_DONE):
            self._is_done = True
            return False
        now = time.time_ns()
        if self._count == 0:
            seconds = max(0, now - self._call.span.start_time_ns) / 10**9
            self._call.span.set_attribute(FIRST_CHUNK, seconds)
        try:
            chunk = parsed(event.data)
        except ValueError as error:
            self._fault = error  # which the application gets, too
            return False
        if not isinstance(chunk, dict):
            return False
        hidden = self._hides_usage and chunk.get("choices") == [] and bool(chunk.get("usage"))
        if not hidden:
            self._add_event(event.data, chunk, now)
        self._reducer.add(chunk)
        return hidden

    def _add_event(self, data: bytes, chunk: Any, now: int) -> None:
        wanted = settings.current()
        number, self._count = self._count, self._count + 1
        if not (wanted.content_on_spans and wanted.mlflow) or number >= wanted.max_chunk_events:
            return
        if len(data) > INLINE_IMAGE:
            chunk = without_large_images(chunk)
            data = orjson.dumps(chunk)
        may_leave = redacted(chunk, "chunk")
        value = data if may_leave is chunk else orjson.dumps(may_leave)
        self._call.span.add_item(number, value.decode(), now)

    @guarded
    def _body(self) -> Body:
        wanted = settings.current()
        too_many = self._count - wanted.max_chunk_events
        if too_many > 0 and wanted.content_on_spans and wanted.mlflow:
            self._call.span.set_attribute(DROPPED_CHUNKS, too_many)
        return self._reducer.body()


_open: Final[weakref.WeakSet[StreamRecorder]] = weakref.WeakSet()


@functools.cache
def _stop_at_exit() -> None:
    """See to it that streams that are half read when the process ends have spans that end.

    Called when there is a span, so that this comes before the end of whatever sends it.
    """
    atexit.register(_stop_all)


def _after_fork() -> None:
    """The streams go on in the parent, which ends their spans."""
    for recorder in list(_open):
        recorder.leave_to_the_parent()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _stop_all() -> None:
    for recorder in list(_open):
        recorder.stopped()


def _reducer(endpoint: Endpoint) -> Reducer:
    if endpoint is RESPONSES:
        return ResponsesReducer()
    return ImageReducer() if endpoint is IMAGES else CompletionReducer()
