"""The forwarder as a part of ``spanbridge serve``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from spanbridge_ingest.cli.wiring import forward_options
from spanbridge_ingest.commit.entry import OnStored
from spanbridge_ingest.forward.forwarder import Forwarder
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.telemetry import Telemetry

# -P: the directory that the service was started in is no place to import from.
_WORKER = (sys.executable, "-P", "-m", "spanbridge_ingest.cli.forward_worker")


@asynccontextmanager
async def forwarding(settings: Settings, telemetry: Telemetry) -> AsyncIterator[OnStored | None]:
    """Forward while the block runs; yields who takes stored requests, None when it is off."""
    options = forward_options(settings)
    if options is None:
        yield None
        return
    forwarder = Forwarder(options, telemetry, _WORKER)
    forwarder.start()
    try:
        yield forwarder.offer
    finally:
        await asyncio.to_thread(forwarder.close)
