"""The two references, each in a process of its own: Native insert, and decoding in Python.

Run by ``ingest.py``; prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from payloads import SIZES, request

from spanbridge_ingest.store import Batch, ClickHouseStore, Signal, open_store
from spanbridge_ingest.store.base import batch_id_at
from spanbridge_semconv.text import attribute_text

_EXPORTER_COLUMNS = (
    "Timestamp",
    "TraceId",
    "SpanId",
    "ParentSpanId",
    "TraceState",
    "SpanName",
    "SpanKind",
    "ServiceName",
    "ResourceAttributes",
    "ScopeName",
    "ScopeVersion",
    "SpanAttributes",
    "Duration",
    "StatusCode",
    "StatusMessage",
)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _measured(rounds: int, spans: int, nbytes: int, work: object) -> dict[str, float]:
    assert callable(work)
    work()
    cpu, wall = _cpu_s(), time.perf_counter()
    for _ in range(rounds):
        work()
    cpu, wall = _cpu_s() - cpu, time.perf_counter() - wall
    return {
        "spans_per_s": round(spans * rounds / wall),
        "spans_per_cpu_s": round(spans * rounds / cpu),
        "mb_per_s": round(nbytes * rounds / wall / 1e6, 1),
    }


def native(store: ClickHouseStore, payload: bytes, spans: int, rounds: int) -> dict[str, float]:
    """Insert the same rows as a Native block: parsing and decoding left out."""
    engine = store.engine
    store.write(Batch(Signal.TRACES, batch_id_at(time.time()), payload, [1], [b"\0" * 16]))
    client = engine._readers._all[0]
    columns = [
        str(name)
        for (name,) in store.query(
            "SELECT name FROM system.columns WHERE table = 'otel_traces' AND database = "
            "currentDatabase() AND default_kind IN ('', 'DEFAULT') ORDER BY position"
        )
    ]
    listed = ", ".join(f"`{c}`" for c in columns)
    block = client.raw_query(f"SELECT {listed} FROM otel_traces", fmt="Native")
    return _measured(
        rounds,
        spans,
        len(payload),
        lambda: engine.insert("otel_traces", "Native", [block], {}, columns),
    )


def python(store: ClickHouseStore, payload: bytes, spans: int, rounds: int) -> dict[str, float]:
    """Decode with protobuf in Python, build columns, insert by clickhouse-connect."""
    client = store.engine._control._all[0]

    def work() -> None:
        client.insert("otel_traces", _rows(payload), column_names=_EXPORTER_COLUMNS)

    return _measured(rounds, spans, len(payload), work)


def _rows(payload: bytes) -> list[list[object]]:
    message = ExportTraceServiceRequest.FromString(payload)
    rows: list[list[object]] = []
    for of_resource in message.resource_spans:
        resource_map = {a.key: _text(a.value) for a in of_resource.resource.attributes}
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                rows.append(
                    [
                        span.start_time_unix_nano,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        span.trace_state,
                        span.name,
                        "Client",
                        resource_map.get("service.name", ""),
                        resource_map,
                        of_scope.scope.name,
                        of_scope.scope.version,
                        {a.key: _text(a.value) for a in span.attributes},
                        span.end_time_unix_nano - span.start_time_unix_nano,
                        "Unset",
                        span.status.message,
                    ]
                )
    return rows


def _text(value: object) -> str:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return value.string_value  # type: ignore[attr-defined, no-any-return]
    if kind == "array_value":
        return attribute_text([v.string_value for v in value.array_value.values])
    return attribute_text(getattr(value, kind)) if kind else ""


def main() -> None:
    """Measure one reference for one size of span."""
    parser = argparse.ArgumentParser()
    parser.add_argument("reference", choices=["native", "python"])
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--batch-bytes", type=int, default=16 << 20)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    size = SIZES[arguments.size]
    spans = max(1, arguments.batch_bytes // size)
    payload = request(random.Random(1), spans, size)
    measure = {"native": native, "python": python}[arguments.reference]
    with tempfile.TemporaryDirectory() as directory:
        store = open_store(directory=Path(directory))
        json.dump(measure(store, payload, spans, arguments.rounds), sys.stdout)
        store.close()


if __name__ == "__main__":
    main()
