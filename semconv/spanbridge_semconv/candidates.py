"""Which sources of the registry a span can have texts for.

A span has some twenty attributes and the registry a thousand sources, nearly all of one attribute
each. Looking sources up by the attributes there are leaves a few dozen to ask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.model import Source

_BY_KEY: Final = frozenset({"key", "path"})
_Placed = tuple[int, Source]


class Candidates:
    """The sources of each concept that may have a text, in order of precedence."""

    def __init__(
        self, keys: Iterable[str], decided: Mapping[str, Sequence[Source]] | None = None
    ) -> None:
        """``keys`` are the attributes of the span, ``decided`` all sources of some concepts."""
        self._decided = decided or {}
        by_key, self._always = _index()
        self._keyed: defaultdict[str, list[_Placed]] = defaultdict(list)
        for key in keys:
            for concept, placed in by_key.get(key, ()):
                self._keyed[concept].append(placed)

    def of(self, concept: str) -> Sequence[Source]:
        """Those of one concept."""
        if concept in self._decided:
            return self._decided[concept]
        always = self._always[concept]
        if concept not in self._keyed:
            return [source for _, source in always]
        placed = sorted([*self._keyed[concept], *always], key=_place)
        return [source for _, source in placed]


def _place(placed: _Placed) -> int:
    return placed[0]


@cache
def _index() -> tuple[Mapping[str, Sequence[tuple[str, _Placed]]], Mapping[str, Sequence[_Placed]]]:
    """Sources by their attribute, and those that need none by their concept."""
    by_key: defaultdict[str, list[tuple[str, _Placed]]] = defaultdict(list)
    always: dict[str, list[_Placed]] = {}
    for concept, sources in SOURCES.items():
        others = always.setdefault(concept, [])
        for place, source in enumerate(sources):
            if source.origin in _BY_KEY:
                by_key[source.name].append((concept, (place, source)))
            else:
                others.append((place, source))
    return by_key, always
