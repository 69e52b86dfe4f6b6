"""Python values as texts of JSON and as attribute values of OpenTelemetry. Never raises."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

Attribute = (
    str | bool | int | float | Sequence[str] | Sequence[bool] | Sequence[int] | Sequence[float]
)
"""What an attribute of OpenTelemetry can hold everywhere."""

_NUMPY: Final = orjson.OPT_SERIALIZE_NUMPY
_ANY_KEYS: Final = _NUMPY | orjson.OPT_NON_STR_KEYS
_INT64: Final = 2**63
_SCALARS: Final = (str, bool, int, float)


def to_json(value: object) -> str:
    """``value`` as a text of JSON, as it is at this moment.

    Dataclasses, enumerations, times and UUIDs are spelled as usual, pydantic models by their
    fields, bytes in base64, everything else by its ``str``.
    """
    try:
        return orjson.dumps(value, _spelled, _NUMPY).decode()
    except Exception:
        return _odd_json(value)


def from_json(text: str) -> Any:
    """What a text of JSON says; the text itself if it is none."""
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def to_attribute(value: object) -> Attribute:
    """``value`` as an attribute: scalars and lists of one kind of scalar as they are, else JSON."""
    kind = type(value)
    if kind is str:
        return _encodable(value)  # type: ignore[arg-type]
    if kind is bool or kind is float:
        return value  # type: ignore[return-value]
    if isinstance(value, int):
        # OTLP has no greater integers, and one of them would cost its whole batch.
        return value if -_INT64 <= value < _INT64 else str(value)
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, list | tuple) and value:
        first = type(value[0])
        alike = first in _SCALARS and all(type(item) is first for item in value)
        if alike and (first is not int or all(-_INT64 <= item < _INT64 for item in value)):
            return tuple(value)
    return to_json(value)


def _encodable(text: str) -> str:
    """``text`` without lone surrogates, which OTLP cannot carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _spelled(value: object) -> object:
    """What JSON cannot spell, as something it can."""
    if callable(dump := getattr(value, "model_dump", None)):
        return dump()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return list(value)
    return _text(value)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__qualname__}>"


def _odd_json(value: object) -> str:
    """What orjson refuses: keys that are no texts, great integers, circles, broken objects."""
    try:
        # Not at once: looking at keys takes a quarter longer.
        return orjson.dumps(value, _spelled, _ANY_KEYS).decode()
    except Exception:
        pass
    try:
        text = json.dumps(value, default=_guarded, skipkeys=True)
        return text if text.isascii() else _text(value)
    except Exception:
        pass
    try:
        return json.dumps(repr(value))
    except Exception:
        return json.dumps(f"<{type(value).__qualname__}>")


def _guarded(value: object) -> object:
    try:
        return _spelled(value)
    except Exception:
        return _text(value)
