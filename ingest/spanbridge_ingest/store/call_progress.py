"""How far ``trace_calls`` has got, and which instance keeps it: one row per way of judging."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, NamedTuple

from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.store.names import qualified

BACKFILLED: Final = "backfill:otel_traces"
"""The name in ``schema_version`` of the times when stored GenAI columns were computed anew."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is judged. Times are milliseconds since the epoch by the engine's clock."""

    since: int
    """Every span received from here on is judged; 0 when there is nothing older."""
    until: int
    """That far; what becomes visible later than others is looked for a while longer."""
    began_at: int
    """The version that everything judged in this way is at least of."""
    swept: bool
    """Whether rows that were judged in another way only are removed."""
    revision: int
    """The revision of the rates that costs are computed by."""
    holder: str = ""
    held_until: int = 0


class State(NamedTuple):
    """How things stand."""

    judgement: str
    """What tells this way of judging from others."""
    progress: Progress | None
    now_us: int
    """The engine's time."""
    revision: int
    """The newest revision of the rates."""
    whole_us: int
    """When the last step began that was taken to its end; 0 if there was none."""


class ProgressLog:
    """Reads and writes the row of one way of judging."""

    def __init__(self, engine: Engine, database: str, judgement: str) -> None:
        self._engine = engine
        self._table = qualified(database, "trace_calls_progress")
        self._schema = qualified(database, "schema_version")
        self._rates = qualified(database, "model_price_rates")
        self._judgement = judgement

    def read(self) -> State:
        """How things stand."""
        [(backfilled, now, revision)] = self._engine.query(
            f"SELECT toString(max(AppliedAt)), toUnixTimestamp64Micro(now64(6)), "
            f"(SELECT max(Revision) FROM {self._rates}) "
            f"FROM {self._schema} WHERE Name = {{name:String}}",
            {"name": BACKFILLED},
        )
        # When the columns that are judged were computed anew, it is another judgement.
        judgement = f"{self._judgement} {backfilled}"
        rows = self._engine.query(
            "SELECT Since, Until, BeganAt, toUInt8(Swept), Revision, HeldUntil, Version, Holder "
            f"FROM {self._table} FINAL WHERE Judgement = {{judgement:String}}",
            {"judgement": judgement},
        )
        progress, whole = None, 0
        for row in rows:
            *numbers, holder = row
            since, until, began_at, swept, priced, held_until, whole = (
                int(str(number)) for number in numbers
            )
            progress = Progress(
                since, until, began_at, bool(swept), priced, str(holder), held_until
            )
        return State(judgement, progress, int(str(now)), int(str(revision or 0)), whole)

    def write(self, state: State, progress: Progress) -> None:
        """Store how far it got; of several rows the latest counts."""
        row = {
            "Judgement": state.judgement,
            "Since": progress.since,
            "Until": progress.until,
            "BeganAt": progress.began_at,
            "Swept": progress.swept,
            "Revision": progress.revision,
            "Holder": progress.holder,
            "HeldUntil": progress.held_until,
            "Version": state.now_us,
        }
        line = json.dumps(row).encode()
        self._engine.insert(self._table, "JSONEachRow", [line], {"async_insert": "0"}, list(row))
