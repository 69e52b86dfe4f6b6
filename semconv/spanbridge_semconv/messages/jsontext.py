"""JSON, or a Python literal, that stands in text; read without ever raising."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from spanbridge_semconv.messages import pyrepr

MAX_TEXT = 32 * 1024 * 1024
"""Characters. Longer text is left as text: parsing it would cost many times its size in memory."""

MAX_VALUES = 500_000
"""Commas. Text with more is left as text: a value of few characters costs hundreds of bytes."""

MAX_DEPTH = 100
"""Levels of arrays and objects. Deeper text is left as text: not every JSON writer goes on."""

python_literals: ContextVar[bool] = ContextVar("python_literals", default=True)
"""Whether Python's spelling is read where JSON is not: parsing it takes some thirty times as long,
which who records a call while the application waits cannot afford."""

_INTEGERS = range(-(2**63), 2**64)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are not JSON, and nothing downstream could write them


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def _integer(digits: str) -> int | float:
    number = int(digits)
    return number if number in _INTEGERS else _finite(digits)


_DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, parse_int=_integer
)


decode: ContextVar[Callable[[str], Any]] = ContextVar("decode", default=_DECODER.decode)
"""What reads JSON, and raises ValueError where there is none. Who has a faster reader than that of
the standard library, and records a call while the application waits, sets it."""


def _loads(value: str) -> Any:
    """The JSON value of a text; raises ValueError for whatever reason it has none.

    What comes out can be written again by any JSON writer: it is not too deep, its numbers fit 64
    bits, its strings have no unpaired surrogates.
    """
    if len(value) > MAX_TEXT or value.count(",") > MAX_VALUES:
        raise ValueError("too long")
    try:
        found = decode.get()(value)
        if value.count("[") + value.count("{") > MAX_DEPTH and _deeper(found, MAX_DEPTH):
            raise ValueError("nested too deep")
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if "\\u" in value:
        json.dumps(found, ensure_ascii=False).encode()
    return found


def _deeper(value: object, levels: int) -> bool:
    """Whether arrays and objects lie in each other on more levels."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            item
            for one in level
            for item in (one.values() if isinstance(one, dict) else one)
            if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return bool(level)


def parse_container(value: object) -> Any:
    """The object or array a text spells, as JSON or as Python prints it; else ``value`` itself.

    >>> parse_container('{"a": 1}'), parse_container("{'a': None}"), parse_container("12")
    ({'a': 1}, {'a': None}, '12')
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    for read in (_loads, pyrepr.parse) if python_literals.get() else (_loads,):
        with contextlib.suppress(ValueError):
            return read(value)
    return value


def parse_result(value: object) -> Any:
    """As :func:`parse_container`, and a text that is a quoted JSON string is unquoted.

    >>> parse_result('"21C sunny"'), parse_result("21C sunny"), parse_result("21")
    ('21C sunny', '21C sunny', '21')
    """
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        with contextlib.suppress(ValueError):
            return _loads(value)
        return value
    return parse_container(value)
