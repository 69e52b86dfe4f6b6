"""The storage API over a store of the test's, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spanbridge_ingest.errors import UnavailableError
from spanbridge_ingest.jaeger.grpc_server import JaegerEndpoint, ReadLimits
from spanbridge_ingest.query.gate import Gate
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.store import ClickHouseStore, open_store
from spanbridge_ingest.values import Address


class Committer:
    """Says whether the store answers."""

    ready = True

    async def check(self) -> None:
        if not self.ready:
            raise UnavailableError("the store is away", 1.0)

    async def submit(self, *_: Any) -> Any:
        raise NotImplementedError


@contextmanager
def copied_store(original: Path, directory: Path) -> Iterator[ClickHouseStore]:
    """Open a copy of a store that is not open."""
    store = open_store(directory=Path(shutil.copytree(original, directory, symlinks=True)))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def endpoint(
    store: Reader,
    limits: ReadLimits | None = None,
    committer: Committer | None = None,
    threads: int = 2,
) -> Iterator[Address]:
    """Serve until the block ends; yields where."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> tuple[JaegerEndpoint, Address]:
        made = JaegerEndpoint(
            store, Gate(threads), committer or Committer(), Address("127.0.0.1", 0), limits
        )
        return made, await made.start()

    try:
        server, address = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
        try:
            yield address
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(0.1), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
