"""The registry as numbers: the tables the SQL works on.

*Numbers* stand for attribute keys and patterns of keys, those that betray a dialect first, in the
order of the dialects' precedence. *Slots* are the places texts come from (an attribute, an event's
attribute, a path in a JSON text, ...); the slot of an attribute is the number of its key. *Sources*
are the rules of the registry, numbered from 1 in order of precedence, the concepts one after
another. *Facts* are what conditions ask for; that a key is there is a fact with the key's number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, takewhile
from typing import Final, NamedTuple

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.collected import is_read, is_written, written_source
from spanbridge_semconv.jsonshape import Group, groups, steps
from spanbridge_semconv.model import Concept, Source, When
from spanbridge_semconv.patterns import matcher

UNKNOWN: Final = 65535
"""The number of a key the registry does not speak of."""
ALWAYS: Final = 0
"""The fact that is always true, and the condition that always holds."""


class Slot(NamedTuple):
    """Where a text comes from: the parts of a source that say so."""

    origin: str
    name: str
    path: tuple[str | int, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, source: Source, number: int) -> Slot:
        """The slot of a source. Each fixed value has a slot of its own."""
        if source.origin in ("key", "indexed"):
            return cls.key(source.name)
        name = str(number) if source.origin == "value" else source.name
        return cls(source.origin, name, source.path, source.names)

    @classmethod
    def document(cls, source: Source) -> Slot:
        """The slot of the JSON text that a path leads into."""
        if source.origin == "event_path":
            return cls("event", source.name, source.names, ())
        return cls.key(source.name)

    @classmethod
    def key(cls, pattern: str) -> Slot:
        """The slot of an attribute."""
        return cls("key", pattern, (), ())


class Fact(NamedTuple):
    """Something a condition asks for that is no key.

    ``kind`` is dialect, scope, status, equal, other, end or written. ``other`` means that an
    attribute has a text no condition names; ``end``, that the value is the longest of all ends
    asked for that its text has; ``written``, that a Collector's processor has written the concept
    of that name.
    """

    kind: str
    name: str
    value: str = ""


@dataclass(frozen=True)
class Condition:
    """At least one fact of every group holds, and none of the others."""

    groups: tuple[tuple[int, ...], ...]
    none: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """All numbers. Positions in the per-source lists are source numbers minus one."""

    concepts: tuple[Concept, ...]
    sources: tuple[Source, ...]
    source_concepts: tuple[int, ...]
    keys: Mapping[str, int]
    dialects: tuple[str, ...]
    """The dialect that each of the first numbers betrays."""
    slots: Mapping[Slot, int]
    facts: Mapping[Fact, int]
    conditions: tuple[Condition, ...]
    source_conditions: tuple[int, ...]
    source_ends: tuple[int, ...]
    """The fact that makes each source void; ``ALWAYS``, which is no such fact, if there is none."""

    def slot(self, number: int) -> int:
        """The slot of a source."""
        return self.slots[Slot.of(self.sources[number - 1], number)]

    def read_concepts(self) -> list[str]:
        """The concepts that have sources, in order."""
        used = sorted(set(self.source_concepts))
        return [self.concepts[number - 1].name for number in used]

    def sources_by_slot(self) -> list[list[int]]:
        """The sources of each slot, from slot 1."""
        found: list[list[int]] = [[] for _ in range(max(self.slots.values()))]
        for number in range(1, len(self.sources) + 1):
            found[self.slot(number) - 1].append(number)
        return found

    def documents(self, group: Group) -> dict[int, list[int]]:
        """The sources that read JSON by a group, by the slot of the JSON text."""
        found: dict[int, list[int]] = {}
        for number, source in enumerate(self.sources, 1):
            if source.origin in ("path", "event_path") and steps(source.path) in group.leaves:
                found.setdefault(self.slots[Slot.document(source)], []).append(number)
        return found

    def compared_keys(self) -> list[str]:
        """The keys of the attributes whose texts conditions ask for."""
        return list(dict.fromkeys(f.name for f in self.facts if f.kind in ("equal", "end")))

    def valued_keys(self) -> set[int]:
        """The numbers of the keys whose texts are of interest, not only their being there."""
        found = {self.keys[key] for key in self.compared_keys()}
        for source in self.sources:
            if source.origin in ("key", "path"):
                found.add(self.keys[source.name])
        return found


@cache
def layout() -> Layout:
    """The layout of the registry's stored concepts."""
    concepts = tuple(concept for concept in CONCEPTS if concept.kind == "materialized")
    pairs = [
        (source, number) for number, concept in enumerate(concepts, 1) for source in _asked(concept)
    ]
    sources = tuple(source for source, _ in pairs)
    whens = list(dict.fromkeys(s.when for s in sources if s.when))
    keys, dialects = _keys(sources, whens)
    written = [number for number, concept in enumerate(concepts, 1) if is_read(concept)]
    facts = _facts(whens, [concepts[number - 1].name for number in written], len(keys) + 1)
    ends = {number: facts[Fact("written", concepts[number - 1].name)] for number in written}
    conditions = [_condition(when, keys, facts) for when in whens]
    conditions += [Condition(((fact,),), ()) for fact in ends.values()]
    numbered = {rule: number for number, rule in enumerate((*whens, *written), 1)}
    rules = [number if is_written(s) else s.when for s, number in pairs]
    return Layout(
        concepts=concepts,
        sources=sources,
        source_concepts=tuple(number for _, number in pairs),
        keys=keys,
        dialects=dialects,
        slots=_slots(sources, keys),
        facts=facts,
        conditions=tuple(conditions),
        source_conditions=tuple(numbered[rule] if rule else ALWAYS for rule in rules),
        source_ends=tuple(
            ALWAYS if is_written(s) else ends.get(number, ALWAYS) for s, number in pairs
        ),
    )


