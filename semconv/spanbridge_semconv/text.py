"""Attribute values as text: the rules the stored columns follow."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_PLAIN_EXPONENT_MIN: Final = -6
_PLAIN_EXPONENT_MAX: Final = 21


def ascii_lower(text: str) -> str:
    """Lower-case ``A-Z`` only, as ClickHouse's ``lower`` does."""
    return text.translate(_LOWER)


def double_text(value: float) -> str:
    """The shortest text that reads back as ``value``: ``0.2``, ``1``, ``1e21``, ``nan``, ``inf``.

    Plain notation from 1e-6 up to (not including) 1e21, exponents otherwise.
    """
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "-0" if math.copysign(1.0, value) < 0 else "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent_text = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0") or "0"
    leading = len(whole) if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")))
    point = leading + int(exponent_text or "0")
    digits = digits.rstrip("0") or "0"
    if _PLAIN_EXPONENT_MIN < point <= _PLAIN_EXPONENT_MAX:
        return sign + _plain(digits, point)
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1}"


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if len(digits) <= point:
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def attribute_text(value: object) -> str:
    """Write an attribute value the way the store writes it.

    Args:
        value: ``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, or a sequence or mapping
            of these. Anything else is written with ``str``.

    Returns:
        ``''`` for ``None``; ``true``/``false``; decimal integers; :func:`double_text`; base64 for
        bytes; compact JSON for sequences and mappings.
    """
    match value:
        case None:
            return ""
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return double_text(value)
        case bytes() | bytearray():
            return base64.b64encode(bytes(value)).decode("ascii")
        case Mapping() | Sequence():
            return _json_text(value)
        case _:
            return str(value)


def _json_text(value: object) -> str:
    match value:
        case None:
            return "null"
        case Mapping():
            members = (f"{_quoted(str(k))}:{_json_text(v)}" for k, v in value.items())
            return "{" + ",".join(members) + "}"
        case str() | bytes() | bytearray():
            return _quoted(attribute_text(value))
        case Sequence():
            return "[" + ",".join(map(_json_text, value)) + "]"
        case float() if not math.isfinite(value):
            return _quoted(double_text(value))
        case bool() | int() | float():
            return attribute_text(value)
        case _:
            return _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
