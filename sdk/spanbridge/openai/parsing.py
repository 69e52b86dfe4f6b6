"""JSON as it comes from providers."""

from __future__ import annotations

import json
from typing import Any

import orjson

from spanbridge.openai.facts import NOTHING, Body


def parsed(data: bytes) -> Any:
    """What a text of JSON says.

    Raises:
        ValueError: it is none, not even with ``NaN`` and the like, which Python takes.
        RecursionError: it is too deep.
    """
    try:
        return orjson.loads(data)
    except ValueError:
        return json.loads(data)


def body_of(data: bytes) -> Body:
    """An object; an empty one where there is none."""
    try:
        value = parsed(data)
    except (ValueError, RecursionError):
        return NOTHING
    return value if isinstance(value, dict) else NOTHING
