"""The store: batches into landing tables, a commit log, and reading back."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from spanbridge_ingest.errors import (
    StoreDataError,
    StoreError,
    StoreUnavailableError,
    StoreUndecidedError,
)
from spanbridge_ingest.store.base import Batch, Signal, WriteReport, batch_id_at
from spanbridge_ingest.store.deep_values import rewrite_deep_values
from spanbridge_ingest.store.engine import Engine, Row
from spanbridge_ingest.store.landing import LOGS, TRACES
from spanbridge_ingest.store.names import qualified
from spanbridge_ingest.store.schema import landing_schema
from spanbridge_ingest.store.wire import batch_suffix, probe_request

_log = logging.getLogger(__name__)

RECONCILE_GRACE_S = 600
"""On a server other instances may be writing: a batch this young may still be on its way."""

LOG_CERTAIN_S = 24 * 3600
"""How far back the commit log is complete; it is kept for longer (``0006_otlp_batches.sql``)."""

DOUBT_S = 75
"""How long a failed insert on a server may still succeed: longer than the server gives it."""

RECENT_BATCHES_MAX = 50_000
"""Batches of the commit log that are read to recognise requests that are sent again."""

INSERT_MEMORY_MAX_BYTES = 3 << 30
"""What one insert may take; a request that needs more alone is refused."""

_ROW_TABLES = {Signal.TRACES: ("otel_traces", "otlp_rejects"), Signal.LOGS: ("otel_logs",)}
_LANDINGS = {Signal.TRACES: TRACES, Signal.LOGS: LOGS}

_INSERT_SETTINGS = {
    "input_format_protobuf_oneof_presence": "1",
    "output_format_json_escape_forward_slashes": "0",
    # The expressions here are wide and few rows pass: compiling them does not pay.
    "compile_expressions": "0",
    "max_memory_usage": str(INSERT_MEMORY_MAX_BYTES),
    # An acknowledgement rests on these; a user's profile may say otherwise.
    "async_insert": "0",
    "wait_for_async_insert": "1",
    "materialized_views_ignore_errors": "0",
    "input_format_allow_errors_num": "0",
    "input_format_allow_errors_ratio": "0",
}


class ClickHouseStore:
    """A :class:`~spanbridge_ingest.store.base.Store` on either engine."""

    def __init__(self, engine: Engine, database: str) -> None:
        self.engine = engine
        self.database = database
        self._landings = {s: landing_schema(landing, database) for s, landing in _LANDINGS.items()}
        self._landing_settings = {
            signal: engine.protobuf_settings(
                schema.table, schema.landing.schema, schema.landing.message
            )
            for signal, schema in self._landings.items()
        }
        self._lock = threading.Lock()
        self._in_flight: set[int] = set()
        self._doubtful: dict[tuple[Signal, int], float] = {}

    def write(self, batch: Batch) -> WriteReport:
        """Store a batch and enter it into the commit log."""
        self._clear_doubtful()
        with self._lock:
            self._in_flight.add(batch.batch_id)
        try:
            return self._write(batch)
        except BaseException as error:
            # Some of it may have been stored before it failed. Nothing of it was acknowledged, and
            # what is sent again comes under a new id: these rows have to go.
            with self._lock:
                self._doubtful[(batch.signal, batch.batch_id)] = time.monotonic()
            if isinstance(error, StoreError) or not isinstance(error, Exception):
                raise
            raise StoreUnavailableError(f"writing failed: {type(error).__name__}") from error
        finally:
            with self._lock:
                self._in_flight.discard(batch.batch_id)

    def _write(self, batch: Batch) -> WriteReport:
        try:
            self._insert(batch, rewrite_deep_values(batch.signal, batch.payload))
        except StoreUndecidedError as error:
            # Spans of our own take the same way, to the disk and off it again. If that works, it
            # was the data; if it does not, what this raises says why.
            self._probe(batch)
            raise StoreDataError(str(error)) from error
        rejected = self._rejected(batch)
        self._commit(batch, rejected)
        return WriteReport(rejected)

    def _insert(self, batch: Batch, payload: bytes, token: str = "") -> None:
        received_ms = time.time_ns() // 1_000_000
        self.engine.insert(
            qualified(self.database, self._landings[batch.signal].table),
            "ProtobufSingle",
            [payload, batch_suffix(batch.batch_id, received_ms, batch.request_attributes)],
            {
                **self._landing_settings[batch.signal],
                **_INSERT_SETTINGS,
                **self._deduplication(token or str(batch.batch_id)),
            },
            list(_LANDINGS[batch.signal].columns),
        )

    def _probe(self, batch: Batch) -> None:
        try:
            # With a token of its own: a part of the failed batch may be stored under the batch's.
            self._insert(
                replace(batch, request_attributes={}),
                probe_request(batch.signal),
                token=f"{batch.batch_id}-probe",
            )
        except StoreDataError as error:
            raise StoreUnavailableError(f"the store refuses even a plain span: {error}") from error
        self._delete(batch.signal, [batch.batch_id])

    def _deduplication(self, token: str) -> dict[str, str]:
        if self.engine.embedded:
            return {}
        # Should a proxy or the client library send the same insert twice, it is stored once.
        settings = {
            "insert_deduplicate": "1",
            "deduplicate_blocks_in_dependent_materialized_views": "1",
        }
        if self.engine.cluster is None:
            settings["insert_deduplication_token"] = token
        # On a cluster each shard gets inserts of its own. Their contents tell them apart, every row
        # has the id of its batch; under one token a shard could take the second for the first.
        return settings

    def _rejected(self, batch: Batch) -> list[dict[str, int]]:
        rejected: list[dict[str, int]] = [{} for _ in batch.resource_counts]
        if batch.signal is not Signal.TRACES:
            return rejected
        table = qualified(self.database, "otlp_rejects")
        rows = self.engine.control(
            f"SELECT ResourceIndex, Reason, count() FROM {table} "
            "WHERE BatchId = {id:UInt64} GROUP BY ResourceIndex, Reason",
            {"id": batch.batch_id},
        )
        if rows:
            owner = list(
                chain.from_iterable([n] * count for n, count in enumerate(batch.resource_counts))
            )
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
        try:
            self.engine.insert(
                qualified(self.database, "otlp_batches"),
                "JSONEachRow",
                [json.dumps(row).encode()],
                {**_INSERT_SETTINGS, **self._deduplication(str(batch.batch_id))},
                list(row),
            )
        except StoreDataError as error:
            raise StoreUnavailableError(f"the commit log cannot be written: {error}") from error

    def _clear_doubtful(self) -> None:
        """Remove what failed writes left, once they cannot succeed any more."""
        until = time.monotonic() - (0 if self.engine.embedded else DOUBT_S)
        with self._lock:
            due = [key for key, failed_at in self._doubtful.items() if failed_at <= until]
        for signal, batch_id in due:
            self._delete(signal, [batch_id])
            with self._lock:
                self._doubtful.pop((signal, batch_id), None)

    def _delete(self, signal: Signal, batch_ids: Iterable[int]) -> int:
        """Delete the rows of those batches that are not in the commit log; how many."""
        listed = ", ".join(str(int(b)) for b in batch_ids)
        log = qualified(self.database, "otlp_batches")
        doomed = (
            f"BatchId IN ({listed}) AND BatchId NOT IN "
            f"(SELECT BatchId FROM {log} WHERE BatchId IN ({listed}))"
        )
        deleted = 0
        for table in _ROW_TABLES[signal]:
            name = qualified(self.database, table)
            rows = self.engine.control(f"SELECT DISTINCT BatchId FROM {name} WHERE {doomed}")
            if not rows:
                continue
            found = ", ".join(str(int(str(batch_id))) for (batch_id,) in rows)
            [(count,)] = self.engine.control(
                f"SELECT count() FROM {name} WHERE BatchId IN ({found})"
            )
            self.engine.command(
                f"DELETE FROM {name} WHERE BatchId IN ({found})", {"lightweight_deletes_sync": "2"}
            )
            deleted += int(str(count))
        return deleted

    def reconcile(self) -> int:
        """Delete the rows of batches that are not in the commit log."""
        self._clear_doubtful()
        busy = self._under_way()
        grace_s = 0 if self.engine.embedded else RECONCILE_GRACE_S
        until = batch_id_at(time.time() - grace_s)
        since = self._first_in_question()
        deleted = 0
        for signal, tables in _ROW_TABLES.items():
            orphans = {b for table in tables for b in self._orphans(table, since, until)}
            # Before and after: a batch may have begun in between. One that both began and ended in
            # between is in the log, which is asked again before anything is deleted.
            orphans -= busy | self._under_way()
            if orphans:
                deleted += self._delete(signal, sorted(orphans))
        if deleted:
            _log.warning("removed %d rows of batches that were never acknowledged", deleted)
        return deleted

    def _under_way(self) -> set[int]:
        with self._lock:
            return set(self._in_flight) | {batch_id for _, batch_id in self._doubtful}

    def _first_in_question(self) -> int:
        """The least batch id that, if it is not in the commit log, never was.

        The log forgets after two days. What it certainly still knows is the last day; and what came
        after its last entry, however long ago, was not committed.
        """
        log = qualified(self.database, "otlp_batches")
        [(last,)] = self.engine.control(f"SELECT max(BatchId) FROM {log}")
        remembered = batch_id_at(time.time() - LOG_CERTAIN_S)
        return min(int(str(last)) + 1, remembered) if last else remembered

    def _orphans(self, table: str, since: int, until: int) -> list[int]:
        rows = self.engine.control(
            f"SELECT DISTINCT BatchId FROM {qualified(self.database, table)} "
            "WHERE BatchId BETWEEN {since:UInt64} AND {until:UInt64} AND BatchId NOT IN "
            f"(SELECT BatchId FROM {qualified(self.database, 'otlp_batches')} "
            "WHERE BatchId >= {since:UInt64})",
            {"since": since, "until": until},
        )
        return [int(str(batch_id)) for (batch_id,) in rows]

    def recent_requests(
        self, window_s: float
    ) -> Mapping[bytes, Sequence[Mapping[str, int]] | None]:
        """Hashes of requests in the commit log, with what was rejected of each."""
        rows = self.engine.control(
            f"SELECT RequestHashes, RequestRejects FROM {qualified(self.database, 'otlp_batches')} "
            "WHERE BatchId >= {since:UInt64} ORDER BY BatchId DESC LIMIT {most:UInt32}",
            {"since": batch_id_at(time.time() - window_s), "most": RECENT_BATCHES_MAX},
        )
        found: dict[bytes, Sequence[Mapping[str, int]] | None] = {}
        for hashes, rejects in reversed(rows):
            assert isinstance(hashes, Sequence)
            assert isinstance(rejects, Sequence)
            for digest, rejected in zip(hashes, rejects, strict=False):
                found[bytes.fromhex(str(digest))] = [dict(rejected)] if rejected else None
        return found

    def ping(self) -> None:
        """Raise StoreUnavailableError if the store does not answer."""
        if self.engine.control("SELECT 1") != [(1,)]:
            raise StoreUnavailableError("the store answered nonsense to SELECT 1")

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run a read-only SELECT."""
        return self.engine.query(sql, parameters)

    def close(self) -> None:
        """Cancel what still runs and release the engine or the connections."""
        self.engine.close()
