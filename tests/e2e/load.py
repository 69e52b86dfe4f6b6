"""Concurrent senders that know what they sent and what was acknowledged."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.sending import LOGS, TRACES, Delivery, GrpcSender, HttpSender, deliver

_START_NS = 1_800_000_000_000_000_000
_MOST_SPANS = 12

Key = tuple[str, str]
"""Trace id and span id in hex."""


@dataclass(frozen=True)
class Package:
    """One request and what should become of it."""

    signal: str
    body: bytes
    keys: tuple[Key, ...]
    """Of the records that are to be stored."""
    rejects: int = 0
    """Spans with a zero trace id."""


@dataclass
class Ledger:
    """What the senders of a load know in the end."""

    delivered: list[tuple[Package, Delivery]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, package: Package, delivery: Delivery) -> None:
        """A sender is through with a package."""
        with self._lock:
            self.delivered.append((package, delivery))

    def __len__(self) -> int:
        return len(self.delivered)

    def keys(self, signal: str) -> Counter[Key]:
        """Every record that was acknowledged, with how often it was sent as new."""
        return Counter(
            key
            for package, delivery in self.delivered
            if delivery.answer.ok and package.signal == signal
            for key in package.keys
        )

    @property
    def rejects(self) -> int:
        """Spans that had to be put aside."""
        return sum(package.rejects for package, delivery in self.delivered if delivery.answer.ok)

    @property
    def refused(self) -> list[Delivery]:
        """What was not acknowledged at last."""
        return [delivery for _, delivery in self.delivered if not delivery.answer.ok]

    @property
    def misjudged(self) -> list[tuple[int, int]]:
        """(rejected as sent, rejected as answered) where they differ."""
        return [
            (package.rejects, delivery.answer.rejected)
            for package, delivery in self.delivered
            if delivery.answer.ok and package.rejects != delivery.answer.rejected
        ]

    def attempts(self) -> Counter[str]:
        """How often each status came back before the acknowledgement."""
        return Counter(a.status for _, delivery in self.delivered for a in delivery.attempts)


def packages(sender: int) -> Iterator[Package]:
    """Packages that no other sender sends: traces, now and then with a bad span, and logs."""
    chance = random.Random(sender)
    for number in itertools.count(1):
        trace_id = (sender << 64 | number).to_bytes(16, "big")
        size = chance.randint(1, _MOST_SPANS)
        if number % 4 == 0:
            yield _logs(trace_id, size)
        else:
            yield _traces(trace_id, size, rejects=chance.choice((0, 0, 1, 3)), sender=sender)


@contextmanager
def load(grpc: str, http: str, senders: int) -> Iterator[tuple[Ledger, Callable[[], None]]]:
    """Senders, of gRPC and HTTP in turn; the callable lets them finish and waits for it."""
    ledger, enough = Ledger(), threading.Event()
    threads = [
        threading.Thread(target=_send_on, args=(number, grpc, http, ledger, enough), daemon=True)
        for number in range(1, senders + 1)
    ]

    def finish() -> None:
        enough.set()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive()

    for thread in threads:
        thread.start()
    try:
        yield ledger, finish
    finally:
        enough.set()


def _send_on(number: int, grpc: str, http: str, ledger: Ledger, enough: threading.Event) -> None:
    send = GrpcSender(grpc) if number % 2 else HttpSender(http, compressed=number % 4 == 0)
    for package in packages(number):
        if enough.is_set():
            break
        ledger.note(package, deliver(send, package.signal, package.body))
    send.close()


def _traces(trace_id: bytes, size: int, rejects: int, sender: int) -> Package:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = f"sender {sender}"
    spans = resource.scope_spans.add().spans
    keys: list[Key] = []
    for number in range(1, size + rejects + 1):
        good = number <= size
        span = spans.add(
            trace_id=trace_id if good else bytes(16),
            span_id=number.to_bytes(8, "big"),
            name="work",
            start_time_unix_nano=_START_NS,
            end_time_unix_nano=_START_NS + number,
        )
        # The trace id again, so that requests with nothing but bad spans differ.
        span.attributes.add(key="request").value.string_value = trace_id.hex()
        if good:
            keys.append((trace_id.hex(), span.span_id.hex()))
    return Package(TRACES, request.SerializeToString(), tuple(keys), rejects)


def _logs(trace_id: bytes, size: int) -> Package:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for number in range(1, size + 1):
        record = records.add(
            time_unix_nano=_START_NS, trace_id=trace_id, span_id=number.to_bytes(8, "big")
        )
        record.body.string_value = "said"
    return Package(LOGS, request.SerializeToString(), keys_of(trace_id, range(1, size + 1)))


def keys_of(trace_id: bytes, numbers: Sequence[int]) -> tuple[Key, ...]:
    """The keys of records whose span ids are numbers."""
    return tuple((trace_id.hex(), number.to_bytes(8, "big").hex()) for number in numbers)
