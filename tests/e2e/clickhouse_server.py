"""A ClickHouse to write to, over HTTP.

``python -m tests.e2e.clickhouse_server DIRECTORY PORT [CONFIG]``: CONFIG is a configuration file
of the engine, such as one that says what its user may do.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import chdb
import uvicorn

from spanbridge_ingest.clickhouse_http import FrontOptions, create_front


def main(directory: Path, port: int, config: Path | None = None) -> None:
    """Serve until killed."""
    directory.mkdir(parents=True, exist_ok=True)
    path = str(directory.absolute())
    # The engine caches a schema that came with an insert in the working directory.
    os.chdir(path)
    where = path if config is None else f"{path}?config-file={config}"
    keep = chdb.connect(where)
    app = create_front(lambda: chdb.connect(where), FrontOptions(readonly=False, max_queries=16))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")
    keep.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *map(Path, sys.argv[3:4]))
