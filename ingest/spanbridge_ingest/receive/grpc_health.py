"""``grpc.health.v1.Health``, written by hand: its messages have one field each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import grpc
from grpc import aio

from spanbridge_ingest.errors import UnavailableError
from spanbridge_ingest.receive.intake import Submitter

_SERVING: Final = b"\x08\x01"
_NOT_SERVING: Final = b"\x08\x02"
_SERVICE_UNKNOWN: Final = b"\x08\x03"
_WATCH_PAUSE_S: Final = 5.0
"""A watcher hears of a change after at most this long."""


class HealthService:
    """Answers for the server (``""``) and for each of ``services``."""

    def __init__(self, committer: Submitter, services: frozenset[str]) -> None:
        self._committer = committer
        self._known = services | {""}
        self._stopping = asyncio.Event()

    def handler(self) -> grpc.GenericRpcHandler[bytes, bytes]:
        """The service, to be added to a server."""
        return grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health",
            {
                "Check": grpc.unary_unary_rpc_method_handler(self._check),
                "Watch": grpc.unary_stream_rpc_method_handler(self._watch),
            },
        )

    def stop(self) -> None:
        """Tell the watchers, and end their streams: a graceful stop waits for open ones."""
        self._stopping.set()

    async def _check(self, request: bytes, context: aio.ServicerContext[bytes, bytes]) -> bytes:
        if _service(request) not in self._known:
            await context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        if self._stopping.is_set():
            return _NOT_SERVING
        try:
            await self._committer.check()
        except UnavailableError:
            return _NOT_SERVING
        return _SERVING

    async def _watch(
        self, request: bytes, context: aio.ServicerContext[bytes, bytes]
    ) -> AsyncIterator[bytes]:
        known = _service(request) in self._known
        last = b""
        while not self._stopping.is_set():
            state = self._state() if known else _SERVICE_UNKNOWN
            if state != last:
                last = state
                yield state
            try:
                async with asyncio.timeout(_WATCH_PAUSE_S):
                    await self._stopping.wait()
            except TimeoutError:
                continue
        if known and last != _NOT_SERVING:
            yield _NOT_SERVING

    def _state(self) -> bytes:
        return _SERVING if self._committer.ready else _NOT_SERVING


def _service(request: bytes) -> str:
    """``HealthCheckRequest.service``: field 1; names are far below 128 bytes."""
    if len(request) > 1 and request[0] == 0x0A and request[1] == len(request) - 2:
        return request[2:].decode(errors="replace")
    return "" if not request else "\ufffd"
