"""Keeps ``trace_calls``: what the view ``otel_traces_usage`` says, in a table.

A step judges the traces that spans arrived for, as a whole, and adds a row for every span that may
be a call; the greatest version of a row counts. So it does no harm to judge a trace again, in any
order, by several instances at once or after a crash. What there was before the table is judged
backwards from now, a slice of bounded size at a time. Decisions: ``docs/adr/0009``.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Final

from spanbridge_ingest.errors import StoreError
from spanbridge_ingest.store import call_statements as statements
from spanbridge_ingest.store.call_progress import Progress, ProgressLog, State
from spanbridge_ingest.store.call_slices import (
    Delivery,
    anything_after,
    deliveries,
    older_slice,
    received_before,
    received_from,
)
from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.store.names import qualified
from spanbridge_ingest.store.totals import LENDS_SINCE

_log = logging.getLogger(__name__)

SLICE_SPANS: Final = 150_000
"""Spans whose traces are judged by one statement, give or take one delivery."""

LATE_MS: Final = 120_000
"""Rows may become visible so much later than the time of receipt that they bear."""

_HELD_MS: Final = 60_000
"""An instance that was not heard of for so long has given the table up."""

_MEMORY_EXCEEDED: Final = 241
_SPLITS: Final = (1, 8, 64, 512)
"""What needs too much memory at once is judged in so many parts."""

_IDS_AT_ONCE: Final = 1000

_SETTINGS: Final = {
    # The statement is long and few rows pass: this saves a third of the engine's effort.
    "query_plan_merge_expressions": "0",
    "compile_expressions": "0",
    # It is in no hurry, and all that it says becomes visible at once if it can be one part.
    "max_threads": "1",
    "max_insert_threads": "1",
    "min_insert_block_size_rows": "1000000",
    "min_insert_block_size_bytes": "268435456",
    "max_memory_usage": str(2 << 30),
    "async_insert": "0",
}


class _StoppedError(Exception):
    """A step is given up: it is taken again from its beginning by whoever comes next."""


class CallKeeper:
    """Keeps the table of one store up to date. For one thread at a time, but for :meth:`stop`."""

    def __init__(self, engine: Engine, database: str, *, slice_spans: int = SLICE_SPANS) -> None:
        self._engine = engine
        self._database = database
        self._slice_spans = slice_spans
        # A directory has one process at a time: who held it before is gone.
        self._name = "embedded" if engine.embedded else secrets.token_hex(8)
        self._log = ProgressLog(engine, database, statements.judgement(database))
        self._judgement = ""
        self._seen: dict[tuple[int, int], int] = {}
        self._looks_until = math.inf
        self._days: tuple[int, list[str]] | None = None
        self._stopped = threading.Event()

    @cached_property
    def _lends(self) -> bool:
        [(version,)] = self._engine.query("SELECT version()")
        return tuple(map(int, str(version).split(".")[:2])) >= LENDS_SINCE

    def stop(self) -> None:
        """Let :meth:`run` begin no other statement that judges."""
        self._stopped.set()

    def run(self, budget_s: float = math.inf) -> None:
        """Take steps until nothing is left to do or the budget is used up.

        Raises:
            StoreError: the store does not answer or cannot be written.
        """
        end = time.monotonic() + budget_s
        with suppress(_StoppedError):
            while not self._stopped.is_set() and self.step() and time.monotonic() < end:
                pass

    def step(self) -> bool:
        """Do one piece of work of bounded size; whether there was any.

        Raises:
            StoreError: the store does not answer or cannot be written.
        """
        state = self._log.read()
        now = state.now_us // 1000
        if state.judgement != self._judgement:
            # What this instance has seen it judged in another way.
            self._judgement, self._seen, self._looks_until = state.judgement, {}, math.inf
        # What was received shortly before is looked at as new.
        progress = state.progress or Progress(
            now - LATE_MS, now, 2 * state.now_us, False, state.revision
        )
        if progress.holder != self._name and progress.held_until > now:
            return False
        for work in (self._judge_new, self._reprice, self._judge_older, self._sweep):
            if (done := work(progress, state)) is not None:
                held = replace(done, holder=self._name, held_until=now + _HELD_MS)
                self._log.write(state, held)
                return True
        return False

    def _judge_new(self, progress: Progress, state: State) -> Progress | None:
        """Judge what arrived, the oldest first."""
        now = state.now_us // 1000
        if anything_after(self._engine, self._database, progress.until):
            self._looks_until = now + LATE_MS
        elif now > self._looks_until:
            return None
        since = progress.until - LATE_MS
        found = deliveries(self._engine, self._database, since, now)
        self._seen = {key: spans for key, spans in self._seen.items() if key[1] >= since}
        chosen: list[Delivery] = []
        spans = 0
        for delivery in found:
            if self._seen.get(delivery[:2]) != delivery.spans:
                chosen.append(delivery)
                spans += delivery.spans
                if spans >= self._slice_spans:
                    break
        if not chosen:
            return None
        first, last = chosen[0].received_ms, chosen[-1].received_ms
        self._judge(f"{received_from(first)} AND {received_before(last + 1)}", state)
        self._seen |= {one[:2]: one.spans for one in chosen}
        return replace(progress, until=max(progress.until, min(last, now)))

    def _judge_older(self, progress: Progress, state: State) -> Progress | None:
        """Judge a slice of what there was before."""
        if not progress.since:
            return None
        found = older_slice(self._engine, self._database, progress.since, self._slice_spans)
        if found is None:
            return replace(progress, since=0)
        received = f"{received_from(found.since)} AND {received_before(found.until)}"
        self._judge(received, state, found.parts)
        return replace(progress, since=max(found.since, 0))

    def _judge(self, touched: str, state: State, parts: int = 1) -> None:
        """Judge the traces of these spans, in more parts if they need too much memory."""
        for splits in _SPLITS:
            try:
                for part in range(parts * splits):
                    self._judge_part(touched, state, part, parts * splits)
            except StoreError as error:
                if error.code != _MEMORY_EXCEEDED:
                    raise
            else:
                return
        _log.warning(
            "a trace is too large to find its model calls in %s bytes of memory: otel_trace_calls "
            "lacks them; to sum them up ask otel_traces_usage with a larger max_memory_usage",
            _SETTINGS["max_memory_usage"],
        )

    def _judge_part(self, touched: str, state: State, part: int, parts: int) -> None:
        if self._stopped.is_set():
            raise _StoppedError
        if parts > 1:
            touched = f"{touched} AND cityHash64(TraceId) % {parts} = {part}"
        statement = statements.judge(self._database, touched, state.now_us, lends=self._lends)
        self._engine.edit(statement, {}, _SETTINGS)
        # Also what steps stored that were not taken to their end.
        self._remove_gone(f"Version > {2 * state.whole_us}")

    def _reprice(self, progress: Progress, state: State) -> Progress | None:
        """Compute costs anew, a day at a time, when there are other rates."""
        if progress.revision == state.revision:
            return None
        if self._days is None or self._days[0] != state.revision:
            rows = self._engine.query(
                "SELECT DISTINCT toString(toDate(Timestamp)) AS Day "
                f"FROM {qualified(self._database, 'trace_calls')} ORDER BY Day"
            )
            self._days = state.revision, [str(day) for (day,) in rows]
        if not self._days[1]:
            self._days = None
            return replace(progress, revision=state.revision)
        day = f"toDate('{self._days[1][-1]}')"
        window = f"toDate(Timestamp) = {day}"
        revisions = (progress.revision, state.revision)
        self._engine.edit(statements.reprice(self._database, window, revisions), {}, _SETTINGS)
        self._remove_gone(window)
        self._days[1].pop()
        return progress

    def _remove_gone(self, condition: str) -> None:
        """Remove rows of traces that were deleted while they were judged."""
        rows = self._engine.query(statements.gone(self._database, condition))
        ids = [str(trace_id) for (trace_id,) in rows]
        for at in range(0, len(ids), _IDS_AT_ONCE):
            bound = {"ids": ids[at : at + _IDS_AT_ONCE]}
            self._delete("TraceId IN {ids:Array(String)}", bound)

    def _sweep(self, progress: Progress, _: State) -> Progress | None:
        """Remove what was judged in another way and is not judged in this one."""
        if progress.swept:
            return None
        older = f"Version < {progress.began_at}"
        table = qualified(self._database, "trace_calls")
        if self._engine.query(f"SELECT 1 FROM {table} WHERE {older} LIMIT 1"):
            self._delete(older, {})
        return replace(progress, swept=True)

    def _delete(self, condition: str, bound: Mapping[str, object]) -> None:
        table = qualified(self._database, "trace_calls")
        settings = {"lightweight_deletes_sync": "2"}
        self._engine.edit(f"DELETE FROM {table} WHERE {condition}", bound, settings)
