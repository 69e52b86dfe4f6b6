"""Read the body of an HTTP request, within bounds of size and time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from spanbridge_ingest.errors import TooLargeError, UnavailableError
from spanbridge_ingest.receive.intake import ByteBudget, ClientGoneError

_SLOW_RETRY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How long a body may take."""

    idle_s: float = 30.0
    """Between two pieces."""
    total_s: float = 300.0
    """Altogether: a client that sends a byte now and then does not hold its connection for ever."""
    drain_s: float = 2.0
    """How long the body of a refused request is read and thrown away before the answer."""


async def read_body(
    request: Request, size_limit: int, limits: BodyLimits, budget: ByteBudget
) -> bytes:
    """The whole body. What is being read counts against ``budget``.

    Raises:
        TooLargeError: over ``size_limit`` bytes, as announced or as sent.
        BusyError: the budget is used up.
        UnavailableError: too slow; the sender keeps the data and may try again.
        ClientGoneError: nobody is there any more.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > size_limit:
        raise TooLargeError(f"the request is larger than {size_limit} bytes")
    chunks: list[bytes] = []
    size = 0
    more = True
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limits.total_s
    try:
        async with asyncio.timeout(limits.idle_s) as timeout:
            while more:
                chunk, more = await _next_chunk(request)
                budget.take(len(chunk))
                size += len(chunk)
                if size > size_limit:
                    raise TooLargeError(f"the request is larger than {size_limit} bytes")
                chunks.append(chunk)
                timeout.reschedule(min(deadline, loop.time() + limits.idle_s))
    except TimeoutError:
        raise UnavailableError("the body of the request took too long", _SLOW_RETRY_S) from None
    finally:
        budget.give_back(size)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def drain_body(request: Request, seconds: float) -> bool:
    """Throw away what is left of the body, for a while; whether its end was reached.

    Most clients send everything before they listen. One that finds its connection closed instead
    of an answer sends the same again.
    """
    if request.headers.get("expect", "").lower() == "100-continue":
        return False  # This client listens first; asking for its body would make it send.
    try:
        async with asyncio.timeout(seconds):
            while (await _next_chunk(request))[1]:
                pass
    except (TimeoutError, ClientGoneError):
        return False
    return True


async def _next_chunk(request: Request) -> tuple[bytes, bool]:
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return message.get("body", b""), message.get("more_body", False)
