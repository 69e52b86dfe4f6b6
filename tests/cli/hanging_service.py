"""``spanbridge serve`` on a store that hangs: ``hanging_service.py write|close DIRECTORY PORT``."""

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
    """Never comes back from a write, or from being closed."""

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
        if self._what in ("write", "close"):
            threading.Event().wait()


def main(what: str, directory: Path, http: Address = ANY_PORT) -> None:
    serve.open_settings_store = lambda settings: HangingStore(what)
    serve._LAST_STEPS_S = 1.0
    settings = Settings(
        store=directory, grpc=None, http=http, jaeger=None, calls_every_s=0, shutdown_deadline_s=1.0
    )
    serve.run(settings)


if __name__ == "__main__":
    _, what, directory, *ports = sys.argv
    main(what, Path(directory), *(Address("127.0.0.1", int(port)) for port in ports))
