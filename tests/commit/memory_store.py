"""A store that keeps its batches in memory and can be told to misbehave."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from spanbridge_ingest.errors import StoreDataError, StoreTooExpensiveError, StoreUnavailableError
from spanbridge_ingest.store.base import Batch, Signal, WriteReport

POISON = b"<poison>"
EXPENSIVE = b"<expensive>"
REJECT = b"<reject>"
CRASH = b"<crash>"
SECRET = "the content of a span"


def request(name: str, size: int = 0) -> bytes:
    """One well-framed request (one resource) with ``name`` in it, padded to about ``size``."""
    content = name.encode().ljust(size, b".")
    length = len(content)
    prefix = bytearray()
    while length >= 0x80:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return b"\x0a" + bytes(prefix) + content


def split(batch: Batch) -> list[bytes]:
    """The requests of a batch, cut by the counts it came with."""
    frames: list[bytes] = []
    position = 0
    while position < len(batch.payload):
        start = position
        assert batch.payload[position] == 0x0A
        position += 1
        length = shift = 0
        while True:
            byte = batch.payload[position]
            position += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        position += length
        frames.append(batch.payload[start:position])
    assert sum(batch.resource_counts) == len(frames)
    requests, taken = [], 0
    for count in batch.resource_counts:
        requests.append(b"".join(frames[taken : taken + count]))
        taken += count
    return requests


class MemoryStore:
    """Keeps what is written. ``POISON`` in a request is a data error, ``EXPENSIVE`` one of cost,
    ``REJECT`` a rejected row, ``CRASH`` an exception that no store should raise."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.reports: list[WriteReport] = []
        self.attempts: list[Batch] = []
        self.away = False
        self.affordable_bytes = 1 << 40
        """What a batch may have; a larger one is too expensive."""
        self.lose_answers = False
        """Store, and then fail as if the connection broke."""
        self.pings = self.reconciled = 0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()

    def hold(self) -> None:
        """Make writes hang until :meth:`let_go`."""
        self._open.clear()

    def let_go(self) -> None:
        self._open.set()

    def write(self, batch: Batch) -> WriteReport:
        with self._lock:
            self.attempts.append(batch)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            assert self._open.wait(20)
            with self._lock:
                return self._write(batch)
        finally:
            with self._lock:
                self._at_once -= 1

    def _write(self, batch: Batch) -> WriteReport:
        if self.away:
            raise StoreUnavailableError("away")
        if CRASH in batch.payload:
            raise RuntimeError(SECRET)
        if POISON in batch.payload:
            raise StoreDataError("cannot parse")
        if EXPENSIVE in batch.payload or len(batch.payload) > self.affordable_bytes:
            raise StoreTooExpensiveError("out of memory")
        report = WriteReport(
            [{"bad_id": part.count(REJECT)} if REJECT in part else {} for part in split(batch)]
        )
        self.batches.append(batch)
        self.reports.append(report)
        if self.lose_answers:
            self.away = True
            raise StoreUnavailableError("the connection broke")
        return report

    def reconcile(self) -> int:
        self.reconciled += 1
        return 0

    def recent_requests(
        self, window_s: float
    ) -> Mapping[bytes, Sequence[Mapping[str, int]] | None]:
        with self._lock:
            return {
                digest: [rejected] if rejected else None
                for batch, report in zip(self.batches, self.reports, strict=True)
                for digest, rejected in zip(batch.request_hashes, report.rejected, strict=True)
            }

    def ping(self) -> None:
        with self._lock:
            self.pings += 1
            if self.away:
                raise StoreUnavailableError("away")

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        raise AssertionError("the write path does not read")

    def close(self) -> None:
        self.let_go()

    def stored(self, signal: Signal | None = None) -> Counter[bytes]:
        """How often each request is stored."""
        with self._lock:
            return Counter(
                part
                for batch in self.batches
                if signal in (None, batch.signal)
                for part in split(batch)
            )
