"""Reading scalars out of JSON text, exactly as the ClickHouse engine reads them.

The engine (simdjson behind ``JSONExtract*``) and :mod:`json` disagree at the edges. This module
takes the engine's side: the first of two equal member names counts; ``NaN``, ``Infinity`` and
numbers beyond a double make the whole text invalid, and so does an unpaired surrogate escape; an
integer beyond 64 bits reads as its digits; one byte order mark in front is skipped; an index also
addresses the members of an object in order. Texts nested deeper than either parser goes (about a
thousand levels) are invalid here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from spanbridge_semconv.text import double_text

EVERY: Final = -1
"""In a path: every element of the array."""

MISSING: Final = object()
"""No such value, or the text is not JSON."""

_BITS64_END: Final = 1 << 64
_BITS63_START: Final = -(1 << 63)
_BITS64_DIGITS: Final = 20
_BYTE_ORDER_MARK: Final = "\ufeff"
_ESCAPE: Final = re.compile(r'\\(?:["\\/bfnrt]|u([0-9a-fA-F]{4}))')


class Members(tuple[tuple[str, Any], ...]):
    """The members of a JSON object in order, equal names included."""

    __slots__ = ()


def parse(text: str) -> Any:
    """The value of a JSON text, objects as :class:`Members`, or :data:`MISSING`."""
    try:
        value = _DECODER.decode(text.removeprefix(_BYTE_ORDER_MARK))
    except (ValueError, RecursionError):
        return MISSING
    return MISSING if "\\u" in text and _has_lone_surrogate(text) else value


def at(value: Any, path: Sequence[str | int]) -> Any:
    """The value at ``path`` (member names, zero-based indices), or :data:`MISSING`."""
    for step in path:
        value = _step(value, step)
        if value is MISSING:
            break
    return value


def every(value: Any, path: Sequence[str | int]) -> list[str]:
    """The scalar texts at ``path``, in which :data:`EVERY` may stand once; absent ones left out."""
    if EVERY not in path:
        return [text] if (text := scalar_text(at(value, path))) else []
    split = path.index(EVERY)
    elements = at(value, path[:split])
    if not isinstance(elements, list):
        return []
    texts = (scalar_text(at(element, path[split + 1 :])) for element in elements)
    return [text for text in texts if text]


def scalar_text(value: Any) -> str:
    """A string as it is, a number or ``true``/``false`` as text; ``''`` for everything else.

    A string that starts with ``[`` or ``{`` is no scalar either: it is JSON, or a dictionary
    written by another language, and never a name or a number.
    """
    match value:
        case str():
            return "" if value.startswith(("[", "{")) else value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return double_text(value)
        case _:
            return ""


def _step(value: Any, step: str | int) -> Any:
    if isinstance(value, Members):
        if isinstance(step, int):
            return value[step][1] if step < len(value) else MISSING
        return next((member for name, member in value if name == step), MISSING)
    if isinstance(value, list) and isinstance(step, int):
        return value[step] if step < len(value) else MISSING
    return MISSING


def _integer(text: str) -> int | str:
    if len(text) > _BITS64_DIGITS:
        return text
    value = int(text)
    return value if _BITS63_START <= value < _BITS64_END else text


def _double(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _has_lone_surrogate(text: str) -> bool:
    high_end = -1
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1], 16) if escape[1] else 0
        pairs = high_end == escape.start()
        if 0xDC00 <= code <= 0xDFFF:
            if not pairs:
                return True
            high_end = -1
        elif high_end >= 0:
            return True
        elif 0xD800 <= code <= 0xDBFF:
            high_end = escape.end()
    return high_end >= 0


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=Members, parse_int=_integer, parse_float=_double, parse_constant=_refuse
)
