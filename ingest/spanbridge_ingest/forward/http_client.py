"""OTLP over HTTP, as protobuf."""

from __future__ import annotations

import asyncio
import gzip
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from spanbridge_ingest.forward.answers import Answer, Later, Refused
from spanbridge_ingest.forward.grpc_client import read_reply
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.values import OtlpUrl

_PROTOBUF: Final = "application/x-protobuf"
_RETRIED: Final = frozenset({429, 502, 503, 504})
_DIVISIBLE: Final = frozenset({400, 413, 422, 500})
_HINTS: Final = {
    401: "check --forward-header",
    403: "check --forward-header",
    404: "check the path of --forward",
    405: "check the path of --forward",
    415: "it does not take gzipped protobuf",
    422: "a header it needs may be missing; check --forward-header",
}
_GZIP_LEVEL: Final = 1
_TRACES_PATH: Final = "/v1/traces"
_LOGS_PATH: Final = "/v1/logs"
_MESSAGE_CHARS: Final = 500
_ANSWER_BYTES: Final = 64 << 10
"""Of an answer's body: what counts fits; the rest is not read."""


class HttpClient:
    """Connections to an OTLP/HTTP endpoint."""

    def __init__(self, destination: OtlpUrl) -> None:
        base = f"{destination.scheme}://{destination.authority}"
        self._urls = {Signal.TRACES: base + destination.path}
        if destination.path.endswith(_TRACES_PATH):
            prefix = destination.path.removesuffix(_TRACES_PATH)
            self._urls[Signal.LOGS] = base + prefix + _LOGS_PATH
        # httpx's own time limits are for each read: a body could take for ever.
        self._client = httpx.AsyncClient(follow_redirects=False, timeout=None)

    async def send(
        self, signal: Signal, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """Make one attempt."""
        url = self._urls.get(signal)
        if url is None:
            return Refused(
                "no address", "its path does not end in /v1/traces, so that of logs is not known"
            )
        own = {
            "content-type": _PROTOBUF,
            "content-encoding": "gzip",
            "accept-encoding": "identity",
        }
        content = gzip.compress(body, _GZIP_LEVEL)
        answer: httpx.Response | None = None
        start = bytearray()
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._client.stream(
                    "POST", url, content=content, headers={**headers, **own}
                ) as answer,
            ):
                async for piece in answer.aiter_raw():
                    start += piece[: _ANSWER_BYTES - len(start)]
                    if len(start) == _ANSWER_BYTES:
                        break
        except Exception as error:
            # The status is the answer, whatever becomes of the body.
            if answer is None:
                return _no_answer(error, timeout_s)
        return _read(signal, answer, bytes(start))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _no_answer(error: Exception, timeout_s: float) -> Answer:
    if isinstance(error, TimeoutError):
        return Later(f"no answer in {timeout_s:.3g} s")
    if isinstance(error, httpx.TransportError | OSError):
        return Later(type(error).__name__)
    # Nothing that the network does: it would fail again.
    return Refused(f"unexpected {type(error).__qualname__}")


def _read(signal: Signal, answer: httpx.Response, start: bytes) -> Answer:
    """What an answer says whose body begins with ``start``."""
    status = answer.status_code
    content = b"" if "content-encoding" in answer.headers else start
    if answer.is_success:
        is_protobuf = answer.headers.get("content-type", "").startswith(_PROTOBUF)
        return read_reply(signal, content if is_protobuf else b"")
    message = content.decode(errors="replace")[:_MESSAGE_CHARS]
    if status in _RETRIED:
        return Later(str(status), _retry_after_s(answer), message)
    if answer.is_redirect:
        return Refused(
            str(status), "it redirects; give the address it redirects to", False, message
        )
    return Refused(str(status), _HINTS.get(status, ""), status in _DIVISIBLE, message)


def _retry_after_s(answer: httpx.Response) -> float | None:
    """Seconds or a date, https://www.rfc-editor.org/rfc/rfc9110#name-retry-after ."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
        return seconds if math.isfinite(seconds) else None
    try:
        at = parsedate_to_datetime(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return (at - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
