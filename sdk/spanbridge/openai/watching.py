"""Reading along with whoever reads a response of httpx.

All of the ``openai`` package reads bodies by ``iter_bytes`` and ``aiter_bytes`` of the response, be
it its streams, its raw and streaming responses, or their lines and texts. So these two, and the
closing of the response, are replaced on the one response that is watched, and put back when its
body has been read. Streams stay what they are.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from spanbridge.openai.recorder import Recorder

_REPLACED = ("iter_bytes", "close", "aiter_bytes", "aclose")


def watch(response: Any, recorder: Recorder) -> None:
    """Let a recorder see the body of a response that has not been read.

    Args:
        response: of httpx, synchronous or not.
        recorder: told of every piece, and of the end.
    """
    # A response that is forgotten half read waits for the collector of cycles, as the streams of
    # the package, which hold themselves, always do.
    response.iter_bytes = functools.partial(_iter_bytes, response, recorder)
    response.close = functools.partial(_close, response, recorder)
    response.aiter_bytes = functools.partial(_aiter_bytes, response, recorder)
    response.aclose = functools.partial(_aclose, response, recorder)


def _forget(response: Any) -> None:
    for name in _REPLACED:
        response.__dict__.pop(name, None)


@contextmanager
def _told(response: Any, recorder: Recorder) -> Iterator[None]:
    """Tell the recorder how the reading inside ends."""
    try:
        yield
    except GeneratorExit:
        recorder.stopped()
        raise
    except BaseException as error:
        recorder.stopped(error)
        raise
    finally:
        _forget(response)
    recorder.ended()


def _seen(recorder: Recorder, piece: bytes | None, chunk_size: int | None) -> Iterable[bytes]:
    """What the application gets of a piece; None is the end."""
    if chunk_size is None:
        return recorder.feed(piece) if piece is not None else filter(None, (recorder.rest(),))
    if piece is None:
        recorder.rest()
        return ()
    # In pieces of the application's own choice nothing can be held back.
    deque(recorder.feed(piece), maxlen=0)
    return (piece,)


def _iter_bytes(
    response: Any, recorder: Recorder, chunk_size: int | None = None
) -> Iterator[bytes]:
    source = type(response).iter_bytes(response, chunk_size)
    with _told(response, recorder):
        piece: bytes | None = b""
        while piece is not None:
            recorder.is_reading = True
            try:
                piece = next(source, None)
            finally:
                recorder.is_reading = False
            yield from _seen(recorder, piece, chunk_size)


async def _aiter_bytes(
    response: Any, recorder: Recorder, chunk_size: int | None = None
) -> AsyncIterator[bytes]:
    source = type(response).aiter_bytes(response, chunk_size)
    with _told(response, recorder):
        piece: bytes | None = b""
        while piece is not None:
            recorder.is_reading = True
            try:
                piece = await anext(source, None)
            finally:
                recorder.is_reading = False
            for part in _seen(recorder, piece, chunk_size):
                yield part


def _close(response: Any, recorder: Recorder) -> None:
    try:
        type(response).close(response)
    finally:
        if not recorder.is_reading:
            _forget(response)
            recorder.stopped()


async def _aclose(response: Any, recorder: Recorder) -> None:
    try:
        await type(response).aclose(response)
    finally:
        if not recorder.is_reading:
            _forget(response)
            recorder.stopped()
