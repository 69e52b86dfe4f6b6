"""How a trace ended."""

from __future__ import annotations

from enum import StrEnum


class TraceState(StrEnum):
    """How a trace ended, or that it has not."""

    STATE_UNSPECIFIED = "STATE_UNSPECIFIED"
    OK = "OK"
    ERROR = "ERROR"
    IN_PROGRESS = "IN_PROGRESS"
