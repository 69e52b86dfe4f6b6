"""OTLP attribute values (``AnyValue``) as Python values, and back.

unset None | string str | bool | int | double float | bytes | array and kvlist as the caller says
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue


class KvList(tuple[tuple[str, Any], ...]):
    """A kvlist: pairs in order, equal keys included."""

    __slots__ = ()


def from_proto(
    message: AnyValue,
    array: Callable[[Iterable[Any]], Any],
    kvlist: Callable[[Iterable[tuple[str, Any]]], Any],
) -> Any:
    """A value from protobuf; ``array`` and ``kvlist`` take what is in one, and give it back."""
    kind = message.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return array(from_proto(item, array, kvlist) for item in message.array_value.values)
    if kind == "kvlist_value":
        pairs = message.kvlist_value.values
        return kvlist((pair.key, from_proto(pair.value, array, kvlist)) for pair in pairs)
    return getattr(message, kind)


def to_proto(value: object) -> AnyValue:
    """A value as protobuf: kvlists are a ``KvList`` or mappings, what is no such value its text."""
    out = AnyValue()
    match value:
        case None:
            pass
        case str():
            out.string_value = value
        case bool():
            out.bool_value = value
        case int():
            out.int_value = value
        case float():
            out.double_value = value
        case bytes():
            out.bytes_value = value
        case KvList() | Mapping():
            out.kvlist_value.SetInParent()
            for key, member in value.items() if isinstance(value, Mapping) else value:
                out.kvlist_value.values.add(key=str(key), value=to_proto(member))
        case list() | tuple():
            out.array_value.SetInParent()
            out.array_value.values.extend(to_proto(item) for item in value)
        case _:
            out.string_value = str(value)
    return out
