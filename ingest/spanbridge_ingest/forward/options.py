"""What the forwarder is told: where to, in which conventions, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spanbridge_ingest.values import Headers, OtlpUrl

UNTRANSLATED = "none"
"""The dialect that means: pass it on as it came."""


@dataclass(frozen=True, slots=True)
class ForwardLimits:
    """Bounds of the forwarder. A batch is what one export request carries."""

    queue_bytes: int = 64 << 20
    """Stored and not yet passed on, in all processes together; what comes beyond is not passed on.
    Parsed spans take two to three times as much memory."""
    queue_requests: int = 20_000
    """The same in requests, for the overhead a small one has."""
    settle_s: float = 2.0
    """How long spans wait for others of their trace and for its log records."""
    settle_most_s: float = 10.0
    """The same when others keep arriving: a long trace must not wait for its end."""
    retry_s: float = 300.0
    """How long a batch is tried."""
    flush_s: float = 5.0
    """How long what waits is tried once the service stops."""
    batch_bytes: int = 1 << 20
    """Size before translation at which a batch is full: translated, and with room to grow, it stays
    under the 4 MiB that gRPC servers take unless told otherwise."""
    context_bytes: int = 16 << 20
    """Log records remembered for spans that come later."""
    context_s: float = 60.0
    """How long: a record is written while its span is open, and both are exported soon after."""
    attempt_s: float = 30.0
    """Until an attempt without an answer counts as failed."""
    backoff_first_s: float = 0.5
    """Pause after the first failed attempt; each is twice the last, give or take half of it."""
    backoff_most_s: float = 30.0
    """Longest pause, unless the destination asks for more."""


@dataclass(frozen=True, slots=True)
class ForwardOptions:
    """A forwarder."""

    destination: OtlpUrl
    dialect: str = UNTRANSLATED
    headers: Headers = field(default_factory=Headers)
    fact_headers: Mapping[str, str] = field(default_factory=dict)
    """Facts that came beside a request, by their attribute, and the header each goes on as; there
    it wins over one of ``headers``."""
    limits: ForwardLimits = field(default_factory=ForwardLimits)
    log_level: str = "warning"
