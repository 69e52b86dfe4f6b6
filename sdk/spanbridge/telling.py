"""What the application is told once, however often it happens."""

from __future__ import annotations

import logging
from typing import Final

_MOST: Final = 1000
_told: Final[set[str]] = set()


def tell_once(message: str) -> None:
    """Log a warning, unless it has been told before, or as many others have been."""
    if message not in _told and len(_told) < _MOST:
        _told.add(message)
        logging.getLogger("spanbridge").warning("%s", message)


def reset() -> None:
    """Have told nothing."""
    _told.clear()
