"""What the service measures about itself, in Prometheus' terms.

All metric names stand here, and none of their labels takes a value that a caller can invent.
Spans are not counted: nothing in this process parses one, the store can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_BYTES: Final = tuple(float(1 << power) for power in range(10, 28, 2))
_REQUESTS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_MAX_REASONS: Final = 32
_OTHER_REASON: Final = "other"


class Telemetry:
    """The metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._reasons: set[str] = set()
        self._add_request_metrics(self.registry)
        self._add_commit_metrics(self.registry)
        self._add_forward_metrics(self.registry)

    def _add_request_metrics(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "spanbridge_requests",
            "OTLP export requests answered, by how they ended.",
            ["signal", "transport", "outcome"],
            registry=registry,
        )
        self.accepted_bytes = Counter(
            "spanbridge_accepted_bytes",
            "Bytes of OTLP protobuf acknowledged as stored, after decompression.",
            ["signal"],
            registry=registry,
        )
        self.accepted_resources = Counter(
            "spanbridge_accepted_resources",
            "Top-level resource_spans and resource_logs acknowledged as stored.",
            ["signal"],
            registry=registry,
        )
        self.rejected_records = Counter(
            "spanbridge_rejected_records",
            "Spans and log records put into the rejects table, by reason.",
            ["signal", "reason"],
            registry=registry,
        )
        self.duplicate_requests = Counter(
            "spanbridge_duplicate_requests",
            "Byte-identical retries answered without storing them again.",
            ["signal"],
            registry=registry,
        )
        self.ack_seconds = Histogram(
            "spanbridge_ack_seconds",
            "From a whole request in memory to its answer.",
            ["signal", "transport"],
            buckets=_SECONDS,
            registry=registry,
        )

    def _add_commit_metrics(self, registry: CollectorRegistry) -> None:
        self.commit_seconds = Histogram(
            "spanbridge_commit_seconds",
            "One write to the store, by how it ended: ok, data_error, failed.",
            ["outcome"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.batch_bytes = Histogram(
            "spanbridge_batch_bytes",
            "Size of the batches given to the store.",
            buckets=_BYTES,
            registry=registry,
        )
        self.batch_requests = Histogram(
            "spanbridge_batch_requests",
            "Requests per batch given to the store.",
            buckets=_REQUESTS,
            registry=registry,
        )
        self.queue_bytes = Gauge(
            "spanbridge_queue_bytes",
            "Bytes accepted and not yet answered.",
            registry=registry,
        )
        self.queue_requests = Gauge(
            "spanbridge_queue_requests",
            "Requests accepted and not yet answered.",
            registry=registry,
        )
        self.store_up = Gauge(
            "spanbridge_store_up",
            "1 when the store takes writes, 0 while it is away.",
            registry=registry,
        )

    def _add_forward_metrics(self, registry: CollectorRegistry) -> None:
        self.forwarded_records = Counter(
            "spanbridge_forwarded_records",
            "Spans and log records that the destination of forwarding took.",
            ["signal"],
            registry=registry,
        )
        self.forward_dropped_records = Counter(
            "spanbridge_forward_dropped_records",
            "Spans and log records stored and not passed on: refused, rejected, expired, stopped, "
            "failed.",
            ["signal", "reason"],
            registry=registry,
        )
        self.forward_dropped_requests = Counter(
            "spanbridge_forward_dropped_requests",
            "Whole requests stored and not passed on: queue_full, undecodable, worker_lost, "
            "stopped.",
            ["signal", "reason"],
            registry=registry,
        )
        self.forward_untranslated_records = Counter(
            "spanbridge_forward_untranslated_records",
            "Spans passed on as they came because their translation failed.",
            registry=registry,
        )
        self.forward_retries = Counter(
            "spanbridge_forward_retries",
            "Batches sent again because the destination did not take them.",
            registry=registry,
        )
        self.forward_queue_bytes = Gauge(
            "spanbridge_forward_queue_bytes",
            "Bytes stored and still to be passed on.",
            registry=registry,
        )
        self.forward_queue_requests = Gauge(
            "spanbridge_forward_queue_requests",
            "Requests stored and still to be passed on.",
            registry=registry,
        )

    def watch_forwarding(
        self, *, queue_bytes: Callable[[], float], queue_requests: Callable[[], float]
    ) -> None:
        """Read the gauges of forwarding from their owner whenever they are scraped."""
        self.forward_queue_bytes.set_function(queue_bytes)
        self.forward_queue_requests.set_function(queue_requests)

    def count_forwarded(
        self,
        delivered: Mapping[str, int],
        dropped: Mapping[str, int],
        retries: int,
        untranslated: int,
    ) -> None:
        """Add a report: records delivered by signal and dropped by ``signal:reason``."""
        for signal, count in delivered.items():
            self.forwarded_records.labels(signal).inc(count)
        for what, count in dropped.items():
            self.forward_dropped_records.labels(*what.split(":", 1)).inc(count)
        self.forward_retries.inc(retries)
        self.forward_untranslated_records.inc(untranslated)

    def watch(
        self,
        *,
        queue_bytes: Callable[[], float],
        queue_requests: Callable[[], float],
        store_up: Callable[[], float],
    ) -> None:
        """Read the gauges from their owners whenever they are scraped."""
        self.queue_bytes.set_function(queue_bytes)
        self.queue_requests.set_function(queue_requests)
        self.store_up.set_function(store_up)

    def count_stored(
        self, signal: str, size: int, resources: int, rejected: Mapping[str, int]
    ) -> None:
        """One request was committed; ``rejected`` is ``{reason: records}``."""
        self.accepted_bytes.labels(signal).inc(size)
        self.accepted_resources.labels(signal).inc(resources)
        for reason, count in rejected.items():
            self.rejected_records.labels(signal, self._reason_label(reason)).inc(count)

    def render(self) -> bytes:
        """The metrics in the text format of Prometheus."""
        return generate_latest(self.registry)

    def _reason_label(self, reason: str) -> str:
        if reason not in self._reasons:
            if len(self._reasons) >= _MAX_REASONS:
                return _OTHER_REASON
            self._reasons.add(reason)
        return reason
