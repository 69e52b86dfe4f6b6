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
from spanbridge_semconv.model import Source, When
from spanbridge_semconv.patterns import is_key

_BY_KEY: Final = frozenset({"key", "path"})
_BY_EVENT: Final = frozenset({"event", "event_path", "event_time"})
_Placed = tuple[int, Source]


class Candidates:
    """The sources of each concept that may have a text, in order of precedence."""

    def __init__(
        self,
        dialect: str,
        keys: Iterable[str],
        events: bool,
        decided: Mapping[str, Sequence[Source]] | None = None,
    ) -> None:
        """What can be found on a span.

        Args:
            dialect: its dialect.
            keys: those of its attributes.
            events: whether it has any.
            decided: all sources of some concepts.
        """
        self._decided = decided or {}
        by_key, self._others = _index(dialect, events)
        self._keyed: dict[str, list[_Placed]] = {}
        for key in keys:
            if key in by_key:
                for concept, placed in by_key[key]:
                    self._keyed.setdefault(concept, []).append(placed)

    def __contains__(self, concept: object) -> bool:
        """Whether a concept has any."""
        return concept in self._keyed or concept in self._others or concept in self._decided

    def of(self, concept: str) -> Sequence[Source]:
        """Those of one concept."""
        if concept in self._decided:
            return self._decided[concept]
        others, placed = self._others.get(concept, ((), ()))
        if concept not in self._keyed:
            return others
        return [source for _, source in sorted([*self._keyed[concept], *placed], key=_place)]


def _place(placed: _Placed) -> int:
    return placed[0]


_Others = tuple[tuple[Source, ...], tuple[_Placed, ...]]


@cache
def _index(
    dialect: str, events: bool
) -> tuple[Mapping[str, Sequence[tuple[str, _Placed]]], Mapping[str, _Others]]:
    """Sources by the attribute they need, and those that need none by their concept."""
    by_key: defaultdict[str, list[tuple[str, _Placed]]] = defaultdict(list)
    others: dict[str, _Others] = {}
    for concept, sources in SOURCES.items():
        rest: list[_Placed] = []
        for place, source in enumerate(sources):
            dialects = source.when.dialects if source.when is not None else ()
            if (dialects and dialect not in dialects) or (
                source.origin in _BY_EVENT and not events
            ):
                continue
            if needed := _needed(source):
                by_key[needed].append((concept, (place, source)))
            else:
                rest.append((place, source))
        if rest:
            others[concept] = tuple(source for _, source in rest), tuple(rest)
    return dict(by_key), others


def _needed(source: Source) -> str:
    """An attribute without which the source has no text, ``''`` if there is no such."""
    if source.origin in _BY_KEY:
        return source.name
    when = source.when or When()
    compared = (*when.equals, *when.ends)
    needed = [key for key, values in compared if "" not in values]
    if len(when.has) == 1 and is_key(when.has[0]):
        needed.append(when.has[0])
    return needed[0] if needed else ""
