"""Work on the store that is due now and then, whatever comes in."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from spanbridge_ingest.errors import StoreError

_log = logging.getLogger(__name__)


class Upkeep:
    """Runs ``work``, which blocks, on a thread every ``every_s`` seconds while ``wanted()``.

    What fails is tried again the next time, and told once until it succeeds.
    """

    def __init__(
        self, work: Callable[[], object], every_s: float, wanted: Callable[[], bool]
    ) -> None:
        self._work = work
        self._every_s = every_s
        self._wanted = wanted
        self._task: asyncio.Task[None] | None = None
        self._told = ""

    def start(self, *, at_once: bool = False) -> None:
        """Begin; the first time is due in ``every_s`` seconds, or at once."""
        self._task = asyncio.create_task(self._run(0 if at_once else self._every_s))

    async def stop(self) -> None:
        """Begin no more. Work that runs ends by itself."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, first_s: float) -> None:
        due_s = first_s
        while True:
            await asyncio.sleep(due_s)
            due_s = self._every_s
            if not self._wanted():
                continue
            try:
                await asyncio.to_thread(self._work)
            except StoreError as error:
                self._tell(logging.WARNING, f"upkeep of the store failed: {error}")
            except Exception as error:
                what = type(error).__qualname__
                self._tell(logging.ERROR, f"unexpected {what} in the upkeep of the store")
            else:
                self._told = ""

    def _tell(self, level: int, what: str) -> None:
        if what != self._told:
            _log.log(level, "%s; it is tried again every %g s", what, self._every_s)
        self._told = what
