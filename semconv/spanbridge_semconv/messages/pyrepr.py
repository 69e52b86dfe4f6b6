"""Python literals that stand in text: what ``str()`` makes of dictionaries and lists.

Some emitters write attributes that way. Only literals are read, nothing is evaluated.
"""

from __future__ import annotations

import ast
import base64
import math
import re
from typing import Any

MAX_TEXT = 128 * 1024
"""Characters. Longer text is left as text: the parser needs many times its size in memory."""

MAX_DEPTH = 60
"""Levels of dictionaries and lists."""

_INTEGERS = range(-(2**63), 2**64)
_ESCAPED = r"""\\[\\'"abfnrtvxNuU0-7]"""
_TOKENS = re.compile(
    rf"""(?:[\s\[\](){{}},:]++
    | -?[0-9][0-9.eE+-]*+
    | (?:None|True|False)\b
    | b?'(?:[^'\\\n]++|{_ESCAPED})*+'
    | b?"(?:[^"\\\n]++|{_ESCAPED})*+"
    )*+""",
    re.VERBOSE,
)
"""What str() writes. Anything else (names, operators) could keep the parser busy, or warn."""


def parse(text: str) -> Any:
    """The dictionary or list a text spells, as JSON has it; raises ValueError when it is none.

    Tuples and sets become lists, bytes base64, keys text.
    """
    if len(text) > MAX_TEXT or _TOKENS.fullmatch(text) is None:
        raise ValueError("no Python literal")
    try:
        return _plain(ast.literal_eval(text.strip()), MAX_DEPTH)
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError("no Python literal") from error


def _plain(value: object, levels: int) -> Any:
    if levels < 0:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        return {_key(key): _plain(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item, levels - 1) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str):
        value.encode()  # an unpaired surrogate cannot be written again
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and value in _INTEGERS:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError("not JSON")


def _key(key: object) -> str:
    text = key if isinstance(key, str) else str(key)
    text.encode()
    return text
