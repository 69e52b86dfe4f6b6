"""A front on a fresh embedded engine, behind a real HTTP server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb
import clickhouse_connect
import uvicorn
from clickhouse_connect.driver.client import Client

from spanbridge_ingest.clickhouse_http import FrontOptions, create_front


@dataclass(frozen=True)
class Served:
    """Where the front listens, and a handle on the engine behind it."""

    port: int
    engine: Any
    connect: Callable[[], Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, **options: Any) -> Client:
        return clickhouse_connect.get_client(
            host="127.0.0.1", port=self.port, autogenerate_session_id=False, **options
        )


@contextmanager
def serve(path: Path, options: FrontOptions | None = None) -> Iterator[Served]:
    target = str(path.absolute())
    engine = chdb.connect(target)

    def connect() -> Any:
        return chdb.connect(target)

    app = create_front(connect, options)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            threading.Event().wait(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        # The engine caches a schema that came with an insert in the working directory.
        with chdir(path):
            yield Served(port, engine, connect)
    finally:
        server.should_exit = True
        thread.join(20)
        engine.close()
