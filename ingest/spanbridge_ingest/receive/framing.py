"""Checks on the raw bytes of an OTLP export request, without parsing a span.

Requests are concatenated before they reach the engine. A request whose last field is cut off would
make the engine read the first bytes of the next request as the missing end, and nothing would look
wrong. So every request has to prove that its top level is a whole number of whole fields. Damage
further down stays inside its frame and is the engine's to find.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from spanbridge_ingest.errors import InvalidRequestError, TooLargeError

MAX_RESOURCES: Final = 100_000
"""Most ``resource_spans`` / ``resource_logs`` in a request: bounds the time of the scan (about
20 ms). The largest Collector batch seen in practice has 8192."""
MAX_FOREIGN: Final = 4096
"""Most top-level fields of another number: they cost the scan as much. OTLP has none."""

_RESOURCE_TAG: Final = 0x0A  # field 1, wire type LEN
_MAX_TAG: Final = (1 << 32) - 1
_MAX_VARINT_BYTES: Final = 10
_VARINT, _I64, _LEN, _I32 = 0, 1, 2, 5


class Framed(NamedTuple):
    """A request that may be concatenated with others."""

    payload: bytes
    """Only whole top-level frames of field 1."""
    resource_count: int
    """How many of them."""


def check_frames(body: bytes) -> Framed:
    """Prove that ``body`` is whole top-level fields, and keep those of field 1.

    Other fields are legal protobuf (a newer OTLP may have them) and are left out; without any, the
    payload is ``body`` itself and nothing is copied.

    Raises:
        InvalidRequestError: truncated, of another wire type, or not protobuf at all; more than
            :data:`MAX_FOREIGN` other fields.
        TooLargeError: more than :data:`MAX_RESOURCES` frames.
    """
    size = len(body)
    position = run_start = count = 0
    runs: list[bytes] = []
    while position < size:
        start = position
        tag, position = _varint(body, position)
        if tag == _RESOURCE_TAG:
            length, position = _varint(body, position)
            position += length
            count += 1
        else:
            position = _skip_foreign(body, tag, start, position)
            runs.append(body[run_start:start])
            run_start = position
            if len(runs) > MAX_FOREIGN:
                raise InvalidRequestError(
                    f"more than {MAX_FOREIGN} fields that do not belong in an OTLP export request"
                )
        if position > size:
            raise InvalidRequestError(
                f"malformed protobuf: the field at byte {start} ends {position - size} bytes "
                "after the request; the request was truncated"
            )
        if count > MAX_RESOURCES:
            raise TooLargeError(
                f"the request has more than {MAX_RESOURCES} resources; send it in parts"
            )
    if run_start == 0:
        return Framed(body, count)
    runs.append(body[run_start:])
    return Framed(b"".join(runs), count)


def _skip_foreign(body: bytes, tag: int, start: int, position: int) -> int:
    """The position after a top-level field that is not field 1."""
    wire_type = tag & 7
    number = tag >> 3
    if number > 1 and tag <= _MAX_TAG:
        if wire_type == _VARINT:
            return _varint(body, position)[1]
        if wire_type == _LEN:
            length, position = _varint(body, position)
            return position + length
        if wire_type == _I64:
            return position + 8
        if wire_type == _I32:
            return position + 4
    raise InvalidRequestError(
        f"malformed protobuf: field {number} of wire type {wire_type} at byte {start} does not "
        "belong in an OTLP export request"
    )


def _varint(body: bytes, position: int) -> tuple[int, int]:
    """The varint at ``position`` and the position after it; over-long forms are legal."""
    size = len(body)
    if position < size and body[position] < 0x80:
        return body[position], position + 1
    value = shift = 0
    end = min(size, position + _MAX_VARINT_BYTES)
    for index in range(position, end):
        byte = body[index]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, index + 1
        shift += 7
    raise InvalidRequestError(f"malformed protobuf: no end of the number at byte {position}")
