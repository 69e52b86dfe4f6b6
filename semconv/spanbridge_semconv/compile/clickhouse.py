"""The registry as ClickHouse column expressions.

:func:`genai_columns` gives the columns to add to a table that has the columns of the Collector's
ClickHouse exporter. They compute what :func:`spanbridge_semconv.translate` computes, row by row.

How they stay cheap. Concepts evaluate to their default where ``GenAIDialect`` is empty. What several
columns need stands in ALIAS columns (``helper``), which take no space and are evaluated once per
block. Attributes are found by the numbers of their keys (:mod:`.keys`). JSON is parsed only under
the conditions of its source.

Columns stand in the order of their dependencies. To recompute stored values after the registry
changed, replace all definitions first, then materialize the columns in this order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, groupby
from typing import Final, Literal

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.compile import keys, sql
from spanbridge_semconv.compile.detect import dialect
from spanbridge_semconv.compile.keys import KeyNumbers
from spanbridge_semconv.model import INPUT_ONLY_TYPES, Concept, Source, When

_USAGE: Final = (
    *("input_tokens", "output_tokens", "total_tokens"),
    *("cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "reported_total"),
)
"""Counts that depend on one another."""
_USAGE_COLUMN: Final = "GenAIUsage"
_USAGE_TYPE: Final = f"Tuple({', '.join(f'{name} Nullable(UInt64)' for name in _USAGE[:6])})"
_DEFAULTS: Final = {
    "text": "''",
    "list": "[]",
    "count": "NULL",
    "duration": "NULL",
    "usage": "tuple(NULL, NULL, NULL, NULL, NULL, NULL)",
}


@dataclass(frozen=True, slots=True)
class GenAIColumn:
    """A column to add: ``name type kind expression CODEC(codec)``. ``codec`` may be ``''``.

    ``helper`` columns are ALIAS columns that others are built from; they are of no interest to
    readers. ``concept`` names the field of :class:`spanbridge_semconv.Canonical` it holds.
    """

    name: str
    type: str
    kind: Literal["MATERIALIZED", "ALIAS"]
    expression: str
    codec: str
    helper: bool
    concept: str
    description: str

    @property
    def ddl(self) -> str:
        """The column as it stands in CREATE TABLE or after ADD COLUMN / MODIFY COLUMN."""
        codec = f" CODEC({self.codec})" if self.codec else ""
        comment = f" COMMENT {sql.text(self.description)}" if self.description else ""
        return f"`{self.name}` {self.type} {self.kind} {self.expression}{comment}{codec}"


@cache
def genai_columns() -> tuple[GenAIColumn, ...]:
    """All GenAI columns, each after those it refers to."""
    columns = [
        _helper(keys.COLUMN, keys.COLUMN_TYPE, _keys().column()),
        GenAIColumn(
            "GenAIDialect",
            "LowCardinality(String)",
            "MATERIALIZED",
            dialect(),
            "ZSTD(1)",
            False,
            "dialect",
            "The dialect of the emitter; empty if the span is not a GenAI span.",
        ),
    ]
    for concept in CONCEPTS:
        if concept.name not in _USAGE:
            columns.append(
                _column(concept, _gated(concept.type, _COMPILERS[concept.type](concept)))
            )
    columns.append(
        GenAIColumn(
            _USAGE_COLUMN,
            _USAGE_TYPE,
            "MATERIALIZED",
            _gated("usage", _usage()),
            "ZSTD(1)",
            True,
            "",
            "Token counts, one tuple for all because they depend on one another.",
        )
    )
    for concept in CONCEPTS:
        if concept.name in _USAGE and concept.column:
            member = f"tupleElement({_USAGE_COLUMN}, '{concept.name}')"
            columns.append(replace(_column(concept, member), kind="ALIAS", codec=""))
    return tuple(columns)


def _helper(name: str, column_type: str, expression: str) -> GenAIColumn:
    return GenAIColumn(name, column_type, "ALIAS", expression, "", True, "", "")


def _column(concept: Concept, expression: str) -> GenAIColumn:
    return GenAIColumn(
        concept.column,
        concept.column_type,
        "ALIAS" if concept.kind == "alias" else "MATERIALIZED",
        expression,
        concept.codec,
        False,
        concept.name,
        concept.description,
    )


def _gated(kind: str, expression: str) -> str:
    return f"if(GenAIDialect = '', {_DEFAULTS[kind]}, {expression})"


def _is_plain(source: Source) -> bool:
    return source == Source(source.dialect, "key", source.name)


@cache
def _keys() -> KeyNumbers:
    runs = [
        [source.name for source in run]
        for concept in CONCEPTS
        if not concept.vocabulary
        for run in _runs(concept.name)
        if _is_plain(run[0])
    ]
    return KeyNumbers(runs, _patterns())


def _patterns() -> Iterator[str]:
    conditions = [when for emitter in DIALECTS for when in emitter.exclusive_input]
    for source in chain.from_iterable(SOURCES.values()):
        if source.origin in ("key", "path"):
            yield source.name
        if source.when is not None:
            conditions.append(source.when)
    for when in conditions:
        yield from (*when.has, *when.lacks, *(key for key, _ in when.equals))


def _text_steps(concept: str) -> Iterator[str]:
    """The sources of a concept as text expressions.

    Runs of keys are one step, and so are sources in a row that share a condition: it is asked once,
    and the JSON of a source is parsed only if the source before it had nothing.
    """
    for run in _runs(concept):
        if _is_plain(run[0]):
            yield _keys().first([source.name for source in run])
            continue
        for when, sources in groupby(run, key=lambda source: source.when):
            yield _conditional(
                when, sql.first_of([_source_text(source) for source in sources]), "''"
            )


def _runs(concept: str) -> Iterator[list[Source]]:
    """The sources of a concept in order, plain keys in a row and conditions in a row together."""
    for _, sources in groupby(
        SOURCES[concept], key=lambda source: (_is_plain(source), source.when)
    ):
        unique = list(dict.fromkeys(sources))
        names = dict.fromkeys(source.name for source in unique)
        if _is_plain(unique[0]):
            yield [next(source for source in unique if source.name == name) for name in names]
        else:
            yield unique


def _text(concept: Concept) -> str:
    if not concept.vocabulary:
        return _first(list(_text_steps(concept.name)))
    # Every source is brought into the spelling, since what is no value there is passed over.
    steps = [
        _conditional(source.when, _source_text(source), "''") for source in SOURCES[concept.name]
    ]
    last = SOURCES[concept.name][-1]
    found = f"arrayMap(x -> {sql.spelled(concept.vocabulary, 'x')}, [{', '.join(steps)}])"
    if last.origin == "value" and last.when is None:
        found = f"arrayPushBack({found}, {sql.text(last.name)})"
    return sql.first_not_empty(found)


def _first(steps: Sequence[str]) -> str:
    """The first step that has a text. Each is written once: expressions stay small."""
    return steps[0] if len(steps) == 1 else sql.first_not_empty(f"[{', '.join(steps)}]")


def _count(concept: Concept) -> str:
    return sql.count(_first(list(_text_steps(concept.name))))


def _list(concept: Concept) -> str:
    steps = [
        _conditional(when, sql.first_list_of([_source_list(source) for source in sources]), "[]")
        for when, sources in groupby(SOURCES[concept.name], key=lambda source: source.when)
    ]
    found = f"arrayFirst(x -> notEmpty(x), [{', '.join(steps)}])"
    if not concept.vocabulary:
        return found
    return sql.not_empty(f"arrayMap(x -> {sql.spelled(concept.vocabulary, 'x')}, {found})")


def _duration(concept: Concept) -> str:
    branches: list[str] = []
    for source in SOURCES[concept.name]:
        if source.origin == "event_time":
            delays = _conditional(source.when, sql.event_delays(source.names), "[]")
            branches += [f"notEmpty({delays})", f"toUInt64(arrayMin({delays}))"]
        else:
            step = _conditional(source.when, _source_text(source), "''")
            branches += [f"{step} != ''", sql.nanoseconds(step, source.transform)]
    return f"multiIf({', '.join(branches)}, NULL)"


_COMPILERS: Final = {"text": _text, "count": _count, "list": _list, "duration": _duration}


def _source_text(source: Source) -> str:
    match source.origin:
        case "key":
            found = _keys().attribute(source.name)
        case "path":
            found = sql.json_scalar_at(_keys().attribute(source.name), source.path)
        case "indexed":
            found = sql.first_not_empty(sql.indexed(source.name))
        case "event":
            found = sql.first_not_empty(sql.events(source.name, str(source.path[0])))
        case "resource":
            found = f"ResourceAttributes[{sql.text(source.name)}]"
        case "span_name":
            found = "toString(SpanName)"
        case "concept":
            found = next(c.column for c in CONCEPTS if c.name == source.name)
        case _:
            found = sql.text(source.name)
    found = sql.transformed(found, source.transform)
    if source.map is not None:
        found = sql.mapped(found, source.map)
    return found


def _source_list(source: Source) -> str:
    match source.origin:
        case "path":
            found = sql.json_list_at(_keys().attribute(source.name), source.path)
        case "indexed":
            found = sql.not_empty(sql.indexed(source.name))
        case "event":
            found = sql.not_empty(sql.events(source.name, str(source.path[0])))
        case "key":
            listed = sql.json_list_at(_keys().attribute(source.name), (-1,))
            name = _keys().attribute(source.name)
            found = f"multiIf({name} = '', [], startsWith({name}, '['), {listed}, [{name}])"
        case _:
            found = f"[{sql.text(source.name)}]"
    if source.map is not None:
        found = sql.not_empty(f"arrayMap(x -> {sql.mapped('x', source.map)}, {found})")
    return found


def _conditional(when: When | None, expression: str, other: str) -> str:
    return expression if when is None else f"if({_condition(when)}, {expression}, {other})"


def _condition(when: When) -> str:
    parts: list[str] = []
    for column, values in (
        ("GenAIDialect", when.dialects),
        ("GenAISpanType", when.types),
        ("GenAIOperation", when.operations),
        ("StatusCode", when.status),
    ):
        if values:
            parts.append(sql.one_of(column, values))
    parts += [f"StatusCode != {sql.text(status)}" for status in when.not_status]
    if when.scopes:
        parts.append(sql.any_name_fits("ScopeName", when.scopes))
    if when.not_scopes:
        parts.append(f"NOT {sql.any_name_fits('ScopeName', when.not_scopes)}")
    if when.has:
        parts.append(sql.any_of([_keys().has(pattern) for pattern in when.has]))
    parts += [f"NOT {_keys().has(pattern)}" for pattern in when.lacks]
    parts += [sql.one_of(_keys().attribute(key), values) for key, values in when.equals]
    return " AND ".join(parts)


def _usage() -> str:
    """What :func:`spanbridge_semconv.usage.inclusive` computes, as a tuple in the order of _USAGE.

    ``i``, ``o`` and ``t`` are input, output and total as reported, ``r`` and ``w`` what was read
    from and written to a cache, ``z`` reasoning; ``c`` is all that was cached, ``d`` what the
    total has beyond input and output, ``x`` whether the emitter is known to report input without
    cached tokens.
    """
    reported = {concept.name: _count(concept) for concept in CONCEPTS if concept.name in SOURCES}
    declared = [_condition(when) for emitter in DIALECTS for when in emitter.exclusive_input]
    exclusive = " OR ".join(f"({condition})" for condition in declared) or "false"
    without_reasoning = "z > o OR (z > 0 AND ifNull(d = z OR d = c + z, false))"
    without_cache = "x OR c > i OR (c > 0 AND ifNull(d = c + z OR (d = c AND d != z), false))"
    canonical = sql.let(
        ("i", "o"),
        (f"i + if({without_cache}, c, 0)", f"o + if({without_reasoning}, z, 0)"),
        f"tuple(i, o, if({sql.one_of('y', sorted(INPUT_ONLY_TYPES))}, i, i + o), r, w, n)",
    )
    canonical = sql.let(
        ("c", "d", "z"),
        ("ifNull(r, 0) + ifNull(w, 0)", "toInt64(t) - toInt64(i) - toInt64(o)", "ifNull(n, 0)"),
        f"if(i = 0 AND o = 0, {_DEFAULTS['usage']}, {canonical})",
    )
    return sql.let(
        ("i", "o", "t", "r", "w", "n", "x", "y"),
        (
            *(reported[name] for name in ("input_tokens", "output_tokens", "reported_total")),
            *(reported[name] for name in _USAGE[3:6]),
            *(exclusive, "GenAISpanType"),
        ),
        canonical,
    )
