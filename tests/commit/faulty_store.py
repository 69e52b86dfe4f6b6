"""A store whose writes fail halfway, in the ways a network and a database make possible."""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto

from spanbridge_ingest.errors import StoreUnavailableError
from spanbridge_ingest.store.base import Batch, Signal, WriteReport
from tests.commit.memory_store import SECRET, MemoryStore, split


class Fault(Enum):
    """What happens to one write."""

    ANSWER_LOST = auto()
    """All is stored and in the commit log; the caller hears of a broken connection."""
    HALF_DONE = auto()
    """The rows are stored; it breaks before the commit log."""
    ODD_ERROR = auto()
    """All is stored; then it raises what no store should."""
    ODD_ERROR_HALF_DONE = auto()
    """The rows are stored; then it raises what no store should."""
    LATE = auto()
    """It breaks; the rows land when the test says so."""
    LATE_COMMIT = auto()
    """It breaks; the rows and the entry in the commit log land when the test says so."""


class FaultyStore(MemoryStore):
    """Rows and a commit log apart from each other, as the port describes them."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Fault | None] = []
        """Of the next writes, first to last."""
        self.rows: dict[int, Batch] = {}
        self._late: list[tuple[Batch, Fault]] = []

    def land(self) -> None:
        """Let late writes take effect."""
        with self._lock:
            for batch, fault in self._late:
                self._store(batch, logged=fault is Fault.LATE_COMMIT)
            self._late.clear()

    def reconcile(self) -> int:
        """Remove the rows of batches that are not in the commit log."""
        with self._lock:
            self.reconciled += 1
            logged = {batch.batch_id for batch in self.batches}
            orphans = self.rows.keys() - logged
            for batch_id in orphans:
                del self.rows[batch_id]
            return len(orphans)

    def stored(self, signal: Signal | None = None) -> Counter[bytes]:
        """How often a reader sees each request: by rows, whatever the commit log says."""
        with self._lock:
            return Counter(
                part
                for batch in self.rows.values()
                if signal in (None, batch.signal)
                for part in split(batch)
            )

    def _write(self, batch: Batch) -> WriteReport:
        fault = self.faults.pop(0) if self.faults else None
        if self.away:
            raise StoreUnavailableError("away")
        if fault in (Fault.LATE, Fault.LATE_COMMIT):
            self._late.append((batch, fault))
            raise StoreUnavailableError("no answer in time")
        half_done = fault in (Fault.HALF_DONE, Fault.ODD_ERROR_HALF_DONE)
        report = self._store(batch, logged=not half_done)
        if fault in (Fault.ODD_ERROR, Fault.ODD_ERROR_HALF_DONE):
            raise RuntimeError(SECRET)
        if fault is not None:
            raise StoreUnavailableError("the connection broke")
        return report

    def _store(self, batch: Batch, *, logged: bool) -> WriteReport:
        report = WriteReport([{} for _ in batch.request_hashes])
        self.rows[batch.batch_id] = batch
        if logged:
            self.batches.append(batch)
            self.reports.append(report)
        return report
