"""Open while the store takes writes; closed, with a look now and then, while it is away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from spanbridge_ingest.errors import StoreError

_log = logging.getLogger(__name__)


class StoreGate:
    """Stops writes after a failure until ``recover`` has succeeded once.

    ``recover`` looks whether the store is back and brings what is known about it up to date; it
    raises while the store is away. The gate starts closed.
    """

    def __init__(
        self, recover: Callable[[], Awaitable[None]], probe_first_s: float, probe_max_s: float
    ) -> None:
        self._recover = recover
        self._probe_first_s = probe_first_s
        self._probe_max_s = probe_max_s
        self._pause_s = probe_first_s
        self._prober: asyncio.Task[None] | None = None
        self._stopped = False
        self.is_open = False

    @property
    def retry_after_s(self) -> float:
        """When a refused caller should come back: after the next look."""
        return self._pause_s

    async def open(self) -> None:
        """Look at once.

        A store that is away does not raise: the gate stays closed and goes on looking.
        """
        if not await self._look():
            self._start_probing()

    def close(self) -> None:
        """A write failed: refuse what comes until the store has been seen again."""
        if self.is_open:
            _log.warning("the store does not take writes; refusing requests until it does")
        self.is_open = False
        self._start_probing()

    def wrote(self) -> None:
        """A write succeeded: the next outage starts with short pauses again.

        An answer to a look does not count, or a store that answers and cannot write would be
        tried all the time.
        """
        self._pause_s = self._probe_first_s

    async def stop(self) -> None:
        """Stop looking."""
        self._stopped = True
        if self._prober is not None:
            self._prober.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._prober

    def _start_probing(self) -> None:
        if self._prober is None and not self._stopped:
            self._prober = asyncio.create_task(self._probe())

    async def _probe(self) -> None:
        try:
            while True:
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(2 * self._pause_s, self._probe_max_s)
                if await self._look():
                    _log.warning("the store is back")
                    return
        finally:
            self._prober = None

    async def _look(self) -> bool:
        try:
            await self._recover()
        except StoreError as error:
            _log.info("the store is still away: %s", type(error).__qualname__)
            return False
        except Exception as error:
            _log.error("unexpected %s while looking for the store", type(error).__qualname__)
            return False
        self.is_open = True
        return True
