"""OTLP attribute values between the store, protobuf and JSON.

In the store a value is text, a type code and, where the two do not say everything, an exact form.
Here it is a Python value that loses nothing:

    unset None | string str | bool | int | double float | bytes | array tuple | kvlist KvList

Attributes are ``(key, value)`` pairs in order: OTLP permits a key twice, a dict does not.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from spanbridge_ingest import any_value
from spanbridge_ingest.any_value import KvList, to_proto

Value: TypeAlias = "str | bool | int | float | bytes | tuple[Value, ...] | KvList | None"
Attributes: TypeAlias = tuple[tuple[str, Value], ...]

(
    NONE,
    STRING,
    BOOL,
    INT,
    DOUBLE,
    ARRAY,
    KVLIST,
    BYTES,
    DOUBLES,
    ARRAY_TYPED,
    KVLIST_TYPED,
) = range(11)
"""The numbers of the store's value types (``SpanAttributesTypes`` and the like)."""

_MEMBER_KINDS: Final = re.compile("no|[sbidamy]")
_RAW: Final = "raw"


def _whole_number(digits: str) -> int | float:
    return -0.0 if digits == "-0" else int(digits)


_JSON: Final = json.JSONDecoder(object_pairs_hook=KvList, parse_int=_whole_number)


# From the store


def decode(text: str, code: int, exact: str) -> Value:
    """One stored value. What contradicts its type code is given as the text it is."""
    try:
        return _DECODERS[code](text, exact)
    except (ValueError, TypeError, KeyError, IndexError, DecodeError, RecursionError):
        return text


def _bool(text: str, _: str) -> Value:
    return text == "true"


def _doubles(text: str, _: str) -> Value:
    return tuple(float(number) for number in _JSON.decode(text))


def _json(text: str, _: str) -> Value:
    return _frozen(_JSON.decode(text))


def _frozen(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, KvList):
        return KvList((key, _frozen(item)) for key, item in value)
    checked: str | bool | int | float | None = value
    return checked


def _typed(text: str, exact: str) -> Value:
    if exact.startswith("{"):
        return from_otlp_json(json.loads(exact))
    kinds = _MEMBER_KINDS.findall(exact)
    members = _JSON.decode(text)
    if isinstance(members, KvList):
        pairs = zip(members, kinds, strict=True)
        return KvList((key, _member(item, kind)) for (key, item), kind in pairs)
    return tuple(_member(item, kind) for item, kind in zip(members, kinds, strict=True))


def _array_typed(text: str, exact: str) -> Value:
    if exact != _RAW:
        return _typed(text, exact)
    return () if text == "[]" else _raw_array(base64.b64decode(text, validate=True))


def _kvlist_typed(text: str, exact: str) -> Value:
    if exact != _RAW:
        return _typed(text, exact)
    return KvList() if text == "{}" else _raw_kvlist(base64.b64decode(text, validate=True))


def _member(value: Any, kind: str) -> Value:
    """A member of a container by the JSON it stands as and its kind in the oneof."""
    if kind == "d":
        return float(value)
    if kind == "y":
        return base64.b64decode(value, validate=True)
    if kind == "a" and isinstance(value, str):
        return _raw_array(base64.b64decode(value, validate=True))
    if kind == "m" and isinstance(value, str):
        return _raw_kvlist(base64.b64decode(value, validate=True))
    return _frozen(value)


_DECODERS: Final[dict[int, Callable[[str, str], Value]]] = {
    NONE: lambda text, exact: None,
    STRING: lambda text, exact: text,
    BOOL: _bool,
    INT: lambda text, exact: int(text),
    DOUBLE: lambda text, exact: float(text),
    ARRAY: _json,
    KVLIST: _json,
    BYTES: lambda text, exact: base64.b64decode(text, validate=True),
    DOUBLES: _doubles,
    ARRAY_TYPED: _array_typed,
    KVLIST_TYPED: _kvlist_typed,
}


# OTLP/JSON and protobuf


def from_otlp_json(value: Mapping[str, Any]) -> Value:
    """A value from its OTLP/JSON form.

    Raises:
        ValueError, TypeError, KeyError: not OTLP/JSON.
    """
    for kind, content in value.items():
        match kind:
            case "stringValue" | "boolValue":
                known: str | bool = content
                return known
            case "intValue":
                return int(content)
            case "doubleValue":
                return float(content)
            case "bytesValue":
                return base64.b64decode(content, validate=True)
            case "arrayValue":
                return tuple(from_otlp_json(item) for item in content.get("values", ()))
            case "kvlistValue":
                pairs = content.get("values", ())
                return KvList((p["key"], from_otlp_json(p.get("value") or {})) for p in pairs)
            case "rawArrayValue":
                return _raw_array(base64.b64decode(content, validate=True))
            case "rawKvlistValue":
                return _raw_kvlist(base64.b64decode(content, validate=True))
    return None


def _raw_array(payload: bytes) -> Value:
    """An ``ArrayValue``; as bytes when protobuf's own parser refuses it (nested too deep)."""
    try:
        return tuple(from_proto(item) for item in ArrayValue.FromString(payload).values)
    except DecodeError:
        return payload


def _raw_kvlist(payload: bytes) -> Value:
    try:
        pairs = KeyValueList.FromString(payload).values
    except DecodeError:
        return payload
    return KvList((pair.key, from_proto(pair.value)) for pair in pairs)


def from_proto(message: AnyValue) -> Value:
    """A value from protobuf."""
    value: Value = any_value.from_proto(message, tuple, KvList)
    return value


def key_values(pairs: Attributes | KvList) -> list[KeyValue]:
    """Attributes as protobuf."""
    return [KeyValue(key=key, value=to_proto(value)) for key, value in pairs]


# JSON


def to_json(value: Value) -> Any:
    """A value for a JSON document.

    What JSON has no spelling for appears as its one-member OTLP/JSON object:
    ``{"bytesValue": "<base64>"}``, ``{"doubleValue": "NaN" | "Infinity" | "-Infinity"}``. Integers
    stay integers over the whole 64 bits; a double without a fraction keeps its ``.0``.
    """
    match value:
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case float() if not math.isfinite(value):
            word = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
            return {"doubleValue": word}
        case KvList():
            return to_object(value)
        case tuple():
            return [to_json(item) for item in value]
        case _:
            return value


def to_object(pairs: Attributes | KvList) -> dict[str, Any]:
    """Attributes as a JSON object. Of equal keys the first counts, as it does in the store."""
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key not in out:
            out[key] = to_json(value)
    return out
