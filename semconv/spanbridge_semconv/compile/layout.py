"""The registry as numbers: the tables the SQL works on.

*Slots* are the places texts come from (an attribute, a path in an attribute's JSON, an event's
attribute, ...). *Sources* are the rules of the registry, numbered from 1 in order of precedence,
the concepts one after another. *Facts* are what conditions ask for; each has a bit.

An attribute key has one number. It is its slot if some source reads the attribute as it is; keys
that are only asked for, or only hold JSON, have higher numbers, and prefixes the highest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, takewhile
from typing import Final, NamedTuple

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.model import Concept, Source, When
from spanbridge_semconv.patterns import is_key, literal_prefix, matcher

UNKNOWN: Final = 65535
"""The number of a key the registry does not speak of, and of an attribute without text."""
WORD_BITS: Final = 64


class Slot(NamedTuple):
    """Where a text comes from: the parts of a source that say so."""

    origin: str
    name: str
    path: tuple[str | int, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, source: Source, number: int) -> Slot:
        """The slot of a source. Each fixed value has a slot of its own."""
        name = str(number) if source.origin == "value" else source.name
        return cls(source.origin, name, source.path, source.names)


class Fact(NamedTuple):
    """What a condition asks for: always, dialect, scope, status, key, equal, other or end.

    ``other`` means that an attribute has a text no condition names.
    """

    kind: str
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Condition:
    """At least one fact of every group holds, and none of the others."""

    groups: tuple[tuple[Fact, ...], ...]
    none: tuple[Fact, ...]


@dataclass(frozen=True)
class Layout:
    """All numbers. Positions in the per-source lists are source numbers minus one."""

    concepts: tuple[Concept, ...]
    sources: tuple[Source, ...]
    source_concepts: tuple[int, ...]
    slots: Mapping[Slot, int]
    keys: Mapping[str, int]
    prefixes: Mapping[str, int]
    last_read_key: int
    facts: Mapping[Fact, int]
    conditions: tuple[Condition, ...]
    source_conditions: tuple[int, ...]

    def slot(self, number: int) -> int:
        """The slot of a source."""
        return self.slots[Slot.of(self.sources[number - 1], number)]

    def concept_number(self, name: str) -> int:
        """The number of a concept, from 1."""
        return [concept.name for concept in self.concepts].index(name) + 1

    def words(self) -> int:
        """How many 64-bit words the facts take."""
        return (max(self.facts.values()) // WORD_BITS) + 1

    def mask(self, facts: Sequence[Fact], word: int) -> int:
        """The bits of some facts in a word."""
        bits = {self.facts[fact] for fact in facts}
        return sum(1 << bit % WORD_BITS for bit in bits if bit // WORD_BITS == word)

    def documents(self) -> dict[str, list[int]]:
        """The sources that read JSON, by attribute key."""
        found: dict[str, list[int]] = {}
        for number, source in enumerate(self.sources, 1):
            if source.origin == "path":
                found.setdefault(source.name, []).append(number)
        return found


ALWAYS: Final = Fact("always")


@cache
def layout() -> Layout:
    """The layout of the registry's stored concepts."""
    concepts = tuple(concept for concept in CONCEPTS if concept.kind == "materialized")
    pairs = [
        (source, number)
        for number, concept in enumerate(concepts, 1)
        for source in _asked_first(concept)
    ]
    sources = tuple(source for source, _ in pairs)
    whens = list(dict.fromkeys(s.when for s in sources if s.when))
    conditions = _conditions(whens)
    numbered = {when: number for number, when in enumerate(whens, 1)}
    keys, prefixes, last_read = _keys(sources, whens)
    return Layout(
        concepts=concepts,
        sources=sources,
        source_concepts=tuple(number for _, number in pairs),
        slots=_slots(sources, keys, prefixes),
        keys=keys,
        prefixes=prefixes,
        last_read_key=last_read,
        facts=_facts(conditions, _named_values(whens)),
        conditions=conditions,
        source_conditions=tuple(numbered[s.when] if s.when else 0 for s in sources),
    )


