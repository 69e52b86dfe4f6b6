"""Python values as texts of JSON and as attribute values of OpenTelemetry. Never raises."""

from __future__ import annotations

import base64
import datetime
import enum
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from typing import Any, Final

import orjson

Attribute = (
    str | bool | int | float | Sequence[str] | Sequence[bool] | Sequence[int] | Sequence[float]
)
"""What an attribute of OpenTelemetry can hold everywhere."""

_NUMPY: Final = orjson.OPT_SERIALIZE_NUMPY
_ANY_KEYS: Final = _NUMPY | orjson.OPT_NON_STR_KEYS
_INT64: Final = 2**63
_GREATEST: Final = 10**300
_MANY_DIGITS: Final = re.compile(r"\d{300}")
_DEPTH: Final = 200
_SCALAR = str | bool | int | float | None
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
    if kind is bool or kind is float:
        return value  # type: ignore[return-value]
    try:
        found = _plain_attribute(value)
    except Exception:
        # A scalar or a list of the application's own that does not behave as one.
        found = None
    return to_json(value) if found is None else found


def clean(text: str) -> str:
    """``text`` as UTF-8 can spell it: halves of characters become U+FFFD.

    One of them in a name or a value would cost its whole batch.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _plain_attribute(value: object) -> Attribute | None:
    """A scalar, or a tuple of one kind of scalar; None if it is neither."""
    if isinstance(value, str):
        return clean(value if type(value) is str else str.__str__(value))
    if isinstance(value, int):
        # OTLP has no greater integers.
        return int(value) if -_INT64 <= value < _INT64 else _text(value)
    if isinstance(value, float):
        return float(value)
    if not isinstance(value, list | tuple) or not value:
        return None
    first = type(value[0])
    if first not in _SCALARS or any(type(item) is not first for item in value):
        return None
    if first is str:
        return tuple(map(clean, value))
    if first is int and not all(-_INT64 <= item < _INT64 for item in value):
        return None
    return tuple(value)


def _spelled(value: object) -> object:
    """What JSON cannot spell, as something it can."""
    if isinstance(value, type):
        return _text(value)
    if callable(dump := getattr(value, "model_dump", None)):
        return _dumped(value, dump)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return _text(value)


def _dumped(value: object, dump: Callable[[], object]) -> object:
    try:
        dumped = dump()
    except Exception:
        return _text(value)
    # Whatever has every attribute, as mocks have, would go on for ever.
    return dumped if isinstance(dumped, Mapping | Set | list | tuple | _SCALAR) else _text(value)


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
        # Great integers, which the standard library writes about as fast.
        text = json.dumps(value, default=_easily_spelled, ensure_ascii=False, allow_nan=False)
        text.encode()
        if not _MANY_DIGITS.search(text):
            return text
    except Exception:
        pass
    try:
        return json.dumps(_copied(value, ()), ensure_ascii=False, allow_nan=False)
    except Exception:
        return json.dumps(f"<{type(value).__qualname__}>")


def _copied(value: object, above: tuple[int, ...]) -> object:
    """``value`` made of nothing but what JSON has; where it cannot be told, its type is."""
    if value is None or isinstance(value, bool):
        return value
    try:
        if isinstance(value, str):
            return clean(str.__str__(value))
        if isinstance(value, int):
            return int(value) if abs(value) < _GREATEST else _text(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else None
        if id(value) in above or len(above) >= _DEPTH:
            return f"<{type(value).__qualname__}>"
        within = (*above, id(value))
        if isinstance(value, Mapping):
            return {_key(key): _copied(item, within) for key, item in list(value.items())}
        if isinstance(value, list | tuple | set | frozenset):
            return [_copied(item, within) for item in list(value)]
        return _copied(_easily_spelled(value), within)
    except Exception:
        return f"<{type(value).__qualname__}>"


def _easily_spelled(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return _spelled(value)


def _key(key: object) -> str:
    if key is None or isinstance(key, bool | float | enum.Enum):
        return to_json(key).strip('"')
    return clean(_text(key))
