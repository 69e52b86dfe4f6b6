"""One batch on its way: attempts, pauses, sections, and what became of it."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Final

from spanbridge_ingest.forward.answers import Answer, Client, Later, Refused, Taken
from spanbridge_ingest.forward.frames import Report
from spanbridge_ingest.forward.notes import Notes
from spanbridge_ingest.forward.options import ForwardOptions
from spanbridge_ingest.forward.records import Request, count, section
from spanbridge_ingest.store.base import Signal

_log = logging.getLogger(__name__)

_MOST_REFUSALS: Final = 40
"""Of one batch: enough to find one bad record in a million; then it is not the records."""
_STOPPING_PAUSE_S: Final = 0.5
"""Longest pause that nobody asked for when the service stops."""


class Delivery:
    """Delivers batches to one destination, one at a time.

    It counts into ``report`` and calls ``counted`` where that may take long to become complete.
    """

    def __init__(
        self,
        client: Client,
        options: ForwardOptions,
        report: Report,
        counted: Callable[[], None],
        stopping: asyncio.Event,
    ) -> None:
        self._client = client
        self._to = options.destination
        self._limits = options.limits
        self._secrets = [value for _, value in options.headers.pairs if value]
        self._report = report
        self._counted = counted
        self._stopping = stopping
        self._notes = Notes(_log)

    async def deliver(self, signal: Signal, message: Request, headers: Mapping[str, str]) -> None:
        """Try until the destination has taken or refused it, or its time is up.

        What is refused and may be one record's fault is divided until that one stands alone.
        """
        until = time.monotonic() + self._limits.retry_s
        refusals = 0
        # Sections of the message: they are put together when it is their turn, and not before.
        todo = [(0, count(message))]
        try:
            while todo:
                start, stop = todo[-1]
                part = message if stop - start == count(message) else section(message, start, stop)
                answer = await self._try(signal, part.SerializeToString(), headers, until)
                if isinstance(answer, Refused) and answer.divisible:
                    refusals += 1
                    middle = (start + stop) // 2
                    if refusals < _MOST_REFUSALS and middle > start:
                        todo[-1:] = [(middle, stop), (start, middle)]
                        continue
                todo.pop()
                self._settle(signal, stop - start, answer)
        except asyncio.CancelledError:
            self._drop(signal, _records(todo), "stopped")
            raise
        except Exception as error:
            # One that nobody foresaw must not end the forwarding.
            _log.error("unexpected %s while passing on", type(error).__qualname__)
            self._drop(signal, _records(todo), "failed")

    def _settle(self, signal: Signal, records: int, answer: Answer) -> None:
        if isinstance(answer, Taken):
            rejected = min(records, max(0, answer.rejected))
            self._report.delivered[signal.value] += records - rejected
            if rejected:
                self._drop(signal, rejected, "rejected")
                self._quote(answer.message)
            return
        if isinstance(answer, Later):
            self._drop(signal, records, "stopped" if self._stopping.is_set() else "expired")
            return
        self._drop(signal, records, "refused", f"{answer.reason}; {answer.hint}".rstrip("; "))
        self._quote(answer.message)

    def _drop(self, signal: Signal, records: int, reason: str, detail: str = "") -> None:
        if not records:
            return
        self._report.dropped[f"{signal.value}:{reason}"] += records
        self._notes.warn(
            reason + detail,
            "%d %s records were not passed on to %s: %s",
            records,
            signal.value,
            self._to,
            f"{reason} ({detail})" if detail else reason,
        )

    async def _try(
        self, signal: Signal, body: bytes, headers: Mapping[str, str], until: float
    ) -> Answer:
        """Attempts until the answer is final or there is no time for another."""
        limits = self._limits
        backoff_s = limits.backoff_first_s
        while True:
            timeout_s = max(0.0, min(limits.attempt_s, until - time.monotonic()))
            answer = await self._client.send(signal, body, headers, timeout_s)
            if not isinstance(answer, Later):
                return answer
            self._quote(answer.message)
            pause_s = backoff_s * random.uniform(0.5, 1.5)
            backoff_s = min(2 * backoff_s, limits.backoff_most_s)
            if self._stopping.is_set():
                pause_s = min(pause_s, _STOPPING_PAUSE_S)
            # What it asks for may be nothing, or less: that must not make a busy loop.
            least_s = answer.after_s or 0.0
            asked = least_s > pause_s
            pause_s = max(pause_s, least_s)
            if time.monotonic() + pause_s > until:
                return answer
            self._notes.warn(
                "later", "%s does not take what is passed on: %s", self._to, answer.reason
            )
            await self._pause(pause_s, asked=asked)
            self._report.retries += 1
            self._counted()

    async def _pause(self, seconds: float, *, asked: bool) -> None:
        # A stop leaves little time: only a pause that the destination asked for is kept then.
        if asked or self._stopping.is_set():
            await asyncio.sleep(seconds)
            return
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _quote(self, message: str) -> None:
        # It may quote spans, or the header that was wrong.
        if not message or not _log.isEnabledFor(logging.DEBUG):
            return
        for secret in self._secrets:
            message = message.replace(secret, "***")
        _log.debug("%s says: %s", self._to, message)


def _records(sections: list[tuple[int, int]]) -> int:
    return sum(stop - start for start, stop in sections)