def _asked_first(concept: Concept) -> Iterator[Source]:
    """The sources of a concept up to those that follow from other concepts."""
    return takewhile(lambda source: source.origin != "concept", SOURCES[concept.name])


def _keys(
    sources: Sequence[Source], whens: Sequence[When]
) -> tuple[dict[str, int], dict[str, int], int]:
    read = dict.fromkeys(source.name for source in sources if source.origin == "key")
    asked = [pattern for when in whens for pattern in (*when.has, *when.lacks, *when.compared)]
    others = [source.name for source in sources if source.origin in ("path", "indexed")]
    exact = dict.fromkeys([*read, *(name for name in [*others, *asked] if is_key(name))])
    keys = {name: number for number, name in enumerate(exact, 1)}
    wanted = dict.fromkeys(literal_prefix(name) for name in [*others, *asked] if not is_key(name))
    # The longest first: a key gets the number of the first prefix it has.
    ordered = sorted(wanted, key=len, reverse=True)
    prefixes = {prefix: number for number, prefix in enumerate(ordered, len(keys) + 1)}
    return keys, prefixes, len(read)


def _slots(
    sources: Sequence[Source], keys: Mapping[str, int], prefixes: Mapping[str, int]
) -> dict[Slot, int]:
    slots: dict[Slot, int] = {}
    free = len(keys) + len(prefixes) + 1
    for number, source in enumerate(sources, 1):
        slot = Slot.of(source, number)
        if slot in slots:
            continue
        if source.origin == "key":
            slots[slot] = keys[source.name]
        else:
            slots[slot] = free
            free += 1
    return slots


def _named_values(whens: Sequence[When]) -> dict[str, list[str]]:
    """The values attributes are compared with, by key."""
    named: dict[str, list[str]] = {}
    for key, values in chain.from_iterable((*when.equals, *when.not_equals) for when in whens):
        named.setdefault(key, []).extend(value for value in values if value)
    return named


def _conditions(whens: Sequence[When]) -> tuple[Condition, ...]:
    named = _named_values(whens)
    return tuple(_condition(when, named) for when in whens)


def _condition(when: When, named: Mapping[str, Sequence[str]]) -> Condition:
    groups = [
        tuple(Fact(kind, name) for name in names)
        for kind, names in (
            ("dialect", when.dialects),
            ("scope", when.scopes),
            ("status", when.status),
            ("key", when.has),
        )
        if names
    ]
    none = [
        *(Fact("scope", name) for name in when.not_scopes),
        *(Fact("status", name) for name in when.not_status),
        *(Fact("key", name) for name in when.lacks),
    ]
    for key, values in when.equals:
        if "" in values:
            rest = dict.fromkeys(value for value in named[key] if value not in values)
            none += [*(Fact("equal", key, value) for value in rest), Fact("other", key)]
        else:
            groups.append(tuple(Fact("equal", key, value) for value in values))
    none += [Fact("equal", key, value) for key, values in when.not_equals for value in values]
    groups += [tuple(Fact("end", key, value) for value in values) for key, values in when.ends]
    return Condition(tuple(groups), tuple(none))


def _facts(conditions: Sequence[Condition], named: Mapping[str, Sequence[str]]) -> dict[Fact, int]:
    asked = [ALWAYS]
    for condition in conditions:
        asked += [*chain.from_iterable(condition.groups), *condition.none]
    # Every value an attribute is compared with needs a bit, or it would count as another one.
    asked += [Fact("equal", key, value) for key, values in named.items() for value in values]
    return {fact: bit for bit, fact in enumerate(dict.fromkeys(asked))}


def key_facts(plan: Layout) -> Iterator[tuple[int, list[Fact]]]:
    """For the number of each key and prefix, the facts its presence makes true."""
    patterns = [
        fact
        for fact in plan.facts
        if fact.kind == "key"
        and (is_key(fact.name) or fact.name == literal_prefix(fact.name) + "*")
    ]
    for name, number in plan.keys.items():
        yield number, [fact for fact in patterns if matcher(fact.name)(name)]
    for prefix, number in plan.prefixes.items():
        yield number, [fact for fact in patterns if matcher(fact.name)(prefix)]


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
