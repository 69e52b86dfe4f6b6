"""OTLP attribute values as the bridge takes them, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from spanbridge_ingest import any_value
from spanbridge_ingest.any_value import to_proto

M = TypeVar("M", bound=Message)


def attributes(pairs: Iterable[KeyValue]) -> dict[str, object]:
    """Attributes as Python values; of equal keys the first counts."""
    return _first_of_each((pair.key, from_proto(pair.value)) for pair in pairs)


def from_proto(value: AnyValue) -> object:
    """A value as Python has it, arrays as lists and kvlists as dicts."""
    return any_value.from_proto(value, list, _first_of_each)


def _first_of_each(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


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
