"""The chunks of a stream, put together to the body that would have come without streaming."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from spanbridge.openai.facts import Body


class Reducer(Protocol):
    """Takes the chunks of one stream in order."""

    @property
    def is_complete(self) -> bool:
        """Whether the answer has been seen to its end."""

    def add(self, chunk: Body) -> None:
        """Take one chunk."""

    def body(self) -> dict[str, Any]:
        """What the chunks so far say; empty if there were none."""


class Pieces:
    """An object of which texts, lists and objects come in pieces.

    Args:
        whole: the members that are texts and come in one piece.
    """

    def __init__(self, whole: frozenset[str]) -> None:
        self._whole = whole
        self._values: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {}

    def add(self, delta: Mapping[str, Any]) -> None:
        """Append a delta."""
        for name, value in delta.items():
            self.put(name, value)

    def put(self, name: str, value: Any) -> None:
        """Append to one member."""
        if value is None:
            self._values.setdefault(name, None)
        elif isinstance(value, str) and name not in self._whole:
            self._add_text(name, value)
        elif isinstance(value, list):
            self._add_list(name, value)
        elif isinstance(value, Mapping):
            self._values[name] = merged(self._values.get(name), value)
        else:
            self._values[name] = value

    def _add_text(self, name: str, value: str) -> None:
        texts = self._texts.get(name)
        if texts is not None:
            texts.append(value)
        elif isinstance(present := self._values.get(name), list):
            extend(present, [{"type": "text", "text": value}])
        else:
            self._values[name] = None  # for its place among the members
            self._texts[name] = [value]

    def _add_list(self, name: str, value: list[Any]) -> None:
        present = self._values.get(name)
        if not isinstance(present, list):
            # Some providers change from a text to blocks within one message.
            said = "".join(self._texts.pop(name, []))
            present = self._values[name] = [{"type": "text", "text": said}] if said else []
        extend(present, value)

    def value(self) -> dict[str, Any]:
        """The object as it is so far."""
        return {**self._values, **{name: "".join(texts) for name, texts in self._texts.items()}}


_STREAMED: Final = frozenset({"text", "thinking", "reasoning.text", "reasoning.summary"})
_IN_PIECES: Final = ("text", "thinking", "summary")


def extend(present: list[Any], more: list[Any]) -> None:
    """Append to a list; blocks of text continue the block before them."""
    for one in more:
        last: Any = present[-1] if present else None
        if not _continues(last, one):
            present.append(dict(one) if isinstance(one, Mapping) else one)
            continue
        for name in _IN_PIECES:
            value, before = one.get(name), last.get(name)
            if isinstance(value, str) and isinstance(before, str):
                last[name] = before + value
            elif isinstance(value, list) and isinstance(before, list):
                last[name] = list(before)
                extend(last[name], value)


def _continues(last: Any, block: Any) -> bool:
    if not isinstance(last, dict) or not isinstance(block, Mapping):
        return False
    kind, index = block.get("type"), block.get("index")
    return kind in _STREAMED and last.get("type") == kind and last.get("index") == index


def merged(present: object, more: Mapping[str, Any]) -> dict[str, Any]:
    """Two parts of an object: lists append, objects merge, the rest is the later one's."""
    out = dict(present) if isinstance(present, Mapping) else {}
    for name, value in more.items():
        before = out.get(name)
        if isinstance(value, list):
            if not isinstance(before, list):
                before = out[name] = []
            extend(before, value)
        elif isinstance(value, Mapping):
            out[name] = merged(before, value)
        elif value is not None or name not in out:
            out[name] = value
    return out
