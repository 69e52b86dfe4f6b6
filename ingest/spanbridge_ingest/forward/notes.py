"""Log lines about what may happen thousands of times a second."""

from __future__ import annotations

import logging
import time
from typing import Final

_EVERY_S: Final = 30.0


class Notes:
    """Logs each kind of event at most once in 30 s, with how often it was left out."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._last: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def warn(self, kind: str, message: str, *arguments: object) -> None:
        """Log ``message``, or count it as left out."""
        now = time.monotonic()
        if now - self._last.get(kind, -_EVERY_S) < _EVERY_S:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return
        self._last[kind] = now
        left_out = self._left_out.pop(kind, 0)
        suffix = f" ({left_out} more since the last such line)" if left_out else ""
        self._logger.warning(message + "%s", *arguments, suffix)
