"""How one field of an OTLP message is written in JSON and in protobuf; tables of such fields."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

ID_FIELDS: Final = frozenset({"trace_id", "span_id", "parent_span_id"})
"""Fields of type bytes that OTLP/JSON writes in hex."""

_INTEGER: Final = re.compile(r"-?[0-9]{1,20}\Z")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")
_NOT_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_VARINT, _I64, _LEN, _I32 = 0, 1, 2, 5


class BadValueError(Exception):
    """A value that its field cannot have.

    Collects its path on its way out, innermost first, so that good values pay nothing for it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str] = []

    def where(self) -> str:
        """The path from the outside, such as ``resourceSpans[0].scopeSpans[1].spans[3].name``."""
        return "".join(reversed(self.path)).removeprefix(".") or "request"


@dataclass(slots=True)
class Field:
    """One field of a message."""

    tag: bytes
    repeated: bool
    oneof: bool
    scalar: Callable[[Any], bytes] | None
    """From a JSON value to what follows the tag; None for a message."""
    default: bytes | None
    """The scalar that protobuf leaves out."""
    message: Plan = field(default_factory=dict)
    """The fields of a message."""


Plan = dict[str, "Field | str"]
"""Fields by JSON name. A text in the place of a field is the right spelling of a wrong one: the
protobuf name is not a key, and ignoring it as unknown would lose data without a word."""


def build_plan(descriptor: Descriptor, known: dict[str, Plan] | None = None) -> Plan:
    """The table of a message; messages may contain themselves."""
    known = {} if known is None else known
    if descriptor.full_name in known:
        return known[descriptor.full_name]
    plan: Plan = {}
    known[descriptor.full_name] = plan
    for item in descriptor.fields:
        plan[item.json_name] = _build_field(item, known)
        if item.name != item.json_name:
            plan[item.name] = item.json_name
    return plan


def varint(value: int) -> bytes:
    """A protobuf varint; negative numbers as 64-bit two's complement."""
    if 0 <= value < 0x80:
        return bytes((value,))
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _build_field(item: FieldDescriptor, known: dict[str, Plan]) -> Field:
    oneof = item.containing_oneof is not None
    if item.message_type is not None:
        tag = varint(item.number << 3 | _LEN)
        return Field(tag, item.is_repeated, oneof, None, None, build_plan(item.message_type, known))
    wire_type, default, scalar = _HEX_ID if item.name in ID_FIELDS else _SCALARS[item.type]
    return Field(varint(item.number << 3 | wire_type), item.is_repeated, oneof, scalar, default)


def _integer(low: int, high: int, write: Callable[[int], bytes]) -> Callable[[Any], bytes]:
    def encode(value: Any) -> bytes:
        number = _as_integer(value)
        if not low <= number <= high:
            raise BadValueError("the number is out of range")
        return write(number)

    return encode


def _as_integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.match(value):
        return int(value)
    # An integer too long for 64 bits arrives as a float, rounded: 2**63 and 2**64 may be such.
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 63:
        return int(value)
    raise BadValueError("expected an integer, or its decimal digits as a string")


def _enum(value: Any) -> bytes:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValueError("expected an enum's number; OTLP/JSON does not take its name")
    return _INT32(value)


def _bool(value: Any) -> bytes:
    if not isinstance(value, bool):
        raise BadValueError("expected true or false")
    return b"\1" if value else b"\0"


def _double(value: Any) -> bytes:
    if isinstance(value, str):
        number = _NOT_FINITE.get(value)
        if number is None:
            if not _NUMBER.match(value) or math.isinf(float(value)):
                raise BadValueError("expected a number")
            number = float(value)
        return struct.pack("<d", number)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return struct.pack("<d", value)
    raise BadValueError("expected a number")


def _string(value: Any) -> bytes:
    if not isinstance(value, str):
        raise BadValueError("expected a string")
    content = value.encode()
    return varint(len(content)) + content


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        raise BadValueError("expected base64")
    text = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise BadValueError("expected base64") from None
    return varint(len(content)) + content


def _hex(value: Any) -> bytes:
    if not isinstance(value, str):
        raise BadValueError("expected an id in hex")
    try:
        content = binascii.unhexlify(value)
    except ValueError:
        raise BadValueError("expected an id in hex") from None
    return varint(len(content)) + content


_INT32: Final = _integer(-(1 << 31), (1 << 31) - 1, varint)
_ZERO_I32: Final = bytes(4)
_ZERO_I64: Final = bytes(8)
_Scalar = tuple[int, bytes, Callable[[Any], bytes]]
"""Wire type, the encoding of the default, and the encoder."""
_HEX_ID: Final[_Scalar] = (_LEN, b"\0", _hex)
_SCALARS: Final[dict[int, _Scalar]] = {
    FieldDescriptor.TYPE_DOUBLE: (_I64, _ZERO_I64, _double),
    FieldDescriptor.TYPE_BOOL: (_VARINT, b"\0", _bool),
    FieldDescriptor.TYPE_ENUM: (_VARINT, b"\0", _enum),
    FieldDescriptor.TYPE_INT32: (_VARINT, b"\0", _INT32),
    FieldDescriptor.TYPE_INT64: (_VARINT, b"\0", _integer(-(1 << 63), (1 << 63) - 1, varint)),
    FieldDescriptor.TYPE_UINT32: (_VARINT, b"\0", _integer(0, (1 << 32) - 1, varint)),
    FieldDescriptor.TYPE_FIXED32: (
        _I32,
        _ZERO_I32,
        _integer(0, (1 << 32) - 1, struct.Struct("<I").pack),
    ),
    FieldDescriptor.TYPE_FIXED64: (
        _I64,
        _ZERO_I64,
        _integer(0, (1 << 64) - 1, struct.Struct("<Q").pack),
    ),
    FieldDescriptor.TYPE_STRING: (_LEN, b"\0", _string),
    FieldDescriptor.TYPE_BYTES: (_LEN, b"\0", _bytes),
}
