"""JSON that stands in text, read without ever raising."""

from __future__ import annotations

import json
from typing import Any

MAX_TEXT = 32 * 1024 * 1024
"""Characters. Longer text is left as text: parsing it would cost many times its size in memory."""


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are not JSON, and nothing downstream could write them


def _loads(value: str) -> Any:
    """The JSON value of a text; raises ValueError for whatever reason it has none."""
    if len(value) > MAX_TEXT:
        raise ValueError("too long")
    try:
        return json.loads(value, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def parse_container(value: object) -> Any:
    """The object or array a text spells; anything else as it is.

    >>> parse_container('{"a": 1}'), parse_container("12"), parse_container("hello")
    ({'a': 1}, '12', 'hello')
    """
    if not isinstance(value, str):
        return value
    if value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return _loads(value)
    except ValueError:
        return value


def parse_result(value: object) -> Any:
    """As :func:`parse_container`, and a text that is a quoted JSON string is unquoted.

    >>> parse_result('"21C sunny"'), parse_result("21C sunny"), parse_result("21")
    ('21C sunny', '21C sunny', '21')
    """
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        try:
            return _loads(value)
        except ValueError:
            return value
    return parse_container(value)
