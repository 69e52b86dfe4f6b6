"""Where ``spanbridge load`` puts requests: into a store, or to a service over OTLP/HTTP."""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spanbridge_ingest.cli import service_info
from spanbridge_ingest.cli.output import console
from spanbridge_ingest.cli.recordings import Recorded
from spanbridge_ingest.cli.wiring import commit_limits, open_settings_store
from spanbridge_ingest.commit.committer import Committer
from spanbridge_ingest.errors import (
    ConfigError,
    InvalidRequestError,
    RequestError,
    RetryableRequestError,
    UnavailableError,
    UnreachableError,
)
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store.base import Signal

Target = Callable[[Recorded], Awaitable[Mapping[str, int]]]
"""Stores one request and returns what was rejected of it, ``{reason: records}``; raises
RequestError when the request as a whole is refused, UnreachableError when all would be."""

_PATIENCE_S = 60.0
"""How long a request is tried again while the store or service says it is busy or away."""
_AWAY_S = 30.0
"""How long a service that has answered before may be silent."""
_TIMEOUT_S = 60.0
_RETRYABLE_STATUS = frozenset((429, 502, 503, 504))
_DEFAULT_RETRY_S = 1.0


@asynccontextmanager
async def open_target(settings: Settings, to: str | None) -> AsyncIterator[Target]:
    """Open the service at ``to``, or the one that holds the store, or else the store itself."""
    if to is None and settings.clickhouse is None:
        running = service_info.running(settings.store)
        if running is not None:
            to = _api_of(running, settings)
            console(stderr=True).print(f"The store is in use; sending to its service at {to}.")
    if to is not None:
        yield _patient(_http_target(to))
        return
    store = await asyncio.to_thread(open_settings_store, settings)
    try:
        async with Committer(store, commit_limits(settings)) as committer:
            await committer.check()
            yield _patient(_committer_target(committer))
    finally:
        await asyncio.to_thread(store.close)


def _api_of(running: service_info.ServiceInfo, settings: Settings) -> str:
    if running.api_url is None:
        raise ConfigError(
            f"The store {settings.store} is in use by process {running.pid}, which takes no "
            "OTLP/HTTP; stop it, or start it with --http."
        )
    return running.api_url


def _patient(target: Target) -> Target:
    async def send(recorded: Recorded) -> Mapping[str, int]:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return await target(recorded)
            except RetryableRequestError as busy:
                if time.monotonic() + busy.retry_after_s > deadline:
                    raise
                await asyncio.sleep(busy.retry_after_s)

    return send


def _committer_target(committer: Committer) -> Target:
    async def send(recorded: Recorded) -> Mapping[str, int]:
        return await committer.submit(recorded.signal, *recorded.framed, {})

    return send


def _http_target(base_url: str) -> Target:
    """A service, which may be away for a while, but not before it has answered for once."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError(f"--to {base_url}: not a URL. Example: http://127.0.0.1:4318")

    answered = False
    silent_since: float | None = None

    async def send(recorded: Recorded) -> Mapping[str, int]:
        nonlocal answered, silent_since
        url = f"{base_url.rstrip('/')}/v1/{recorded.signal.value}"
        try:
            rejected = await asyncio.to_thread(_post, url, recorded)
        except OSError as problem:
            silent_since = silent_since or time.monotonic()
            if not answered or time.monotonic() - silent_since > _AWAY_S:
                raise UnreachableError(
                    f"{base_url} does not answer: {problem}. --to takes the address of OTLP/HTTP, "
                    "such as http://127.0.0.1:4318; `spanbridge serve` prints it."
                ) from None
            raise UnavailableError(f"{url} does not answer: {problem}", _DEFAULT_RETRY_S) from None
        except RequestError:
            answered, silent_since = True, None
            raise
        answered, silent_since = True, None
        return rejected

    return send


def _post(url: str, recorded: Recorded) -> Mapping[str, int]:
    headers = {"Content-Type": "application/x-protobuf"}
    request = urllib.request.Request(url, recorded.framed.payload, headers)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
            return _partial_success(recorded.signal, response.read())
    except urllib.error.HTTPError as refusal:
        message = f"HTTP {refusal.code}: {_status_message(refusal.read())}"
        if refusal.code in _RETRYABLE_STATUS:
            wait = refusal.headers.get("Retry-After", "")
            seconds = float(wait) if wait.isdigit() else _DEFAULT_RETRY_S
            raise UnavailableError(message, seconds) from None
        raise InvalidRequestError(message) from None


def _partial_success(signal: Signal, body: bytes) -> Mapping[str, int]:
    if signal is Signal.TRACES:
        traces = ExportTraceServiceResponse.FromString(body).partial_success
        count, message = traces.rejected_spans, traces.error_message
    else:
        logs = ExportLogsServiceResponse.FromString(body).partial_success
        count, message = logs.rejected_log_records, logs.error_message
    return {message or "no reason given": count} if count else {}


def _status_message(body: bytes) -> str:
    try:
        return str(Status.FromString(body).message) or "no reason given"
    except DecodeError:
        return body[:200].decode(errors="replace")
