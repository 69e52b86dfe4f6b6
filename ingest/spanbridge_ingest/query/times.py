"""Moments as clients write them: nanoseconds since the epoch, or RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from spanbridge_ingest.query.errors import BadQueryError

_NS: Final = 1_000_000_000
_NANOS: Final = re.compile(r"\d{1,20}", re.ASCII)
_FRACTION: Final = re.compile(r"(?<=:\d\d)\.(\d{1,9})", re.ASCII)
_END_NS: Final = 2**64


def parse_time(name: str, text: str | None) -> int | None:
    """Nanoseconds since the epoch; a time without an offset is UTC. None is None.

    Raises:
        BadQueryError: ``text`` is neither, or before 1970. ``name`` is the parameter's.
    """
    if text is None:
        return None
    nanos = int(text) if _NANOS.fullmatch(text) else _rfc3339(name, text)
    if not 0 <= nanos < _END_NS:
        raise BadQueryError(f"{name} is out of range", "times are from 1970 on")
    return nanos


def _rfc3339(name: str, text: str) -> int:
    # A plus that was not escaped in a URL arrives as a space.
    text = re.sub(r" (?=\d\d:\d\d$)", "+", text)
    fraction = _FRACTION.search(text)
    whole = _FRACTION.sub("", text, count=1)
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        raise BadQueryError(
            f"{name} is not a time",
            "give nanoseconds since the epoch, or a time such as 2026-01-31T12:00:00Z",
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    nanos = int(fraction[1].ljust(9, "0")) if fraction else 0
    return (elapsed.days * 86_400 + elapsed.seconds) * _NS + nanos
