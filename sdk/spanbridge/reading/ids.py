"""Ids as they are given, checked before they become part of an address."""

from __future__ import annotations

import re
from typing import Final

from spanbridge.exceptions import InvalidValueError

_TRACE_ID: Final = re.compile(r"(?:tr-)?([0-9a-f]{32})")
_ASSESSMENT_ID: Final = re.compile(r"[\w-]{1,64}", re.ASCII)


def checked_trace_id(trace_id: object) -> str:
    """32 lower-case hexadecimal digits.

    Raises:
        InvalidValueError: it is no trace id.
    """
    found = _TRACE_ID.fullmatch(trace_id.lower()) if isinstance(trace_id, str) else None
    if found is None or not found[1].strip("0"):
        raise InvalidValueError(
            f"{trace_id!r} is no trace id: that is 32 hexadecimal digits, such as span.trace_id "
            "or get_last_active_trace_id() gives them while tracing is on"
        )
    return found[1]


def is_of_nothing(trace_id: object) -> bool:
    """Whether it is what spans and calls give for an id while nothing is recorded."""
    return trace_id is None or (
        isinstance(trace_id, str) and set(trace_id.removeprefix("tr-")) == {"0"}
    )


def checked_assessment_id(assessment_id: object) -> str:
    """An assessment id.

    Raises:
        InvalidValueError: it is none.
    """
    if isinstance(assessment_id, str) and _ASSESSMENT_ID.fullmatch(assessment_id):
        return assessment_id
    raise InvalidValueError(
        f"{assessment_id!r} is no assessment id: it is what log_feedback() returns as assessment_id"
    )
