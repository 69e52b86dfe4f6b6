"""Judges all there is in small slices: ``keeping.py DIRECTORY``. Says when each is done."""

from __future__ import annotations

import sys
from pathlib import Path

from spanbridge_ingest.store import open_store
from spanbridge_ingest.store.calls import CallKeeper


def main() -> None:
    """Take steps until nothing is left."""
    store = open_store(directory=Path(sys.argv[1]))
    keeping = CallKeeper(store.engine, store.database, slice_spans=300)
    print("begun", flush=True)
    while keeping.step():
        print("step", flush=True)
    print("done", flush=True)
    store.close()


if __name__ == "__main__":
    main()
