"""The worker's way of a request: taken apart, held, translated, delivered. One event loop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable
from typing import Final

from spanbridge_ingest.forward.answers import Client
from spanbridge_ingest.forward.context import LogContext
from spanbridge_ingest.forward.delivery import Delivery
from spanbridge_ingest.forward.frames import Facts, Report, Stored
from spanbridge_ingest.forward.hold import Hold, Part
from spanbridge_ingest.forward.notes import Notes
from spanbridge_ingest.forward.options import UNTRANSLATED, ForwardOptions
from spanbridge_ingest.forward.records import (
    Logs,
    Piece,
    Request,
    Traces,
    assembled,
    by_trace,
    count,
    parse,
    trace_ids,
    whole,
    without_invalid,
)

_log = logging.getLogger(__name__)

Translate = Callable[[Traces, list[Logs]], Traces]
"""Spans of any traces, and log records of these, to the spans in the destination's dialect."""

_MOST_FAULTS: Final = 40
"""Of one batch: enough to find one bad trace in a million; the rest goes untranslated."""

_REPORT_EVERY_S: Final = 0.05
"""At most this often: a line for every small request would cost the service more than the queue."""


class Pipeline:
    """Passes on what it is given until it is told to stop.

    ``translate`` is None when nothing is to be translated; then requests are not held, and log
    records are passed on as well. Otherwise they only complete the spans.
    """

    def __init__(
        self,
        options: ForwardOptions,
        client: Client,
        translate: Translate | None,
        emit: Callable[[Report], None],
    ) -> None:
        self._options = options
        self._translate = translate
        self._emit = emit
        self._report = Report()
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._delivery = Delivery(client, options, self._report, self._report_soon, self._stopping)
        self._hold = Hold(options.limits, 0.0 if translate is None else options.limits.settle_s)
        self._context = LogContext(options.limits)
        self._parts_left: dict[int, int] = {}
        self._notes = Notes(_log)
        self._running: asyncio.Task[None] | None = None
        self._reporting: asyncio.TimerHandle | None = None

    def take(self, stored: Stored) -> None:
        """Take a request over. Never raises: the event loop would log the request."""
        message: Request | None = None
        parts: dict[Hashable, Piece] = {}
        try:
            message = parse(stored.signal, stored.payload)
            if message is not None:
                parts = self._parts(stored, message)
        except Exception as error:
            _log.error("unexpected %s while taking a request over", type(error).__qualname__)
            if message is not None:
                self._report.dropped[f"{stored.signal.value}:failed"] += count(message)
        if message is None:
            self._report.undecodable.append(stored.number)
        if not parts:
            self._done(stored.number)
            return
        self._parts_left[stored.number] = len(parts)
        now = time.monotonic()
        for key, part in parts.items():
            self._hold.add(key, stored.number, stored.signal, stored.facts, part, now)
        self._wake.set()

    def stop(self, deadline_s: float) -> None:
        """Pass on what is there, held or not, for ``deadline_s`` seconds at most."""
        self._stopping.set()
        self._wake.set()
        if self._running is not None:
            asyncio.get_running_loop().call_later(deadline_s, self._running.cancel)

    async def run(self) -> None:
        """Pass on until stopped and done, or stopped and out of time."""
        self._running = asyncio.create_task(self._run())
        await asyncio.wait({self._running})
        while batch := self._hold.take(time.monotonic(), everything=True):
            self._count(batch, "stopped")
            for part in batch:
                for number in part.requests:
                    self._part_done(number)
        self._flush()
        if not self._running.cancelled():
            self._running.result()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            now, stopping = time.monotonic(), self._stopping.is_set()
            batch = self._hold.take(now, everything=stopping)
            if batch:
                await self._pass_on(batch)
                continue
            if stopping:
                return
            try:
                await asyncio.wait_for(self._wake.wait(), self._hold.due_in(now))
            except TimeoutError:
                continue

    def _parts(self, stored: Stored, message: Request) -> dict[Hashable, Piece]:
        """The parts that have to be delivered, by what they are held under."""
        if isinstance(message, Traces):
            valid = without_invalid(message)
            if self._translate is not None:
                return {(stored.facts, t): part for t, part in by_trace(valid).items()}
            return {stored.number: whole(valid)} if count(valid) else {}
        if self._translate is not None:
            self._context.add(message, time.monotonic())
            return {}
        return {stored.number: whole(message)} if count(message) else {}

    async def _pass_on(self, batch: list[Part]) -> None:
        signal, facts = batch[0].signal, batch[0].facts
        try:
            message = await self._prepared(batch)
            if message is not None:
                await self._delivery.deliver(signal, message, self._headers(facts))
        finally:
            for part in batch:
                for number in part.requests:
                    self._part_done(number)
            self._flush()

    async def _prepared(self, batch: list[Part]) -> Request | None:
        """The parts in one message, translated; None when that failed, which is counted."""
        try:
            return await self._translated(batch)
        except asyncio.CancelledError:
            self._count(batch, "stopped")
            raise
        except Exception as error:
            # One that nobody foresaw must not end the forwarding.
            _log.error("unexpected %s while putting together", type(error).__qualname__)
            self._count(batch, "failed")
            return None

    async def _translated(self, batch: list[Part]) -> Request:
        """All at once, so that what they share is there once; divided where that fails."""
        done: list[Piece] = []
        todo = [batch]
        faults = 0
        while todo:
            # Requests that arrive meanwhile are taken over, and a stop is noticed.
            await asyncio.sleep(0)
            parts = todo.pop()
            message = assembled([piece for part in parts for piece in part.pieces])
            if self._translate is not None and isinstance(message, Traces):
                try:
                    context = self._context.of(trace_ids(message))
                    message = self._translate(message, context)
                except Exception as error:
                    faults += 1
                    if len(parts) > 1 and faults < _MOST_FAULTS:
                        middle = len(parts) // 2
                        todo += [parts[middle:], parts[:middle]]
                        continue
                    # Better as it came than not at all.
                    kind = type(error).__qualname__
                    self._notes.warn(kind, "spans are passed on untranslated: unexpected %s", kind)
                    self._report.untranslated += count(message)
            done.append(Piece(message))
        return assembled(done)

    def _headers(self, facts: Facts) -> dict[str, str]:
        headers = dict(self._options.headers.pairs)
        for attribute, value in facts:
            name = self._options.fact_headers.get(attribute)
            if name is not None and value.isascii():
                headers[name] = value
        return headers

    def _count(self, batch: list[Part], reason: str) -> None:
        pieces = [piece for part in batch for piece in part.pieces]
        records = sum(
            count(piece.source) if piece.items is None else len(piece.items) for piece in pieces
        )
        self._report.dropped[f"{batch[0].signal.value}:{reason}"] += records

    def _part_done(self, number: int) -> None:
        self._parts_left[number] -= 1
        if not self._parts_left[number]:
            del self._parts_left[number]
            self._done(number)

    def _done(self, number: int) -> None:
        self._report.done.append(number)
        self._report_soon()

    def _report_soon(self) -> None:
        if self._reporting is None:
            loop = asyncio.get_running_loop()
            self._reporting = loop.call_later(_REPORT_EVERY_S, self._flush)

    def _flush(self) -> None:
        if self._reporting is not None:
            self._reporting.cancel()
            self._reporting = None
        self._emit(self._report)
        self._report.clear()


def is_translating(options: ForwardOptions) -> bool:
    """Whether what is passed on has to be translated."""
    return options.dialect != UNTRANSLATED
