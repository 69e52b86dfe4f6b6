"""OTLP over HTTP, as protobuf."""

from __future__ import annotations

import gzip
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


class HttpClient:
    """Connections to an OTLP/HTTP endpoint."""

    def __init__(self, destination: OtlpUrl) -> None:
        base = f"{destination.scheme}://{destination.authority}"
        self._urls = {Signal.TRACES: base + destination.path}
        if destination.path.endswith(_TRACES_PATH):
            prefix = destination.path.removesuffix(_TRACES_PATH)
            self._urls[Signal.LOGS] = base + prefix + _LOGS_PATH
        self._client = httpx.AsyncClient(follow_redirects=False)

    async def send(
        self, signal: Signal, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """Make one attempt."""
        url = self._urls.get(signal)
        if url is None:
            return Refused(
                "no address", "its path does not end in /v1/traces, so that of logs is not known"
            )
        own = {"content-type": _PROTOBUF, "content-encoding": "gzip"}
        content = gzip.compress(body, _GZIP_LEVEL)
        try:
            answer = await self._client.post(
                url, content=content, headers={**headers, **own}, timeout=timeout_s
            )
        except httpx.HTTPError as error:
            return Later(type(error).__name__)
        return _read(signal, answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _read(signal: Signal, answer: httpx.Response) -> Answer:
    status = answer.status_code
    if answer.is_success:
        is_protobuf = answer.headers.get("content-type", "").startswith(_PROTOBUF)
        return read_reply(signal, answer.content if is_protobuf else b"")
    message = answer.text[:_MESSAGE_CHARS]
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
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
