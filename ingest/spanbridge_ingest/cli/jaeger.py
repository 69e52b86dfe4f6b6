"""What Jaeger and Grafana's Jaeger data source read, as a part of ``spanbridge serve``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from spanbridge_ingest.query.gate import Gate
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.receive.intake import Submitter
from spanbridge_ingest.values import Address

READ_THREADS = 2
"""Fewer than the store has readers: whoever searches for long leaves some to the API."""

_STOP_S = 1.0
"""Calls under way at a stop only read; nobody has to wait for them."""


@asynccontextmanager
async def jaeger_storage(
    address: Address | None, store: Reader, gate: Gate, committer: Submitter
) -> AsyncIterator[Address | None]:
    """Serve the storage API while the block runs; yields where it listens, None when it is off.

    Raises:
        ConfigError: the address does not exist or its port is taken.
    """
    if address is None:
        yield None
        return
    from spanbridge_ingest.jaeger.grpc_server import JaegerEndpoint

    endpoint = JaegerEndpoint(store, gate, committer, address)
    try:
        yield await endpoint.start()
    finally:
        await endpoint.stop(_STOP_S)
