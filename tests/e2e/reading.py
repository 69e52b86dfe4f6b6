"""What a store holds, read by a process of its own: the engine serves one path per process."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.e2e.processes import Service, environment

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
_GENAI = (
    "GenAISpanType",
    "GenAIProvider",
    "GenAIRequestModel",
    "GenAIInputTokens",
    "GenAIOutputTokens",
    "GenAITotalTokens",
)
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


def ask(service: Service, sql: str) -> list[dict[str, Any]]:
    """Rows of a query to a running service; 64-bit integers come as text."""
    assert service.clickhouse is not None
    url = f"http://{service.clickhouse}/?{urllib.parse.urlencode({'query': f'{sql} FORMAT JSON'})}"
    with urllib.request.urlopen(url, timeout=120) as answer:
        return json.load(answer)["data"]


def rows(service: Service, table: str, trace_id: str) -> list[dict[str, Any]]:
    """The rows of a trace, as any reader of the tables gets them."""
    columns = ", ".join(["*", *(_GENAI if table == "otel_traces" else ())])
    return ask(
        service, f"SELECT {columns} FROM {table} WHERE TraceId = '{trace_id}' ORDER BY Timestamp"
    )
