"""Tags, assessments and deletions in ClickHouse.

Tags and assessments are only ever added to; the greatest version of a key counts
(``ReplacingMergeTree``). A version is the time in nanoseconds, never less than what is stored, with
low bits that tell instances on one store apart.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from spanbridge_ingest.store.editing import AssessmentRow
from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.store.names import qualified

_INSTANCE_BITS: Final = 12
_NS: Final = 1_000_000_000

_INSERT_SETTINGS: Final = {
    # All rows in one block, which is all or nothing, and there when the insert returns.
    "input_format_parallel_parsing": "0",
    "async_insert": "0",
    "wait_for_async_insert": "1",
}

# The index of ids last: what a crash leaves is found by it and deleted the next time. Then the
# calls once more: what is judged meanwhile is stored either before that, or after its trace has
# left the index, and then whoever stored it removes it (`store/calls.py`).
_TABLES: Final = (
    *("otel_traces", "otel_logs", "trace_tags", "trace_assessments", "trace_calls"),
    *("otel_traces_trace_id_ts", "trace_calls"),
)


class Versions:
    """A clock that never shows the same twice, whatever the system's clock does."""

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._instance = secrets.randbelow(1 << _INSTANCE_BITS)
        self._last = 0

    def next(self, stored: int) -> int:
        """A version above ``stored`` and above all that were given out."""
        with self._lock:
            least = max(self._last, stored >> _INSTANCE_BITS) + 1
            self._last = max(self._now_ns() >> _INSTANCE_BITS, least)
            return self._last << _INSTANCE_BITS | self._instance


class TraceEdits:
    """A :class:`~spanbridge_ingest.store.editing.TraceEditor` on either engine."""

    def __init__(self, engine: Engine, database: str) -> None:
        self._engine = engine
        self._database = database
        self._versions = Versions()

    def put_tags(self, trace_id: str, tags: Mapping[str, str | None]) -> None:
        """Set or take away tags."""
        rows = [
            {
                "TraceId": trace_id,
                "Key": key,
                "Value": value or "",
                "Deleted": value is None,
            }
            for key, value in tags.items()
        ]
        self._put("trace_tags", trace_id, rows)

    def put_assessments(self, rows: Sequence[AssessmentRow]) -> None:
        """Store new states of assessments."""
        self._put("trace_assessments", rows[0].trace_id, [_columns(row) for row in rows])

    def _put(self, table: str, trace_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        name = qualified(self._database, table)
        [(stored,)] = self._engine.query(
            f"SELECT max(Version) FROM {name} WHERE TraceId = {{trace_id:String}}",
            {"trace_id": trace_id},
        )
        version = self._versions.next(int(str(stored)))
        lines = [json.dumps({**row, "Version": version}).encode() for row in rows]
        columns = [*rows[0], "Version"]
        self._engine.insert(name, "JSONEachRow", [b"\n".join(lines)], _INSERT_SETTINGS, columns)

    def delete_traces(self, trace_ids: Sequence[str]) -> int:
        """Delete spans, log records, tags, assessments, calls and entries of the index of ids."""
        bound = {"ids": sorted(set(trace_ids))}
        where = "WHERE TraceId IN {ids:Array(String)}"
        spans = qualified(self._database, "otel_traces")
        [(count,)] = self._engine.query(f"SELECT uniqExact(TraceId) FROM {spans} {where}", bound)
        for table in _TABLES:
            name = qualified(self._database, table)
            # A deletion that finds nothing costs as much as any other.
            if self._engine.query(f"SELECT 1 FROM {name} {where} LIMIT 1", bound):
                self._engine.edit(
                    f"DELETE FROM {name} {where}", bound, {"lightweight_deletes_sync": "2"}
                )
        return int(str(count))


def _columns(row: AssessmentRow) -> dict[str, Any]:
    return {
        "TraceId": row.trace_id,
        "AssessmentId": row.assessment_id,
        "SpanId": row.span_id,
        "Name": row.name,
        "Kind": row.kind,
        "Value": row.value,
        "ErrorCode": row.error_code,
        "ErrorMessage": row.error_message,
        "ErrorStackTrace": row.error_stack_trace,
        "SourceType": row.source_type,
        "SourceId": row.source_id,
        "Rationale": row.rationale,
        "Metadata": dict(row.metadata),
        "CreatedAt": _moment(row.created),
        "UpdatedAt": _moment(row.updated),
        "Overrides": row.overrides,
        "Valid": row.valid,
        "Origin": row.origin,
        "Deleted": row.deleted,
    }


def _moment(nanos: int) -> str:
    seconds, rest = divmod(nanos, _NS)
    return f"{seconds}.{rest:09}"
