"""The read-only ClickHouse HTTP interface on the embedded store, on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.receive.listen import bound, listen
from spanbridge_ingest.receive.server import HttpServer
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.values import Address

_REQUEST_BYTES = 4 << 20
"""Readers send questions; the engine takes none over 256 KiB, and their parameters are short."""

_STOP_S = 1.0
"""Queries under way at a stop only read; nobody has to wait for them."""


@asynccontextmanager
async def clickhouse_front(settings: Settings, engine: Engine) -> AsyncIterator[Address | None]:
    """Serve it while the block runs; yields where it listens, None when it is off.

    Raises:
        ConfigError: the address does not exist, its port is taken, or the store is a server.
    """
    if settings.clickhouse_http is None:
        yield None
        return
    # Imported here: a service on a ClickHouse server does without the embedded engine.
    from spanbridge_ingest.clickhouse_http import FrontOptions, create_front
    from spanbridge_ingest.store.embedded import EmbeddedEngine

    if not isinstance(engine, EmbeddedEngine):
        raise ConfigError("--clickhouse-http is for an embedded store; ask your server itself")
    app = create_front(engine.connect, FrontOptions(max_request_bytes=_REQUEST_BYTES))
    listener = listen(settings.clickhouse_http)
    server = HttpServer(app, listener, _STOP_S)
    await server.start()
    try:
        yield bound(listener, settings.clickhouse_http)
    finally:
        await server.stop()
