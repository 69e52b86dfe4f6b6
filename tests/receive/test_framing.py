from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.errors import InvalidRequestError, TooLargeError
from spanbridge_ingest.receive import framing
from spanbridge_ingest.receive.framing import check_frames
from tests.support.otlp import traces


def varint(value: int, width: int = 0) -> bytes:
    out = bytearray()
    while value >= 0x80 or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def frame(content: bytes, width: int = 0) -> bytes:
    return b"\x0a" + varint(len(content), width) + content


FOREIGN = [
    b"\x10\x96\x01",  # field 2, varint
    b"\x1a\x03abc",  # field 3, bytes
    b"\x21" + bytes(8),  # field 4, 64 bits
    b"\x2d" + bytes(4),  # field 5, 32 bits
    b"\x82\x7d\x00",  # field 2000, bytes, empty
]


def test_a_request_passes_untouched_and_is_counted():
    request = traces("a", "b")
    request.MergeFrom(traces("c"))
    body = request.SerializeToString()
    framed = check_frames(body)
    assert framed.payload is body
    assert framed.resource_count == 2


def test_an_empty_request_is_whole():
    assert check_frames(b"") == (b"", 0)


def test_lengths_padded_with_continuation_bytes_are_legal():
    body = frame(b"x" * 5, width=4) + frame(b"")
    assert check_frames(body) == (body, 2)


@pytest.mark.parametrize(
    "body",
    [
        b"\x0a",
        b"\x0a\x05abcd",
        frame(b"whole") + b"\x0a\x7f",
        b"\x0a\x80",
        b"\x0a" + b"\xff" * 11,
        b"\x0a" + b"\xff" * 9 + b"\x01",
        b"\x08\x01",  # field 1 as a varint
        b"\x0d" + bytes(4),
        b"\x0b\x0c",  # a group
        b"\x13\x14",
        b"\x02\x00",  # field 0
        b"\x16",  # wire type 6
        b"\x21\x00",
        b"\x1a\x04abc",
        b"\xff" * 5 + b"\x0a",
        b"{}",
        b'{"resourceSpans":[]}',
        b"hello",
    ],
)
def test_what_is_not_whole_is_refused(body: bytes):
    with pytest.raises(InvalidRequestError, match="malformed"):
        check_frames(body)


@given(st.lists(st.one_of(st.binary(max_size=300).map(frame), st.sampled_from(FOREIGN))))
def test_foreign_fields_are_dropped_and_nothing_else(parts: list[bytes]):
    ours = [part for part in parts if part not in FOREIGN]
    assert check_frames(b"".join(parts)) == (b"".join(ours), len(ours))


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.data())
def test_a_truncated_request_never_passes_as_the_whole(contents: list[bytes], data):
    frames = [frame(content) for content in contents]
    body = b"".join(frames)
    cut = data.draw(st.integers(0, len(body) - 1))
    edges = {sum(map(len, frames[:n])) for n in range(len(frames))}
    if cut in edges:
        assert check_frames(body[:cut]).payload == body[:cut]
    else:
        with pytest.raises(InvalidRequestError):
            check_frames(body[:cut])


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_what_passes_cannot_reach_into_its_neighbour(first: bytes, second: bytes):
    """Requests that pass the check mean the same together as they do one by one."""
    try:
        a, b = check_frames(first), check_frames(second)
    except InvalidRequestError:
        return
    together = check_frames(a.payload + b.payload)
    assert together == (a.payload + b.payload, a.resource_count + b.resource_count)


@given(st.binary(max_size=400))
def test_whatever_protobuf_parses_passes_the_check(body: bytes):
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except Exception:
        return
    groups_or_odd = any(byte & 7 in (3, 4) for byte in body) or not request.resource_spans
    if not groups_or_odd:
        assert check_frames(body).resource_count == len(request.resource_spans)


def test_the_number_of_resources_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(framing, "MAX_RESOURCES", 3)
    assert check_frames(frame(b"") * 3).resource_count == 3
    with pytest.raises(TooLargeError):
        check_frames(frame(b"") * 4)


def test_the_number_of_foreign_fields_is_bounded():
    body = frame(b"ours") + FOREIGN[0] * framing.MAX_FOREIGN
    assert check_frames(body) == (frame(b"ours"), 1)
    with pytest.raises(InvalidRequestError, match="do not belong"):
        check_frames(body + FOREIGN[1])
