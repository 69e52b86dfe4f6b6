"""A few threads for what blocks, and a short line in front of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import anyio.to_thread

from spanbridge_ingest.errors import BusyError

MAX_WAITING: Final = 64
"""Questions that wait for a thread; one more is told to come back."""

RETRY_AFTER_S: Final = 2

T = TypeVar("T")


class Gate:
    """Runs what blocks on a few threads and keeps the line in front of them short."""

    def __init__(self, threads: int) -> None:
        self._limiter = anyio.CapacityLimiter(threads)
        self._most = threads + MAX_WAITING
        self._inside = 0

    async def run(self, read: Callable[[], T]) -> T:
        """What ``read`` returns. Raises BusyError when too many wait already."""
        if self._inside >= self._most:
            raise BusyError("too many questions are waiting", RETRY_AFTER_S)
        self._inside += 1
        try:
            return await anyio.to_thread.run_sync(read, limiter=self._limiter)
        finally:
            self._inside -= 1
