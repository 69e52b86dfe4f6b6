"""``spanbridge serve`` on a store that hangs: ``hanging_service.py write|close|start FOLDER``."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from spanbridge_ingest.cli import serve
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.values import Address
from tests.commit.memory_store import MemoryStore

ANY_PORT = Address("127.0.0.1", 0)


class HangingStore(MemoryStore):
    """Never comes back from a write, or from being closed; or there is no starting on it."""

    engine = None
    database = "default"

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def write(self, batch):
        if self._what == "write":
            threading.Event().wait()
        return super().write(batch)

    def close(self) -> None:
        if self._what in ("write", "close", "start"):
            threading.Event().wait()


def main(what: str, directory: Path) -> None:
    serve.open_settings_store = lambda settings: HangingStore(what)
    serve._LAST_STEPS_S = 1.0
    settings = Settings(
        store=directory,
        grpc=None,
        http=ANY_PORT,
        jaeger=None,
        # Which this store has not.
        clickhouse_http=ANY_PORT if what == "start" else None,
        calls_every_s=0,
        shutdown_deadline_s=1.0,
    )
    serve.run(settings)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
