"""Reading scalars out of JSON text, exactly as the ClickHouse engine reads them.

The engine (simdjson behind ``JSONExtract*``) and :mod:`json` disagree at the edges. This module
takes the engine's side: of equal member names the first counts that has the wanted shape; ``NaN``,
``Infinity`` and numbers beyond a double make the whole text invalid, and so does an unpaired
surrogate escape; an integer beyond 64 bits reads as its digits. Only objects and arrays are read,
and only if nothing stands before their first brace. Texts nested deeper than either parser goes
(about a thousand levels) are invalid here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NoReturn

from spanbridge_semconv.jsonshape import ELEMENT, Shape
from spanbridge_semconv.model import EVERY
from spanbridge_semconv.text import double_text

MISSING: Final = object()
"""No such value, or the text is not JSON."""

_BITS64_END: Final = 1 << 64
_BITS63_START: Final = -(1 << 63)
_BITS64_DIGITS: Final = 20
_ESCAPE: Final = re.compile(r'\\(?:["\\/bfnrt]|u([0-9a-fA-F]{4}))')


class Members(tuple[tuple[str, Any], ...]):
    """The members of a JSON object in order, equal names included."""

    __slots__ = ()


def parse(text: str) -> Any:
    """The value of a JSON text, objects as :class:`Members`, or :data:`MISSING`."""
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return MISSING
    return MISSING if "\\u" in text and _has_lone_surrogate(text) else value


def read(text: str, path: Sequence[str | int], shape: Shape) -> list[str]:
    """The scalar texts at a path (member names, zero-based indices, ``EVERY``).

    ``shape`` is the tree of all paths into this text; empty texts are left out.
    """
    if not text.startswith("{" if ELEMENT not in shape else "["):
        return []
    return scalars(parse(text), path, shape)


def scalars(document: Any, path: Sequence[str | int], shape: Shape) -> list[str]:
    """The same as :func:`read`, of what :func:`parse` gave."""
    return [found for value in _walk(document, path, shape) if (found := scalar_text(value))]


def _walk(value: Any, path: Sequence[str | int], shape: Shape) -> Iterator[Any]:
    if not path:
        yield value
        return
    step = path[0]
    if isinstance(step, str):
        names = list(shape)
        if isinstance(value, Members):
            named = [member for name, member in value if name == step]
            fitting = named if len(named) < 2 else (m for m in named if _fits(m, shape[step]))
            found = next(iter(fitting), MISSING)
        elif isinstance(value, list) and names.index(step) < len(value):
            found = value[names.index(step)]
        else:
            return
        yield from _walk(found, path[1:], shape[step])
    elif isinstance(value, list):
        for element in value if step == EVERY else value[step : step + 1]:
            yield from _walk(element, path[1:], shape[ELEMENT])


def _fits(value: Any, shape: Shape) -> bool:
    """Whether the engine takes a value for a member of a shape, and not a later one of its name."""
    if not shape:
        return value is not None
    if ELEMENT in shape:
        elements = value if isinstance(value, list) else [None]
        return not elements or any(_fits(element, shape[ELEMENT]) for element in elements)
    if isinstance(value, Members):
        return any(name in shape and _fits(member, shape[name]) for name, member in value)
    if isinstance(value, list):
        return any(map(_fits, value, shape.values()))
    return False


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