def _asked(concept: Concept) -> list[Source]:
    """The sources of a concept: what a Collector wrote, then the rules up to the last resort."""
    written = written_source(concept)
    first = takewhile(lambda source: source.origin != "concept", SOURCES[concept.name])
    return [*([written] if written else ()), *first]


def _keys(
    sources: Sequence[Source], whens: Sequence[When]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """The number of each key and pattern, and the dialects the first of them betray."""
    patterns = [s.name for s in sources if s.origin in ("key", "path", "indexed")]
    for when in whens:
        patterns += [*when.has, *when.lacks, *when.compared]
    patterns += chain.from_iterable(dialect.keys for dialect in DIALECTS)
    ranked = [(_rank(pattern), pattern) for pattern in dict.fromkeys(patterns)]
    ranked.sort(key=lambda pair: pair[0])
    keys = {pattern: number for number, (_, pattern) in enumerate(ranked, 1)}
    return keys, tuple(DIALECTS[rank].name for rank, _ in ranked if rank < len(DIALECTS))


def _rank(pattern: str) -> int:
    """The position of the dialect that a key betrays; behind all others if it betrays none."""
    fits = (i for i, dialect in enumerate(DIALECTS) for p in dialect.keys if covers(p, pattern))
    return next(fits, len(DIALECTS))


def covers(wider: str, pattern: str) -> bool:
    """Whether every key that fits a pattern fits another one too."""
    if pattern.endswith("*") and not wider.endswith("*"):
        return False
    return matcher(wider)(pattern.replace("{i}", "0").removesuffix("*"))


def _slots(sources: Sequence[Source], keys: Mapping[str, int]) -> dict[Slot, int]:
    slots = {Slot.key(pattern): number for pattern, number in keys.items()}
    for number, source in enumerate(sources, 1):
        slots.setdefault(Slot.of(source, number), len(slots) + 1)
        if source.origin == "event_path":
            slots.setdefault(Slot.document(source), len(slots) + 1)
    return slots


def _named_values(whens: Sequence[When]) -> dict[str, list[str]]:
    """The values attributes are compared with, by key."""
    named: dict[str, list[str]] = {}
    for key, values in chain.from_iterable((*when.equals, *when.not_equals) for when in whens):
        named.setdefault(key, []).extend(value for value in values if value)
    return named


def _facts(whens: Sequence[When], written: Sequence[str], first: int) -> dict[Fact, int]:
    found: list[Fact] = []
    for when in whens:
        found += [Fact("dialect", name) for name in when.dialects]
        found += [Fact("scope", name) for name in (*when.scopes, *when.not_scopes)]
        found += [Fact("status", name) for name in (*when.status, *when.not_status)]
    for key, values in _named_values(whens).items():
        found += [*(Fact("equal", key, value) for value in values), Fact("other", key)]
    asked = list(chain.from_iterable(when.ends for when in whens))
    ends = list(dict.fromkeys(chain.from_iterable(ends for _, ends in asked)))
    for key, wanted in asked:
        found += [Fact("end", key, end) for end in ends if end.endswith(wanted)]
    found += [Fact("written", name) for name in written]
    return {fact: number for number, fact in enumerate(dict.fromkeys(found), first)}


def _condition(when: When, keys: Mapping[str, int], facts: Mapping[Fact, int]) -> Condition:
    def present(patterns: Sequence[str]) -> list[int]:
        return [n for key, n in keys.items() if any(covers(p, key) for p in patterns)]

    def scopes(patterns: Sequence[str]) -> list[int]:
        known = {f.name: n for f, n in facts.items() if f.kind == "scope"}
        return [n for name, n in known.items() if any(covers(p, name) for p in patterns)]

    def named(kind: str, names: Sequence[str]) -> list[int]:
        return [facts[Fact(kind, name)] for name in names]

    # The first group is the one that is looked up, so what is true of few spans comes first.
    wanted: list[list[int]] = []
    none = [*scopes(when.not_scopes), *named("status", when.not_status), *present(when.lacks)]
    for key, values in when.equals:
        if "" in values:
            known = [f for f in facts if f.name == key and f.kind in ("equal", "other")]
            none += [facts[f] for f in known if f.kind == "other" or f.value not in values]
        else:
            wanted.append([facts[Fact("equal", key, value)] for value in values])
    for key, values in when.not_equals:
        none += [facts[Fact("equal", key, value)] for value in values if value]
    for key, values in when.ends:
        known = [f for f in facts if f.kind == "end" and f.name == key]
        wanted.append([facts[f] for f in known if f.value.endswith(values)])
    wanted += [named("dialect", when.dialects), scopes(when.scopes)]
    wanted += [present(when.has), named("status", when.status)]
    return Condition(tuple(tuple(group) for group in wanted if group), tuple(none))


def spelling_table(plan: Layout) -> tuple[list[str], dict[str, str]]:
    """How texts are spelled: per source the prefix of its entries (``''``: as they are), the table.

    An entry's key is that prefix and the text, so that one table serves all maps and vocabularies.
    Lists are spelled later, element by element.
    """
    table: dict[str, str] = {}
    prefixes: list[str] = []
    maps: dict[tuple[tuple[str, str], ...], str] = {}
    for source, concept_number in zip(plan.sources, plan.source_concepts, strict=True):
        concept = plan.concepts[concept_number - 1]
        vocabulary = concept.vocabulary
        if source.map is not None:
            prefix = maps.setdefault(source.map, f"{len(maps)}|")
            table |= {prefix + text: value for text, value in source.map}
        elif vocabulary and source.origin != "value" and concept.type != "list":
            prefix = f"{vocabulary}|"
            table |= {prefix + text: v for text, v in VOCABULARIES[vocabulary].aliases.items()}
        else:
            prefix = ""
        prefixes.append(prefix)
    return prefixes, table


def used_groups(plan: Layout) -> Iterator[Group]:
    """The groups of JSON paths that the stored concepts read."""
    return (group for group in groups() if plan.documents(group))
