"""The port between the commit path and a store.

What "written" means: when :meth:`Store.write` returns, every span or log record of the batch is
durable against ``kill -9`` of this process (and, on a server, as durable as ClickHouse makes an
insert), is visible to readers, and the batch stands in the commit log ``otlp_batches``. Rows of a
batch that is not in the commit log were never acknowledged; :meth:`Store.reconcile` removes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Signal(StrEnum):
    """An OTLP signal that is stored."""

    TRACES = "traces"
    LOGS = "logs"


BATCH_INSTANCE_BITS = 12
"""The low bits of a batch id tell instances on one store apart."""


def batch_id_at(epoch_s: float) -> int:
    """The least batch id of a moment: microseconds since the epoch above the instance's bits."""
    return int(epoch_s * 1_000_000) << BATCH_INSTANCE_BITS


@dataclass(frozen=True, slots=True)
class Batch:
    """One unit of commit: several requests, concatenated.

    ``payload`` is a valid ``ExportTraceServiceRequest`` or ``ExportLogsServiceRequest``: the
    concatenation of requests whose top-level framing has been checked, so that a truncated request
    cannot swallow its neighbour. ``resource_counts[i]`` is the number of top-level
    ``resource_spans`` / ``resource_logs`` request ``i`` brought, in order; ``request_hashes[i]``
    is its 16-byte content hash.
    """

    signal: Signal
    batch_id: int
    """Unique among all instances on a store, increasing within one: see :func:`batch_id_at`."""
    payload: bytes
    resource_counts: Sequence[int]
    request_hashes: Sequence[bytes]
    request_attributes: Mapping[str, str] = field(default_factory=dict)
    """Facts that belong to the request and not to a span (tenant, experiment id)."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of a batch.

    ``rejected[i]`` are the rows of request ``i`` that were put into the rejects table instead of
    the signal's table, as ``{reason: count}``.
    """

    rejected: Sequence[Mapping[str, int]]


class Store(Protocol):
    """A ClickHouse, embedded or remote. Every method blocks and is safe to call from any thread."""

    def write(self, batch: Batch) -> WriteReport:
        """Store a batch, all of it or nothing that counts.

        Raises:
            StoreDataError: the data of the batch is at fault; nothing of it was acknowledged.
            StoreUnavailableError: anything else; the batch may be written again later.
        """

    def reconcile(self) -> int:
        """Remove rows of batches that were never committed (left by a crash). Returns how many.

        Safe beside writes of this process; what other processes may still be writing is left.
        """

    def recent_requests(
        self, window_s: float
    ) -> Mapping[bytes, Sequence[Mapping[str, int]] | None]:
        """Hashes of the requests committed within the last ``window_s`` seconds."""

    def ping(self) -> None:
        """Raise StoreUnavailableError if the store does not answer."""

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """Run a read-only SELECT with bound ``{name:Type}`` parameters; rows as tuples."""

    def close(self) -> None:
        """Cancel what still runs and release the engine or the connections."""
