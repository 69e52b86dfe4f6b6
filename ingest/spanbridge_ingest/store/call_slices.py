"""Which spans are to be judged next: those that arrived, and slices of those that were there."""

from __future__ import annotations

from typing import Final, NamedTuple

from spanbridge_ingest.store.base import batch_id_at
from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.store.names import qualified

_LOG_CERTAIN_S: Final = 24 * 3600
"""What is younger and not in the commit log was not committed; what is older was forgotten."""


class Delivery(NamedTuple):
    """Spans that were stored together."""

    batch_id: int
    """0 for rows that did not come through the service."""
    received_ms: int
    spans: int


class Slice(NamedTuple):
    """What was received from one time until before another, in ms, in parts by trace."""

    since: int
    until: int
    parts: int


def deliveries(engine: Engine, database: str, since_ms: int, now_ms: int) -> list[Delivery]:
    """What was received since then and is committed, oldest first."""
    spans, log = qualified(database, "otel_traces"), qualified(database, "otlp_batches")
    certain = batch_id_at(now_ms / 1000 - _LOG_CERTAIN_S)
    rows = engine.query(
        "SELECT BatchId, toUnixTimestamp64Milli(ReceivedAt) AS Received, count() "
        f"FROM {spans} WHERE {received_from(since_ms)} GROUP BY BatchId, Received "
        f"HAVING BatchId < {certain} OR BatchId IN "
        f"(SELECT BatchId FROM {log} WHERE BatchId >= {certain}) ORDER BY Received, BatchId"
    )
    return [Delivery(*(int(str(value)) for value in row)) for row in rows]


def anything_after(engine: Engine, database: str, moment_ms: int) -> bool:
    """Whether spans were received after that moment. Costs next to nothing if not."""
    spans = qualified(database, "otel_traces")
    return bool(engine.query(f"SELECT 1 FROM {spans} WHERE {received_from(moment_ms + 1)} LIMIT 1"))


def older_slice(engine: Engine, database: str, until_ms: int, most: int) -> Slice | None:
    """The newest spans received before then, about ``most``, of one day; None if there are none.

    In parts if so many were received in one moment.
    """
    spans = qualified(database, "otel_traces")
    [(found, last)] = engine.query(
        "SELECT count(), toUnixTimestamp64Milli(max(ReceivedAt)) "
        f"FROM {spans} WHERE {received_before(until_ms)}"
    )
    if not found:
        return None
    # Days of the engine's zone, as the partitions are.
    day = f"ReceivedAt >= toStartOfDay(fromUnixTimestamp64Milli({int(str(last))}))"
    where = f"FROM {spans} WHERE {day} AND {received_before(until_ms)}"
    received = "toUnixTimestamp64Milli(ReceivedAt)"
    [(count, first)] = engine.query(f"SELECT count(), min({received}) {where}")
    rows, since = int(str(count)), int(str(first))
    if rows > 2 * most:
        [(cut,)] = engine.query(f"SELECT quantile({1 - most / rows})({received}) {where}")
        since = int(float(str(cut)))
        [(count,)] = engine.query(f"SELECT count() {where} AND {received_from(since)}")
        rows = int(str(count))
    return Slice(since, until_ms, -(-rows // (2 * most)))


def received_from(moment_ms: int) -> str:
    """The condition on rows of ``otel_traces``."""
    return f"ReceivedAt >= fromUnixTimestamp64Milli({moment_ms})"


def received_before(moment_ms: int) -> str:
    """The condition on rows of ``otel_traces``."""
    return f"ReceivedAt < fromUnixTimestamp64Milli({moment_ms})"
