"""Which rows a query looks at, and the parts of SQL that say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from spanbridge_ingest.query.search.compare import Parameters

SPANS: Final = "{database:Identifier}.otel_traces"
INDEX: Final = "{database:Identifier}.otel_traces_trace_id_ts"
LOGS: Final = "{database:Identifier}.otel_logs"
TAGS: Final = "{database:Identifier}.trace_tags"
ASSESSMENTS: Final = "{database:Identifier}.otel_trace_assessments"


@dataclass(frozen=True, slots=True)
class Window:
    """Traces that began between two seconds, both included, as far as they had arrived.

    Attributes:
        since: the first second.
        until: the last second.
        bound: the last second in which a span of theirs begins; None to look at all later ones.
        arrived_ms: only rows received by then, ms since the epoch; None is all.
    """

    since: int
    until: int
    bound: int | None = None
    arrived_ms: int | None = None

    def spans(self, parameters: Parameters) -> list[str]:
        """Conditions on ``otel_traces``. No span of the traces is left out."""
        found = []
        if self.since:
            found.append(f"Timestamp >= {_second(self.since, parameters)}")
        if self.bound is not None:
            found.append(f"Timestamp < {_second(self.bound + 1, parameters)}")
        return found + self._arrived("ReceivedAt", parameters)

    def traces(self, parameters: Parameters) -> list[str]:
        """Conditions on the index table. Traces that began earlier are left in."""
        found = [
            f"Start >= toDateTime({parameters.bind(self.since, 'UInt32')})",
            f"Start <= toDateTime({parameters.bind(self.until, 'UInt32')})",
        ]
        return found + self._arrived("ReceivedAt", parameters)

    def _arrived(self, column: str, parameters: Parameters) -> list[str]:
        if self.arrived_ms is None:
            return []
        bound = parameters.bind(self.arrived_ms, "Int64")
        return [f"{column} <= fromUnixTimestamp64Milli({bound})"]


def _second(second: int, parameters: Parameters) -> str:
    return f"toDateTime64({parameters.bind(second, 'UInt32')}, 9)"


def both(conditions: Iterable[str]) -> str:
    """All of the conditions that are not empty; true if there are none."""
    given = [condition for condition in conditions if condition]
    return " AND ".join(given) or "true"
