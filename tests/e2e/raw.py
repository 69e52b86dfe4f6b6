"""Protobuf bytes that no library would write, and the damage done to those that one did."""

from __future__ import annotations

import itertools
import random

START_NS = 1_800_000_000_000_000_000
_ids = itertools.count(0xE2E << 40)


def fresh_id() -> int:
    """A number for a trace id that no other request of this run has."""
    return next(_ids)


def varint(number: int) -> bytes:
    """Base 128."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def fixed64(number: int, value: int) -> bytes:
    """A fixed64 field."""
    return varint(number << 3 | 1) + value.to_bytes(8, "little")


def text(content: str | bytes) -> bytes:
    """An AnyValue that is a string."""
    return field(1, content.encode() if isinstance(content, str) else content)


def attribute(key: str | bytes, value: bytes) -> bytes:
    """A KeyValue of a span; ``value`` is an AnyValue."""
    return field(9, field(1, key.encode() if isinstance(key, str) else key) + field(2, value))


def span(
    *parts: bytes,
    trace_id: bytes,
    span_id: bytes = bytes(7) + b"\1",
    name: bytes = b"work",
    start_ns: int = START_NS,
    end_ns: int = START_NS + 1,
) -> bytes:
    """A span; ``parts`` are further fields."""
    times = fixed64(7, start_ns) + fixed64(8, end_ns)
    return field(1, trace_id) + field(2, span_id) + field(5, name) + times + b"".join(parts)


def request(*spans: bytes) -> bytes:
    """An ExportTraceServiceRequest with one resource that has no attributes."""
    return field(1, field(2, b"".join(field(2, one) for one in spans)))


def one_span(*parts: bytes, trace_id: int, **values: bytes) -> bytes:
    """A request with one span."""
    return request(span(*parts, trace_id=trace_id.to_bytes(16, "big"), **values))


def nested_arrays(levels: int) -> bytes:
    """An AnyValue of arrays within arrays."""
    value = text("deep")
    for _ in range(levels):
        value = field(5, field(1, value))
    return value


def nested_maps(levels: int) -> bytes:
    """An AnyValue of maps within maps."""
    value = text("deep")
    for _ in range(levels):
        value = field(6, field(1, field(1, b"k") + field(2, value)))
    return value


def damaged(content: bytes, chance: random.Random, hits: int) -> bytes:
    """A request of one resource whose inside was changed, under a frame that fits again."""
    assert content[0] == 0x0A
    at = 1
    while content[at] & 0x80:
        at += 1
    inner = bytearray(content[at + 1 :])
    for _ in range(hits):
        position = chance.randrange(len(inner))
        match chance.randrange(4):
            case 0:
                inner[position] = chance.randrange(256)
            case 1:
                inner[position] ^= 1 << chance.randrange(8)
            case 2:
                del inner[position : position + chance.randint(1, 9)]
            case _:
                inner[position:position] = chance.randbytes(chance.randint(1, 9))
    return field(1, bytes(inner))
