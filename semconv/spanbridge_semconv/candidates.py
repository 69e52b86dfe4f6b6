"""Which sources of the registry a span can have texts for.

A span has some twenty attributes and the registry a thousand sources, nearly all of one attribute
each, many for spans of one dialect. Looking sources up by the dialect and the attributes there are
leaves a dozen to ask.
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

    def __init__(self, dialect: str, keys: Iterable[str]) -> None:
        """``dialect`` and ``keys`` are those of the span and its attributes."""
        by_key, self._others = _index(dialect)
        self._keyed: defaultdict[str, list[_Placed]] = defaultdict(list)
        for key in keys:
            for concept, placed in by_key.get(key, ()):
                self._keyed[concept].append(placed)

    def of(self, concept: str) -> Sequence[Source]:
        """Those of one concept."""
        others = self._others[concept]
        keyed = self._keyed.get(concept, ())
        found = sorted([*keyed, *others], key=_place) if keyed else others
        return [source for _, source in found]


def _place(placed: _Placed) -> int:
    return placed[0]


@cache
def _index(
    dialect: str,
) -> tuple[Mapping[str, Sequence[tuple[str, _Placed]]], Mapping[str, Sequence[_Placed]]]:
    """Sources by their attribute, and those that need none by their concept."""
    by_key: defaultdict[str, list[tuple[str, _Placed]]] = defaultdict(list)
    others: dict[str, list[_Placed]] = {}
    for concept, sources in SOURCES.items():
        rest = others.setdefault(concept, [])
        for place, source in enumerate(sources):
            dialects = source.when.dialects if source.when is not None else ()
            if dialects and dialect not in dialects:
                continue
            if source.origin in _BY_KEY:
                by_key[source.name].append((concept, (place, source)))
            else:
                rest.append((place, source))
    return by_key, others
