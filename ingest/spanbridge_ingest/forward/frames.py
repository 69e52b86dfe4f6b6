"""What the service and its forwarding worker tell each other, over two pipes.

To the worker go frames: first the options, then requests, at last a stop. Back come reports, one
JSON object per line.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from spanbridge_ingest.forward.options import ForwardOptions
from spanbridge_ingest.store.base import Signal

Facts = tuple[tuple[str, str], ...]
"""Facts that came beside a request, sorted."""

_HEAD: Final = struct.Struct("!QBII")
_STOP: Final = 0
_SIGNALS: Final = {1: Signal.TRACES, 2: Signal.LOGS}
_NUMBERS: Final = {signal: number for number, signal in _SIGNALS.items()}


@dataclass(frozen=True, slots=True)
class Stored:
    """One request that is durable and shall be passed on."""

    number: int
    """Names the request in reports."""
    signal: Signal
    facts: Facts
    payload: bytes


@dataclass(slots=True)
class Report:
    """What became of requests since the last report. Counts are of spans and log records."""

    done: list[int] = field(default_factory=list)
    """Requests of which the worker holds nothing any more."""
    undecodable: list[int] = field(default_factory=list)
    """Those of them that could not be read."""
    delivered: Counter[str] = field(default_factory=Counter)
    """Taken by the destination, by signal."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Not delivered, by ``signal:reason``."""
    untranslated: int = 0
    """Passed on as they came because the translation failed."""
    retries: int = 0

    def encode(self) -> bytes:
        """As a line."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps(values).encode() + b"\n"

    def clear(self) -> None:
        """Begin anew, in place: others count into the same containers."""
        for counts in (self.done, self.undecodable, self.delivered, self.dropped):
            counts.clear()
        self.untranslated = self.retries = 0

    @staticmethod
    def decode(line: bytes) -> Report:
        """From a line."""
        values = json.loads(line)
        values["delivered"] = Counter(values["delivered"])
        values["dropped"] = Counter(values["dropped"])
        return Report(**values)


def options_frame(options: ForwardOptions) -> list[bytes]:
    """The first frame. Not in arguments or the environment: it holds secrets."""
    body = pickle.dumps(options)
    return [len(body).to_bytes(4, "big"), body]


def read_options(stream: BinaryIO) -> ForwardOptions:
    """Read the first frame; the other end is the process that started this one."""
    options = pickle.loads(stream.read(int.from_bytes(stream.read(4), "big")))
    assert isinstance(options, ForwardOptions)
    return options


def request_frame(stored: Stored) -> list[bytes]:
    """A request, in parts to be written one after the other: the payload is not copied."""
    facts = json.dumps(stored.facts).encode() if stored.facts else b""
    head = _HEAD.pack(stored.number, _NUMBERS[stored.signal], len(facts), len(stored.payload))
    return [head + facts, stored.payload]


def stop_frame(deadline_s: float) -> list[bytes]:
    """Pass on what is there within ``deadline_s`` seconds, and end."""
    return [_HEAD.pack(int(deadline_s * 1000), _STOP, 0, 0)]


def read_frame(stream: BinaryIO) -> Stored | float | None:
    """A request, the seconds of a stop, or None when the other end is gone."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    number, kind, facts_size, size = _HEAD.unpack(head)
    if kind == _STOP:
        return float(number) / 1000
    facts = stream.read(facts_size)
    payload = stream.read(size)
    if len(payload) < size:
        return None
    pairs = tuple((name, value) for name, value in json.loads(facts)) if facts else ()
    return Stored(number, _SIGNALS[kind], pairs, payload)


def write_all(descriptor: int, parts: Sequence[bytes]) -> None:
    """Write to a pipe, which may take less at a time.

    Raises:
        BrokenPipeError: nobody reads any more.
    """
    left = [memoryview(part) for part in parts]
    while left:
        written = os.writev(descriptor, left)
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if left and written:
            left[0] = left[0][written:]
