"""The rules of each concept as an expression over one span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from typing import Final, Protocol

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.compile import sql
from spanbridge_semconv.jsontext import EVERY
from spanbridge_semconv.model import Concept, Source, When

_NOTHING: Final = "tuple(NULL, NULL, NULL, NULL, NULL)"
_BY_NAME: Final = {concept.name: concept for concept in CONCEPTS}


class Lookup(Protocol):
    """How expressions get at the attributes of a span."""

    def attribute(self, key: str) -> str:
        """The text of an attribute, ``''`` if it is not there."""

    def first(self, keys: Sequence[str]) -> str:
        """The text of the first of some attributes that has one, ``''`` if none has."""

    def has(self, pattern: str) -> str:
        """Whether an attribute that has a text fits the pattern."""

    def indexed(self, pattern: str) -> str:
        """The texts of the attributes whose keys fit a pattern, in the order of their index."""


class Rules:
    """Writes the rules of concepts as expressions.

    Args:
        lookup: how to get at attributes.
        dialect: an expression for the dialect of the span.
    """

    def __init__(self, lookup: Lookup, dialect: str) -> None:
        self._lookup = lookup
        self._dialect = dialect

    def concept(self, name: str) -> str:
        """The value of a concept that stands for itself (token counts: see :meth:`usage`)."""
        concept = _BY_NAME[name]
        match concept.type:
            case "text":
                return self._text(concept)
            case "list":
                return self._list(concept)
            case "duration":
                return self._duration(concept)
            case _:
                return self._count(concept)

    def usage(self) -> str:
        """What :func:`spanbridge_semconv.usage.inclusive` computes, without the total.

        A tuple of input, output, cache read, cache write, reasoning. ``i``, ``o`` and ``t`` are
        input, output and total as reported, ``r`` and ``w`` what was read from and written to a
        cache, ``z`` reasoning; ``c`` is all that was cached, ``m`` reasoning or 0, ``e`` what the
        total has beyond input and output, ``x`` whether the emitter is known to report input
        without cached tokens.
        """
        reported = [
            self._count(_BY_NAME[name])
            for name in (
                *("input_tokens", "output_tokens", "reported_total"),
                *("cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
            )
        ]
        declared = [
            self._condition(when) for emitter in DIALECTS for when in emitter.exclusive_input
        ]
        exclusive = " OR ".join(f"({condition})" for condition in declared) or "0"
        without_cache = "x OR c > i OR (c > 0 AND ifNull(e = c + m OR (e = c AND e != m), 0))"
        without_reasoning = "m > o OR (m > 0 AND ifNull(e = m OR e = c + m, 0))"
        more_input = f"if({without_cache}, c, 0)"
        more_output = f"if({without_reasoning}, m, 0)"
        canonical = f"tuple(i + {more_input}, o + {more_output}, r, w, z)"
        derived = sql.let(
            (*"iorwzx", "c", "m", "e"),
            (
                *"iorwzx",
                "ifNull(r, 0) + ifNull(w, 0)",
                "ifNull(z, 0)",
                "toInt64(t) - toInt64(i) - toInt64(o)",
            ),
            f"if(i = 0 AND o = 0, {_NOTHING}, {canonical})",
        )
        return sql.let(tuple("iotrwzx"), (*reported, exclusive), derived)

    def _text(self, concept: Concept) -> str:
        if not concept.vocabulary:
            return self._first_text(concept.name)
        # Every source is brought into the spelling: what is no value there is passed over.
        sources = SOURCES[concept.name]
        texts = ", ".join(self._source_text(source) for source in sources)
        found = f"arrayMap(x -> {sql.spelled(concept.vocabulary, 'x')}, [{texts}])"
        if sources[-1].origin == "value" and sources[-1].when is None:
            found = f"arrayPushBack({found}, {sql.text(sources[-1].name)})"
        return f"arrayFirst(x -> x != '', {found})"

    def _first_text(self, name: str) -> str:
        steps = [
            self._lookup.first([source.name for source in run])
            if is_plain(run[0])
            else self._source_text(run[0])
            for run in runs(name)
        ]
        return sql.first_of(steps)

    def _count(self, concept: Concept) -> str:
        return sql.count(self._first_text(concept.name))

    def _list(self, concept: Concept) -> str:
        lists = ", ".join(self._source_list(source) for source in SOURCES[concept.name])
        found = f"arrayFirst(x -> notEmpty(x), [{lists}])"
        if not concept.vocabulary:
            return found
        return sql.not_empty(f"arrayMap(x -> {sql.spelled(concept.vocabulary, 'x')}, {found})")

    def _duration(self, concept: Concept) -> str:
        branches: list[str] = []
        for source in SOURCES[concept.name]:
            if source.origin == "event_time":
                condition = self._condition(source.when)
                delays = sql.given(condition, sql.event_delays(source.names), "[]")
                branches += [f"notEmpty({delays})", f"toUInt64(arrayMin({delays}))"]
            else:
                step = self._source_text(source)
                branches += [f"{step} != ''", sql.nanoseconds(step, source.transform)]
        return f"multiIf({', '.join(branches)}, NULL)"

    def _source_text(self, source: Source) -> str:
        condition = self._condition(source.when)
        match source.origin:
            case "path":
                document = sql.given(condition, self._lookup.attribute(source.name))
                found, condition = sql.json_scalar(document, source.path), ""
            case "event":
                found = f"{sql.events(source.name, str(source.path[0]), condition)}[1]"
                condition = ""
            case "indexed":
                found = f"{self._lookup.indexed(source.name)}[1]"
            case "key":
                found = self._lookup.attribute(source.name)
            case "resource":
                found = f"ResourceAttributes[{sql.text(source.name)}]"
            case "span_name":
                found = "toString(SpanName)"
            case "concept":
                found = self.concept(source.name)
            case _:
                found = sql.text(source.name)
        found = sql.transformed(found, source.transform)
        if source.map is not None:
            found = sql.mapped(found, source.map)
        return sql.given(condition, found)

    def _source_list(self, source: Source) -> str:
        condition = self._condition(source.when)
        match source.origin:
            case "path":
                document = sql.given(condition, self._lookup.attribute(source.name))
                found = sql.json_list(document, source.path)
            case "key":
                document = sql.given(condition, self._lookup.attribute(source.name))
                listed = sql.json_list(document, (EVERY,))
                plain = f"if({document} = '', [], [{document}])"
                found = f"if(startsWith({document}, '['), {listed}, {plain})"
            case "event":
                found = sql.events(source.name, str(source.path[0]), condition)
            case "indexed":
                found = sql.given(condition, self._lookup.indexed(source.name), "[]")
            case _:
                found = sql.given(condition, f"[{self._source_text(source)}]", "[]")
        if source.map is not None:
            found = sql.not_empty(f"arrayMap(x -> {sql.mapped('x', source.map)}, {found})")
        return found

    def _condition(self, when: When | None) -> str:
        """A condition; ``''`` if there is none."""
        if when is None:
            return ""
        has, attribute = self._lookup.has, self._lookup.attribute
        parts = [sql.one_of(self._dialect, when.dialects)] if when.dialects else []
        if when.types:
            parts.append(sql.one_of(self.concept("span_type"), when.types))
        if when.operations:
            parts.append(sql.one_of(self.concept("operation"), when.operations))
        if when.status:
            parts.append(sql.one_of("StatusCode", when.status))
        parts += [f"StatusCode != {sql.text(status)}" for status in when.not_status]
        if when.scopes:
            parts.append(sql.any_name_fits("ScopeName", when.scopes))
        if when.not_scopes:
            parts.append(f"NOT {sql.any_name_fits('ScopeName', when.not_scopes)}")
        if when.has:
            parts.append(sql.any_of([has(pattern) for pattern in when.has]))
        parts += [f"NOT {has(pattern)}" for pattern in when.lacks]
        parts += [sql.one_of(attribute(key), values) for key, values in when.equals]
        return " AND ".join(parts)


def is_plain(source: Source) -> bool:
    """Whether a source is an attribute's text as it is, under no condition."""
    return source == Source(source.dialect, "key", source.name)


def runs(name: str) -> Iterator[list[Source]]:
    """The sources of a concept in order, plain keys in a row together."""
    for plain, sources in groupby(SOURCES[name], key=is_plain):
        if plain:
            yield list({source.name: source for source in sources}.values())
        else:
            yield from ([source] for source in sources)


def patterns(names: Sequence[str]) -> Iterator[str]:
    """The keys, prefixes and patterns that the rules of some concepts speak of."""
    conditions = [when for emitter in DIALECTS for when in emitter.exclusive_input]
    for source in chain.from_iterable(SOURCES[name] for name in names):
        if source.origin in ("key", "path", "indexed"):
            yield source.name
        if source.when is not None:
            conditions.append(source.when)
    for when in conditions:
        yield from (*when.has, *when.lacks, *(key for key, _ in when.equals))
