"""Requests into an embedded store, and requests compared whatever their order."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from spanbridge_ingest.store import Batch, ClickHouseStore, Signal, open_store
from spanbridge_ingest.store.base import batch_id_at
from tests.support.stores import make_store

CORPUS = Path(__file__).parents[1] / "corpus"
TRACE_FILES = sorted(p for p in CORPUS.rglob("*.binpb") if not p.name.endswith(".logs.binpb"))
LOG_FILES = sorted(CORPUS.rglob("*.logs.binpb"))

Request = ExportTraceServiceRequest | ExportLogsServiceRequest


@contextmanager
def embedded_store(directory: Path) -> Iterator[ClickHouseStore]:
    store = open_store(directory=make_store(directory))
    try:
        yield store
    finally:
        store.close()


class BatchIds:
    """Increasing batch ids."""

    def __init__(self) -> None:
        self._last = batch_id_at(time.time())

    def next(self) -> int:
        self._last += 1
        return self._last


_IDS = BatchIds()


def write(
    store: ClickHouseStore, *requests: Request, attributes: Mapping[str, str] | None = None
) -> None:
    """Store requests of one signal as one batch."""
    traces = isinstance(requests[0], ExportTraceServiceRequest)
    counts = [
        len(r.resource_spans if isinstance(r, ExportTraceServiceRequest) else r.resource_logs)
        for r in requests
    ]
    payloads = [request.SerializeToString() for request in requests]
    signal = Signal.TRACES if traces else Signal.LOGS
    write_payloads(store, signal, payloads, counts, attributes)


def write_payloads(
    store: ClickHouseStore,
    signal: Signal,
    payloads: Sequence[bytes],
    counts: Sequence[int],
    attributes: Mapping[str, str] | None = None,
) -> None:
    """Store serialized requests as one batch."""
    store.write(
        Batch(
            signal=signal,
            batch_id=_IDS.next(),
            payload=b"".join(payloads),
            resource_counts=counts,
            request_hashes=[hashlib.blake2b(p, digest_size=16).digest() for p in payloads],
            request_attributes=attributes or {},
        )
    )


def load_corpus(store: ClickHouseStore) -> None:
    write(store, *(ExportTraceServiceRequest.FromString(p.read_bytes()) for p in TRACE_FILES))
    write(store, *(ExportLogsServiceRequest.FromString(p.read_bytes()) for p in LOG_FILES))


def comparable(requests: Iterable[Request]) -> Counter[tuple[bytes, str, bytes, str, bytes]]:
    """What requests say, as a multiset of (resource, its schema, scope, its schema, record)."""
    found: Counter[tuple[bytes, str, bytes, str, bytes]] = Counter()
    for original in requests:
        request = type(original)()
        request.CopyFrom(original)
        _fill_values(request)
        if isinstance(request, ExportTraceServiceRequest):
            groups = [(r, s, s.spans) for r in request.resource_spans for s in r.scope_spans]
        else:
            groups = [(r, s, s.log_records) for r in request.resource_logs for s in r.scope_logs]
        for resource, scope, records in groups:
            for record in records:
                found[
                    resource.resource.SerializeToString(deterministic=True),
                    resource.schema_url,
                    scope.scope.SerializeToString(deterministic=True),
                    scope.schema_url,
                    record.SerializeToString(deterministic=True),
                ] += 1
    return found


def _fill_values(message: object) -> None:
    """A KeyValue without a value says the same as one with an empty value; so does a status."""
    for field, value in message.ListFields():  # type: ignore[attr-defined]
        if field.message_type is None:
            continue
        for item in value if field.is_repeated else [value]:
            if isinstance(item, KeyValue):
                item.value.SetInParent()
            _fill_values(item)
        if field.name == "body" and value == AnyValue():
            message.ClearField("body")  # type: ignore[attr-defined]
        if field.name == "status" and not value.code and not value.message:
            message.ClearField("status")  # type: ignore[attr-defined]
