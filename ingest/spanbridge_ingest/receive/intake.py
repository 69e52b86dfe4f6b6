"""From the bytes of a request to its outcome: what both transports share."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final, Protocol

from spanbridge_ingest.errors import BusyError, TooLargeError
from spanbridge_ingest.receive.density import check_density
from spanbridge_ingest.receive.encoding import DEFAULT_LIMIT, Encoding, inflate
from spanbridge_ingest.receive.framing import Framed, check_frames
from spanbridge_ingest.receive.otlp_json import json_to_otlp
from spanbridge_ingest.receive.status import OK, as_request_error, row_of
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.telemetry import Telemetry

_INFLATE_INLINE_BYTES: Final = 8 << 10
"""Compressed bytes that are inflated on the event loop: even a bomb of this size is done in about
10 ms, and a change of threads costs an honest one more than the work."""
_JSON_INLINE_BYTES: Final = 32 << 10
_SCAN_INLINE_BYTES: Final = 512 << 10
"""Protobuf that is checked on the event loop, in a few milliseconds at most."""
_PREPARE_THREADS: Final = 2
_BUSY_RETRY_S: Final = 1.0


class Transport(StrEnum):
    """How a request came, as a label of metrics."""

    GRPC = "grpc"
    HTTP_PROTOBUF = "http_protobuf"
    HTTP_JSON = "http_json"
    HTTP_OTHER = "http_other"


class ClientGoneError(Exception):
    """The client left before its request was complete: there is nothing to store or to answer."""


class Submitter(Protocol):
    """What the receiver needs of a committer."""

    @property
    def ready(self) -> bool:
        """Whether a request would be accepted now."""

    async def check(self) -> None:
        """Raise UnavailableError when the store does not answer."""

    async def submit(
        self,
        signal: Signal,
        payload: bytes,
        resource_count: int,
        request_attributes: Mapping[str, str],
    ) -> Mapping[str, int]:
        """Return when the request is durable, with what was rejected of it, by reason."""


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Bounds on what is in memory before the committer's queue takes over."""

    request_bytes: int = DEFAULT_LIMIT
    """One request, as it came and inflated."""
    receiving_bytes: int = 256 << 20
    """All bodies being read or unpacked at one time. A compressed one counts as it came and
    inflated, so this should be at least twice ``request_bytes``."""


class ByteBudget:
    """Bytes that may be held at one time; safe to use from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self.held = 0

    def take(self, size: int) -> None:
        """Hold ``size`` more bytes.

        Raises:
            BusyError: that would be too many.
        """
        with self._lock:
            if self.held + size > self._limit:
                raise BusyError("too much is being received at the moment", _BUSY_RETRY_S)
            self.held += size

    def give_back(self, size: int) -> None:
        """Hold ``size`` bytes less."""
        with self._lock:
            self.held -= size


class _Share:
    """What one request holds of a budget."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._held = 0

    def take(self, size: int) -> None:
        self._budget.take(size)
        self._held += size

    def give_back(self) -> None:
        self._budget.give_back(self._held)


class Intake:
    """Inflates, converts and checks requests, and hands them to the committer."""

    def __init__(
        self, committer: Submitter, telemetry: Telemetry, limits: IntakeLimits | None = None
    ) -> None:
        self.limits = limits or IntakeLimits()
        self.committer = committer
        self.telemetry = telemetry
        self.budget = ByteBudget(self.limits.receiving_bytes)
        self._threads = ThreadPoolExecutor(_PREPARE_THREADS, thread_name_prefix="spanbridge-unpack")

    async def answered(
        self, signal: str, transport: Transport, work: Awaitable[Mapping[str, int]]
    ) -> Mapping[str, int]:
        """Await ``work`` and count how it ended.

        Raises:
            RequestError: whatever went wrong.
            ClientGoneError: passed through.
        """
        started = time.monotonic()
        outcome = "cancelled"
        try:
            rejected = await work
            outcome = "partial" if rejected else OK.outcome
            return rejected
        except ClientGoneError:
            raise
        except Exception as error:
            refusal = as_request_error(error)
            outcome = row_of(refusal).outcome
            if refusal is error:
                raise
            raise refusal from error
        finally:
            labels = (signal, transport.value)
            self.telemetry.requests.labels(*labels, outcome).inc()
            self.telemetry.ack_seconds.labels(*labels).observe(time.monotonic() - started)

    async def submit(
        self,
        signal: Signal,
        transport: Transport,
        body: bytes,
        encoding: Encoding,
        request_attributes: Mapping[str, str],
    ) -> Mapping[str, int]:
        """Store the request in ``body``; return when it is durable.

        Raises:
            RequestError: it is not stored.
        """
        framed = await self._prepare(signal, transport, body, encoding)
        del body
        return await self.committer.submit(signal, *framed, request_attributes)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _prepare(
        self, signal: Signal, transport: Transport, body: bytes, encoding: Encoding
    ) -> Framed:
        size = len(body)
        if size > self.limits.request_bytes:
            raise TooLargeError(f"the request is larger than {self.limits.request_bytes} bytes")
        is_json = transport is Transport.HTTP_JSON
        share = _Share(self.budget)
        work = partial(
            _unpack, signal, body, encoding, is_json, self.limits.request_bytes, share.take
        )
        try:
            if size <= _inline_bytes(encoding, is_json):
                return work()
            share.take(size)
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            share.give_back()


def _inline_bytes(encoding: Encoding, is_json: bool) -> int:
    if encoding is not Encoding.IDENTITY:
        return _INFLATE_INLINE_BYTES
    return _JSON_INLINE_BYTES if is_json else _SCAN_INLINE_BYTES


def _unpack(
    signal: Signal,
    body: bytes,
    encoding: Encoding,
    is_json: bool,
    limit: int,
    grew: Callable[[int], None],
) -> Framed:
    content = inflate(body, encoding, limit, grew)
    framed = json_to_otlp(signal, content) if is_json else check_frames(content)
    if len(framed.payload) > limit:
        raise TooLargeError(f"the request is larger than {limit} bytes as protobuf")
    check_density(framed.payload)
    return framed
