"""The JSON body of a request that changes something, and who may send one.

A browser lets any page send a plain POST to any address it can reach, this service's loopback
address included. It asks first (and is refused) when the content is JSON, and says in ``Origin``
which page it is.
"""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from starlette.requests import ClientDisconnect, Request

from spanbridge_ingest.query.errors import (
    BadQueryError,
    ForbiddenError,
    TooMuchError,
    UnsupportedMediaError,
)

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
_BODY_S: Final = 30.0
_OPENING: Final = frozenset(b"[{")


async def json_body(request: Request) -> Any:
    """The value that the body of a request spells, the request being one that may come.

    Raises:
        ForbiddenError: a page of another origin sent it.
        UnsupportedMediaError: it is not announced as JSON.
        TooMuchError: it is larger than ``MAX_BYTES``.
        BadQueryError: it is not JSON, nested deeper than ``MAX_DEPTH``, or slow to come.
    """
    refuse_other_origins(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise UnsupportedMediaError(
            "the body is not announced as JSON", "send it with Content-Type: application/json"
        )
    body = await _read(request)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadQueryError("the body is not JSON", "send one JSON value, as UTF-8") from None
    if sum(byte in _OPENING for byte in body) > MAX_DEPTH and _deeper(value, MAX_DEPTH):
        raise BadQueryError(f"the body is nested deeper than {MAX_DEPTH} levels", "flatten it")
    return value


def refuse_other_origins(request: Request) -> None:
    """Refuse what a web page sends that this service did not serve.

    A name may be pointed at this machine by whoever owns it, so an origin counts as ours only by
    an address or as ``localhost``.

    Raises:
        ForbiddenError: a page of another origin sent it.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return
    try:
        page = urlsplit(origin)
        name = page.hostname or ""
    except ValueError:
        page, name = urlsplit(""), ""
    if page.netloc and page.netloc == request.headers.get("host", "") and _is_address(name):
        return
    raise ForbiddenError(
        "a web page of another origin sent this", "send it from a program, not from a page"
    )


def _is_address(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _read(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    too_much = TooMuchError(f"the body is larger than {MAX_BYTES} bytes", "send less at once")
    if announced.isdigit() and int(announced) > MAX_BYTES:
        raise too_much
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise too_much
    except (TimeoutError, ClientDisconnect):
        raise BadQueryError("the body did not arrive in time", "send it again") from None
    return bytes(body)


def _deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return levels == 0 or any(_deeper(item, levels - 1) for item in value)
