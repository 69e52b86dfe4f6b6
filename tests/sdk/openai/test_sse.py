from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from spanbridge.openai.sse import Splitter

STREAM = (
    b": hello\n\nevent: a\ndata: {1}\n\ndata:{2}\r\n\r\n"
    b"data: first\ndata: second\n\nid: 7\r\rdata: {3}\n\ndata: half"
)
DATA = [b"", b"{1}", b"{2}", b"first\nsecond", b"", b"{3}", b"half"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_however_the_bytes_are_cut(cuts: list[int]) -> None:
    splitter = Splitter()
    edges = [0, *sorted(cuts), len(STREAM)]
    events = [
        event
        for start, end in itertools.pairwise(edges)
        for event in splitter.feed(STREAM[start:end])
    ]
    events.append(splitter.rest())
    assert b"".join(event.raw for event in events) == STREAM
    assert [event.data for event in events if event.data] == [data for data in DATA if data]


def test_an_event_is_there_with_its_last_byte() -> None:
    splitter = Splitter()
    assert splitter.feed(b"data: 1\n") == []
    (event,) = splitter.feed(b"\n")
    assert event == (b"data: 1\n\n", b"1")


@given(st.binary(max_size=200), st.integers(1, 20))
def test_no_byte_is_lost(content: bytes, size: int) -> None:
    splitter = Splitter()
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    out = b"".join(event.raw for piece in pieces for event in splitter.feed(piece))
    assert out + splitter.rest().raw == content
