"""The limits of the commit path, each with its unit and its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommitLimits:
    """How requests are grouped, queued, retried and remembered."""

    batch_bytes: int = 16 << 20
    """A batch closes at this size: a 64 MiB batch takes the embedded engine to 1 GiB of memory. A
    single larger request is a batch of its own."""
    batch_requests: int = 512
    """Requests per batch: bounds how often a batch is split when some of it is at fault."""
    linger_s: float = 0.005
    """How long a request waits for company when the store is idle. While a write is running,
    batches grow without it."""
    slots: int = 2
    """Writes to the store at the same time, each on a thread of its own."""
    beside_linger_s: float = 1.0
    """How long a batch that is not full waits for a write that runs before it starts beside it.
    Every insert has a high fixed cost, so batches that grow are cheaper than batches that run."""
    queue_bytes: int = 256 << 20
    """Payload accepted and not yet answered; beyond it callers are told to slow down."""
    queue_requests: int = 10_000
    """Requests accepted and not yet answered, for the overhead a small one has."""
    busy_retry_s: float = 1.0
    """What a caller is told to wait when the queue is full: a few commits' time."""
    probe_first_s: float = 0.25
    """From a failed write to the first look whether the store is back."""
    probe_max_s: float = 5.0
    """Longest pause between two looks; each is twice the last."""
    reconcile_every_s: float = 900.0
    """From one look for rows that were never acknowledged to the next. On a server those of a crash
    are too young to be judged when the service starts again."""
    ping_timeout_s: float = 3.0
    """After this long without an answer to a readiness probe the service is not ready."""
    retry_window_s: float = 600.0
    """How long a committed request is remembered, so that a retry is not stored twice. OTLP
    clients give up after one to five minutes."""
    retry_window_entries: int = 100_000
    """Requests remembered at most, about 200 bytes each."""
