"""OTLP attribute values as the bridge takes them, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

M = TypeVar("M", bound=Message)


def attributes(pairs: Iterable[KeyValue]) -> dict[str, object]:
    """Attributes as Python values; of equal keys the first counts."""
    found: dict[str, object] = {}
    for pair in pairs:
        if pair.key not in found:
            found[pair.key] = from_proto(pair.value)
    return found


def from_proto(value: AnyValue) -> object:
    """A value as str, bool, int, float, bytes, list, dict or None."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [from_proto(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values)
    scalar: object = getattr(value, kind)
    return scalar


def to_proto(value: object) -> AnyValue:
    """A value as protobuf."""
    out = AnyValue()
    match value:
        case None:
            pass
        case bool():
            out.bool_value = value
        case int():
            out.int_value = value
        case float():
            out.double_value = value
        case bytes():
            out.bytes_value = value
        case Mapping():
            out.kvlist_value.SetInParent()
            for key, member in value.items():
                out.kvlist_value.values.add(key=str(key), value=to_proto(member))
        case list() | tuple():
            out.array_value.SetInParent()
            out.array_value.values.extend(to_proto(item) for item in value)
        case _:
            out.string_value = str(value)
    return out


def copy(message: M) -> M:
    """A copy that outlives the message it was part of."""
    out = type(message)()
    out.CopyFrom(message)
    return out


def rewritten(
    pairs: Iterable[KeyValue], before: Mapping[str, object], after: Mapping[str, object]
) -> list[KeyValue]:
    """The attributes ``after``; a value that was not touched is a copy of what came in."""
    sent: dict[str, list[KeyValue]] = {}
    for pair in pairs:
        sent.setdefault(pair.key, []).append(pair)
    out: list[KeyValue] = []
    for key, value in after.items():
        if key in sent and value is before.get(key):
            out += map(copy, sent[key])
        else:
            out.append(KeyValue(key=key, value=to_proto(value)))
    return out
