"""What spans take on disk: ``python -m benchmarks.storage``, one JSON document.

Recorded traces, and generated ones of two sizes, each stored alone in an embedded store, merged,
and measured by the engine: compressed bytes of all tables against the bytes of OTLP that were
sent.
"""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.payloads import request
from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import TRACE_FILES, embedded_store, write

_GENERATED: Final = {"3 kB": (20_000, 3_000), "50 kB": (1_000, 50_000)}
_TABLES: Final = ("otel_traces", "otel_traces_trace_id_ts", "otlp_batches")


def _count(sent: ExportTraceServiceRequest) -> int:
    return sum(len(s.spans) for r in sent.resource_spans for s in r.scope_spans)


def measure(requests: list[ExportTraceServiceRequest]) -> dict[str, object]:
    """Bytes per span, sent and stored, and the columns that take most."""
    spans = sum(map(_count, requests))
    sent = sum(one.ByteSize() for one in requests)
    with tempfile.TemporaryDirectory() as place, embedded_store(Path(place)) as store:
        for one in requests:
            write(store, one)
        for table in _TABLES:
            store.engine.command(f"OPTIMIZE TABLE {table} FINAL")
        stored = _stored(store, "sum(bytes_on_disk)", "system.parts")
        return {
            "spans": spans,
            "sent_bytes_per_span": round(sent / spans),
            "stored_bytes_per_span": round(stored / spans),
            "ratio": round(sent / stored, 1),
            "columns": _columns(store, spans),
        }


def _stored(store: ClickHouseStore, what: str, where: str) -> int:
    tables = {"tables": list(_TABLES)}
    [(found,)] = store.query(
        f"SELECT {what} FROM {where} WHERE active AND table IN {{tables:Array(String)}}", tables
    )
    return int(str(found))


def _columns(store: ClickHouseStore, spans: int) -> dict[str, int]:
    rows = store.query(
        "SELECT column, sum(column_data_compressed_bytes) AS bytes FROM system.parts_columns "
        "WHERE active AND table = 'otel_traces' GROUP BY column ORDER BY bytes DESC LIMIT 6"
    )
    return {str(column): round(int(str(found)) / spans) for column, found in rows}


def main() -> None:
    """Measure and print."""
    recorded = [ExportTraceServiceRequest.FromString(p.read_bytes()) for p in TRACE_FILES]
    joined = ExportTraceServiceRequest()
    for one in recorded:
        joined.MergeFrom(one)
    found = {"recorded": measure([joined])}
    for name, (spans, size) in _GENERATED.items():
        rng = random.Random(1)
        each = spans // 10
        found[name] = measure(
            [ExportTraceServiceRequest.FromString(request(rng, each, size)) for _ in range(10)]
        )
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
