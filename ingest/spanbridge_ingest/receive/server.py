"""The receiver: gRPC and HTTP on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from spanbridge_ingest.hosts import is_loopback
from spanbridge_ingest.receive.grpc_server import GrpcEndpoint, GrpcLimits
from spanbridge_ingest.receive.health import health_routes, nothing_here
from spanbridge_ingest.receive.http_body import BodyLimits
from spanbridge_ingest.receive.http_protocol import BoundedProtocol
from spanbridge_ingest.receive.http_routes import otlp_app
from spanbridge_ingest.receive.intake import Intake, IntakeLimits, Submitter
from spanbridge_ingest.receive.listen import bound, listen
from spanbridge_ingest.receive.own_names import OwnNames
from spanbridge_ingest.telemetry import Telemetry
from spanbridge_ingest.values import Address

DEFAULT_GRPC: Final = Address("127.0.0.1", 4317)
DEFAULT_HTTP: Final = Address("127.0.0.1", 4318)
_KEEP_ALIVE_S: Final = 75
"""Longer than exporters pause between two requests (5 s), or they would meet a connection that is
being closed."""


@dataclass(frozen=True, slots=True)
class ReceiverOptions:
    """Where the receiver listens and what it bears. None for an address switches it off."""

    grpc: Address | None = DEFAULT_GRPC
    http: Address | None = DEFAULT_HTTP
    intake: IntakeLimits = field(default_factory=IntakeLimits)
    grpc_limits: GrpcLimits = field(default_factory=GrpcLimits)
    body_limits: BodyLimits = field(default_factory=BodyLimits)
    cors_origins: Sequence[str] = ()
    stop_deadline_s: float = 20.0
    """How long requests under way may take to finish when the receiver stops."""


class Receiver:
    """Takes OTLP and hands it to a committer, which stays its creator's to start and close.

    ``mounts`` are further ASGI applications on the HTTP port, by path prefix (``/api``). Use it as
    an async context manager: leaving it stops accepting and waits for what is under way, so a
    committer that is closed after it has nothing left that anybody waits for.
    """

    def __init__(
        self,
        committer: Submitter,
        telemetry: Telemetry,
        options: ReceiverOptions | None = None,
        mounts: Mapping[str, ASGIApp] | None = None,
    ) -> None:
        self._options = options or ReceiverOptions()
        self._committer = committer
        self._telemetry = telemetry
        self._mounts = mounts or {}
        self._intake = Intake(committer, telemetry, self._options.intake)
        self._grpc: GrpcEndpoint | None = None
        self._http: HttpServer | None = None
        self.grpc_address: Address | None = None
        """Where gRPC listens, with the real port; None when it does not."""
        self.http_address: Address | None = None
        """Where HTTP listens, with the real port; None when it does not."""

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Listen on both addresses, or on neither.

        Raises:
            ConfigError: an address does not exist or a port is taken.
        """
        options = self._options
        try:
            if options.http is not None:
                listener = listen(options.http)
                self.http_address = bound(listener, options.http)
                self._http = HttpServer(self._app(), listener, options.stop_deadline_s)
            if options.grpc is not None:
                self._grpc = GrpcEndpoint(self._intake, options.grpc, options.grpc_limits)
                self.grpc_address = await self._grpc.start()
            if self._http is not None:
                await self._http.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop accepting, finish what is under way within the deadline, close."""
        async with asyncio.TaskGroup() as group:
            if self._grpc is not None:
                group.create_task(self._grpc.stop(self._options.stop_deadline_s))
            if self._http is not None:
                group.create_task(self._http.stop())
        self._grpc = self._http = None
        self.grpc_address = self.http_address = None
        self._intake.close()

    def _app(self) -> Starlette:
        otlp = otlp_app(self._intake, self._options.body_limits, self._options.cors_origins)
        routes: list[BaseRoute] = [*health_routes(self._committer, self._telemetry)]
        routes.append(Mount("/v1", otlp))
        local = self._options.http is not None and is_loopback(self._options.http.host)
        routes += [
            Mount(prefix, OwnNames(app) if local else app) for prefix, app in self._mounts.items()
        ]
        return Starlette(routes=routes, exception_handlers={404: nothing_here})


class HttpServer(uvicorn.Server):
    """uvicorn as a part of a program: it neither takes signals nor configures logging."""

    def __init__(self, app: ASGIApp, listener: socket.socket, stop_deadline_s: float) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=math.ceil(stop_deadline_s),
            )
        )
        self._listener = listener
        self._serving: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the program's."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell :meth:`start` when connections are taken."""
        await super().startup(sockets)
        self._ready.set()

    async def start(self) -> None:
        """Serve, and return when connections are taken."""
        self._serving = asyncio.create_task(self.serve([self._listener]))
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({self._serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self._serving

    async def stop(self) -> None:
        """Take no more requests and finish those under way."""
        self.should_exit = True
        if self._serving is not None:
            await self._serving
        self._listener.close()
