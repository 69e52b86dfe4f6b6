"""Where parts of requests wait until they are due, and what leaves together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from spanbridge_ingest.forward.frames import Facts
from spanbridge_ingest.forward.options import ForwardLimits
from spanbridge_ingest.forward.records import Piece
from spanbridge_ingest.store.base import Signal


@dataclass(slots=True)
class Part:
    """Spans or log records that go together: those of a trace, or those of a request."""

    signal: Signal
    facts: Facts
    pieces: list[Piece]
    requests: list[int]
    """The numbers of the requests they came in."""
    held_since: float
    due_at: float
    """Monotonic seconds, both."""


class Hold:
    """Parts in the order in which they are due. No clock, no I/O.

    A part is due when nothing was added to it for the settling time; that cannot put it off for
    ever. When half of the queue's bytes are here, the first is due at once.
    """

    def __init__(self, limits: ForwardLimits, settle_s: float) -> None:
        self._limits = limits
        self._settle_s = settle_s
        self._parts: OrderedDict[Hashable, Part] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        """How many parts wait."""
        return len(self._parts)

    def add(
        self,
        key: Hashable,
        request: int,
        signal: Signal,
        facts: Facts,
        piece: Piece,
        now: float,
    ) -> None:
        """Add to the part ``key``; what has the same key has the same signal and facts."""
        self._bytes += piece.size + piece.share
        part = self._parts.get(key)
        if part is None:
            due_at = now + self._settle_s
            self._parts[key] = Part(signal, facts, [piece], [request], now, due_at)
            return
        part.pieces.append(piece)
        part.requests.append(request)
        if now + self._settle_s <= part.held_since + self._limits.settle_most_s:
            part.due_at = now + self._settle_s
            self._parts.move_to_end(key)

    def due_in(self, now: float) -> float | None:
        """Seconds until the next part is due, 0 when it is; None when nothing waits."""
        if not self._parts:
            return None
        if self._bytes > self._limits.queue_bytes // 2:
            return 0.0
        return max(0.0, next(iter(self._parts.values())).due_at - now)

    def take(self, now: float, everything: bool = False) -> list[Part]:
        """The next batch, or ``[]`` when nothing is due; ``everything`` is due when told so."""
        taken: list[Part] = []
        size = 0
        sources: set[int] = set()
        while self._parts:
            part = next(iter(self._parts.values()))
            if not everything and self.due_in(now):
                break
            # What the pieces of a request share is sent once.
            sizes = {id(p.source): p.shared for p in part.pieces if id(p.source) not in sources}
            size += sum(sizes.values()) + sum(p.size for p in part.pieces)
            if taken and (
                size > self._limits.batch_bytes
                or (part.signal, part.facts) != (taken[0].signal, taken[0].facts)
            ):
                break
            self._parts.popitem(last=False)
            self._bytes -= sum(p.size + p.share for p in part.pieces)
            sources |= sizes.keys()
            taken.append(part)
        return taken
