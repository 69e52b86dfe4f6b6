"""Server-sent events, cut from the bytes of a response without changing one of them.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_END: Final = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_LINE: Final = re.compile(rb"\r\n|\n|\r")
_PLAIN: Final = b"data: "


class Event(NamedTuple):
    """An event: its bytes as they came, and its data (empty for comments)."""

    raw: bytes
    data: bytes


class Splitter:
    """Cuts what it is fed behind each event; what is no whole event yet is held back."""

    def __init__(self) -> None:
        # Grows in place: an event may come in thousands of pieces.
        self._held = bytearray()
        self._find = _plain_end

    def feed(self, piece: bytes) -> list[Event]:
        """The events that are whole with this piece."""
        # An end of event may be cut in two, so the search begins a little before the new piece.
        begin = max(0, len(self._held) - 3)
        buffer = self._held
        buffer += piece
        if b"\r" in piece:
            self._find = _any_end
        events: list[Event] = []
        start = 0
        while (end := self._find(buffer, max(begin, start))) >= 0:
            raw = bytes(buffer[start:end])
            events.append(Event(raw, _data(raw)))
            start = end
        del buffer[:start]
        return events

    def rest(self) -> Event:
        """What was held back when the response ended; some servers end with a half event."""
        raw = bytes(self._held)
        self._held.clear()
        return Event(raw, _data(raw))


def _plain_end(buffer: bytearray, begin: int) -> int:
    """Where an event ends whose lines end as they mostly do; -1 if none does."""
    found = buffer.find(b"\n\n", begin)
    return found if found < 0 else found + 2


def _any_end(buffer: bytearray, begin: int) -> int:
    found = _END.search(buffer, begin)
    return -1 if found is None else found.end()


def _data(raw: bytes) -> bytes:
    if raw.startswith(_PLAIN):
        line = raw[len(_PLAIN) :].rstrip(b"\r\n")
        if b"\n" not in line and b"\r" not in line:
            return line
    lines = (line for line in _LINE.split(raw) if line.startswith(b"data:"))
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines)
