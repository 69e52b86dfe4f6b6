"""The few protobuf bytes this package reads and writes itself."""

from __future__ import annotations

from collections.abc import Mapping

from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.store.landing import (
    FIELD_BATCH_ID,
    FIELD_RECEIVED_MS,
    FIELD_REQUEST_ATTRIBUTES,
)

_VARINT, _LEN = 0, 2


def varint(number: int) -> bytes:
    """``number`` (0 to 2**64 - 1) in base 128, least significant group first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at ``position`` of well-formed protobuf, and the position after it."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _tag(field: int, wire_type: int) -> bytes:
    return varint(field << 3 | wire_type)


def _text(field: int, text: str) -> bytes:
    data = text.encode()
    return _tag(field, _LEN) + varint(len(data)) + data


def probe_request(signal: Signal) -> bytes:
    """A request that reaches every table of its signal: a plain span and one that is rejected."""
    items = [_bytes(12, b"probe")]
    if signal is Signal.TRACES:
        items = [_bytes(1, b"probe".ljust(16, b"-")) + _bytes(2, b"probe---"), _bytes(5, b"probe")]
    return _bytes(1, _bytes(2, b"".join(_bytes(2, item) for item in items)))


def _bytes(field: int, data: bytes) -> bytes:
    return _tag(field, _LEN) + varint(len(data)) + data


def batch_suffix(batch_id: int, received_ms: int, facts: Mapping[str, str]) -> bytes:
    """What a batch carries behind its requests (see ``landing.py``)."""
    parts = [
        _tag(FIELD_BATCH_ID, _VARINT) + varint(batch_id),
        _tag(FIELD_RECEIVED_MS, _VARINT) + varint(received_ms),
    ]
    for key, value in facts.items():
        fact = _text(1, key) + _text(2, value)
        parts.append(_tag(FIELD_REQUEST_ATTRIBUTES, _LEN) + varint(len(fact)) + fact)
    return b"".join(parts)
