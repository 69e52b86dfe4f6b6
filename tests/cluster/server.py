"""A node of a cluster, over HTTP: ``python -m tests.cluster.server DIRECTORY PORT CONFIG``.

It is the embedded engine, which knows clusters and ``Distributed`` tables, but takes no commands
from other nodes and has no Keeper. So what a cluster does beyond one node is taken out of a
statement: ``ON CLUSTER``, and ``Replicated`` before the name of an engine. And it has no port that
a node could be reached at, so it has to prefer itself.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import chdb
import uvicorn

from spanbridge_ingest.clickhouse_http import FrontOptions, create_front

_ON_CLUSTER: Final = re.compile(r" ON CLUSTER `?\w+`?")
_REPLICATED: Final = re.compile(r"Replicated(\w*MergeTree)\('/clickhouse[^']*', '[^']*'(?:, )?")


class Node:
    """A handle on the engine that is told what a node of a cluster is told."""

    def __init__(self, path: str) -> None:
        self._handle = chdb.connect(path)

    def query(self, sql: str, *arguments: Any, **more: Any) -> Any:
        return self._handle.query(alone(sql), *arguments, **more)

    def send_query(self, sql: str, *arguments: Any, **more: Any) -> Any:
        return self._handle.send_query(alone(sql), *arguments, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)


def alone(sql: str) -> str:
    """A statement for a cluster as a single node can run it."""
    if sql.startswith("SET prefer_localhost_replica"):
        return "SET prefer_localhost_replica = 1"
    return _REPLICATED.sub(r"\1(", _ON_CLUSTER.sub("", sql))


def main(directory: Path, port: int, config: Path) -> None:
    """Serve until killed."""
    directory.mkdir(parents=True, exist_ok=True)
    path = f"{directory.absolute()}?config-file={config}"
    # The engine caches a schema that came with an insert in the working directory.
    os.chdir(directory)
    keep = chdb.connect(path)
    app = create_front(lambda: Node(path), FrontOptions(readonly=False, max_queries=16))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")
    keep.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
