"""What a destination says to an attempt, over gRPC or HTTP, in terms of what to do about it.

The rules are OTLP's: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-response and
https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from spanbridge_ingest.store.base import Signal


@dataclass(frozen=True, slots=True)
class Taken:
    """The destination has it, but for ``rejected`` records."""

    rejected: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is wrong with the request: try again, after ``after_s`` seconds if given."""

    reason: str
    after_s: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Trying again is of no use."""

    reason: str
    hint: str = ""
    """What the operator should look at."""
    divisible: bool = False
    """Whether it may be one record's fault, or that of the size, so that parts may be taken."""
    message: str = ""
    """The destination's own words; they may quote spans."""


Answer = Taken | Later | Refused


class Client(Protocol):
    """A connection to a destination."""

    async def send(
        self, signal: Signal, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """Make one attempt; never raises for what the network or the destination does."""

    async def close(self) -> None:
        """Close connections."""
