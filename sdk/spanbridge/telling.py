"""What the application is told once, however often it happens."""

from __future__ import annotations

import logging
from typing import Final

_told: Final[set[str]] = set()


def tell_once(message: str) -> None:
    """Log a warning, unless it has been told before."""
    if message not in _told:
        _told.add(message)
        logging.getLogger("spanbridge").warning("%s", message)
