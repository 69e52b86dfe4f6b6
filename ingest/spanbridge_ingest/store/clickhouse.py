"""The store: batches into landing tables, a commit log, and reading back."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from spanbridge_ingest.errors import (
    StoreDataError,
    StoreError,
    StoreUnavailableError,
    StoreUndecidedError,
)
from spanbridge_ingest.store.base import Batch, Signal, WriteReport
from spanbridge_ingest.store.deep_values import rewrite_deep_values
from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.store.landing import LOGS, TRACES
from spanbridge_ingest.store.names import qualified
from spanbridge_ingest.store.schema import landing_schema
from spanbridge_ingest.store.wire import batch_suffix

_log = logging.getLogger(__name__)

RECONCILE_LOOKBACK_S = 24 * 3600
"""How far back rows of batches that never committed are looked for at start."""

RECONCILE_GRACE_S = 600
"""On a server other instances may be writing: a batch this young may still be on its way."""

_ROW_TABLES = {Signal.TRACES: ("otel_traces", "otlp_rejects"), Signal.LOGS: ("otel_logs",)}
_LANDINGS = {Signal.TRACES: TRACES, Signal.LOGS: LOGS}


class ClickHouseStore:
    """A :class:`~spanbridge_ingest.store.base.Store` on either engine."""

    def __init__(self, engine: Engine, database: str) -> None:
        self.engine = engine
        self.database = database
        self._landings = {s: landing_schema(landing, database) for s, landing in _LANDINGS.items()}
        self._in_flight: set[int] = set()
        self._doubtful: set[tuple[Signal, int]] = set()
        self._doubtful_lock = threading.Lock()

    def write(self, batch: Batch) -> WriteReport:
        """Store a batch and enter it into the commit log."""
        self._clear_doubtful()
        self._in_flight.add(batch.batch_id)
        try:
            self._insert_or_blame(batch)
            rejected = self._rejected(batch)
            self._commit(batch, rejected)
        except StoreError:
            # Some of it may have been stored before it failed. Nothing of it was acknowledged, and
            # what is sent again comes under a new id: these rows have to go.
            with self._doubtful_lock:
                self._doubtful.add((batch.signal, batch.batch_id))
            raise
        finally:
            self._in_flight.discard(batch.batch_id)
        return WriteReport(rejected)

    def _insert_or_blame(self, batch: Batch) -> None:
        try:
            self._insert(batch)
        except StoreUndecidedError as error:
            # A batch without a single span takes the same way through the engine. If that works,
            # it was the data; if it does not, what this raises says why.
            self._insert(replace(batch, payload=b""))
            raise StoreDataError(str(error)) from error

    def _insert(self, batch: Batch) -> None:
        landing = self._landings[batch.signal]
        suffix = batch_suffix(batch.batch_id, time.time_ns() // 1_000_000, batch.request_attributes)
        self.engine.insert(
            qualified(self.database, landing.table),
            "ProtobufSingle",
            [rewrite_deep_values(batch.signal, batch.payload), suffix],
            {
                **self.engine.protobuf_settings(
                    landing.table, landing.landing.schema, landing.landing.message
                ),
                "input_format_protobuf_oneof_presence": "1",
                "output_format_json_escape_forward_slashes": "0",
                # The expressions here are wide and few rows pass: compiling them does not pay.
                "compile_expressions": "0",
                **self._deduplication(batch),
            },
            list(landing.landing.columns),
        )

    def _deduplication(self, batch: Batch) -> dict[str, str]:
        if self.engine.embedded:
            return {}
        # A batch whose answer was lost is sent again under the same id, and stored once.
        return {
            "insert_deduplicate": "1",
            "insert_deduplication_token": str(batch.batch_id),
            "deduplicate_blocks_in_dependent_materialized_views": "1",
        }

    def _rejected(self, batch: Batch) -> list[dict[str, int]]:
        rejected: list[dict[str, int]] = [{} for _ in batch.resource_counts]
        if batch.signal is not Signal.TRACES:
            return rejected
        table = qualified(self.database, "otlp_rejects")
        rows = self.engine.query(
            f"SELECT ResourceIndex, Reason, count() FROM {table} "
            "WHERE BatchId = {id:UInt64} GROUP BY ResourceIndex, Reason",
            {"id": batch.batch_id},
        )
        if rows:
            owner = [n for n, count in enumerate(batch.resource_counts) for _ in range(count)]
            for index, reason, count in rows:
                counts = rejected[owner[int(str(index)) - 1]]
                counts[str(reason)] = counts.get(str(reason), 0) + int(str(count))
        return rejected

    def _commit(self, batch: Batch, rejected: Sequence[Mapping[str, int]]) -> None:
        row = {
            "BatchId": str(batch.batch_id),
            "Signal": str(batch.signal),
            "RequestHashes": [h.hex() for h in batch.request_hashes],
            "RequestRejects": rejected,
        }
        self.engine.insert(
            qualified(self.database, "otlp_batches"),
            "JSONEachRow",
            [json.dumps(row).encode()],
            self._deduplication(batch),
            list(row),
        )

    def _clear_doubtful(self) -> None:
        with self._doubtful_lock:
            doubtful = list(self._doubtful)
        for signal, batch_id in doubtful:
            # The answer to a commit may have been lost: what is in the log is acknowledged when
            # it is sent again, so its rows have to stay.
            if not self._is_committed(batch_id):
                self._delete(signal, [batch_id])
            with self._doubtful_lock:
                self._doubtful.discard((signal, batch_id))

    def _is_committed(self, batch_id: int) -> bool:
        [(count,)] = self.engine.query(
            f"SELECT count() FROM {qualified(self.database, 'otlp_batches')} "
            "WHERE BatchId = {id:UInt64}",
            {"id": batch_id},
        )
        return bool(count)

    def _delete(self, signal: Signal, batch_ids: Sequence[int]) -> int:
        deleted = 0
        listed = ", ".join(str(int(b)) for b in batch_ids)
        for table in _ROW_TABLES[signal]:
            name = qualified(self.database, table)
            [(count,)] = self.engine.query(
                f"SELECT count() FROM {name} WHERE BatchId IN ({listed})"
            )
            if count:
                self.engine.command(
                    f"DELETE FROM {name} WHERE BatchId IN ({listed})",
                    {"lightweight_deletes_sync": "2"},
                )
                deleted += int(str(count))
        return deleted

    def reconcile(self) -> int:
        """Delete the rows of batches that are not in the commit log."""
        self._clear_doubtful()
        now_us = time.time_ns() // 1000
        until = now_us if self.engine.embedded else now_us - RECONCILE_GRACE_S * 1_000_000
        since = now_us - RECONCILE_LOOKBACK_S * 1_000_000
        deleted = 0
        for signal, tables in _ROW_TABLES.items():
            orphans: set[int] = set()
            for table in tables:
                rows = self.engine.query(
                    f"SELECT DISTINCT BatchId FROM {qualified(self.database, table)} "
                    "WHERE ReceivedAt >= fromUnixTimestamp64Micro({since:Int64}) - INTERVAL 1 HOUR "
                    "AND BatchId BETWEEN {since:Int64} AND {until:Int64} AND BatchId NOT IN "
                    f"(SELECT BatchId FROM {qualified(self.database, 'otlp_batches')} "
                    "WHERE BatchId >= {since:Int64})",
                    {"since": since, "until": until},
                )
                orphans.update(int(str(row[0])) for row in rows)
            orphans -= self._in_flight
            if orphans:
                deleted += self._delete(signal, sorted(orphans))
        if deleted:
            _log.warning("removed %d rows of batches that were never acknowledged", deleted)
        return deleted

    def recent_requests(
        self, window_s: float
    ) -> Mapping[bytes, Sequence[Mapping[str, int]] | None]:
        """Hashes of requests in the commit log, with what was rejected of each."""
        since = time.time_ns() // 1000 - int(window_s * 1_000_000)
        rows = self.engine.query(
            f"SELECT RequestHashes, RequestRejects FROM {qualified(self.database, 'otlp_batches')} "
            "WHERE BatchId >= {since:Int64} ORDER BY BatchId",
            {"since": since},
        )
        found: dict[bytes, Sequence[Mapping[str, int]] | None] = {}
        for hashes, rejects in rows:
            assert isinstance(hashes, Sequence)
            assert isinstance(rejects, Sequence)
            for digest, rejected in zip(hashes, rejects, strict=False):
                found[bytes.fromhex(str(digest))] = [dict(rejected)] if rejected else None
        return found

    def ping(self) -> None:
        """Raise StoreUnavailableError if the store does not answer."""
        if self.engine.query("SELECT 1") != [(1,)]:
            raise StoreUnavailableError("the store answered nonsense to SELECT 1")

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """Run a read-only SELECT."""
        return self.engine.query(sql, parameters)

    def close(self) -> None:
        """Release the engine or the connections."""
        self.engine.close()
