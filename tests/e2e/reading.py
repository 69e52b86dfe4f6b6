"""What a store holds, read by a process of its own: the engine serves one path per process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.e2e.processes import environment

_PROGRAM = """
import json, sys
from pathlib import Path
from spanbridge_ingest.store import open_engine
target, queries = json.load(sys.stdin)
where = {"url": target} if "://" in target else {"directory": Path(target)}
engine = open_engine(**where)
try:
    found = {name: [list(row) for row in engine.query(sql)] for name, sql in queries.items()}
finally:
    engine.close()
json.dump(found, sys.stdout, default=str)
"""
UNCOMMITTED = {
    f"uncommitted {table}": (
        f"SELECT count() FROM {table} WHERE BatchId NOT IN (SELECT BatchId FROM otlp_batches)"
    )
    for table in ("otel_traces", "otel_logs", "otlp_rejects")
}


def read(store: Path | str, queries: Mapping[str, str]) -> dict[str, list[list[Any]]]:
    """The rows of each query by its name; ``store`` is a directory nobody uses, or a URL.

    The store is read as it is: nothing is repaired or migrated.
    """
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=json.dumps([str(store), dict(queries)]),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
