"""The registry as ClickHouse column expressions.

:func:`genai_columns` gives the columns to add to a table that has the columns of the Collector's
ClickHouse exporter. They compute what :func:`spanbridge_semconv.translate` computes, row by row.

How they stay cheap. Concepts refer to ``GenAIDialect``, and evaluate to their default without
further work where it is empty. What several columns need stands in ALIAS columns (``helper``),
which take no space and are evaluated once per block. Keys of one concept that follow each other in
precedence are looked up together: ``GenAIKeys`` numbers the attributes of a span once, sorted by
precedence, and a concept takes the first number in its range. JSON is parsed only under the
conditions of its source.

Columns stand in the order of their dependencies. To recompute stored values after the registry
changed, replace all definitions first, then materialize the columns in this order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.compile import sql
from spanbridge_semconv.model import INPUT_ONLY_TYPES, Concept, Source, When

_POSITION_BITS: Final = 20
"""A key code is ``number << 20 | position``: room for a million attributes per span."""
_NUMBERS_MAX: Final = 1 << (32 - _POSITION_BITS)
_RUN_MIN: Final = 3
"""Fewer keys in a row are cheaper to look up one by one."""

_DEFAULTS: Final = {"text": "''", "list": "[]", "count": "NULL", "duration": "NULL"}
_USAGE: Final = {
    "input_tokens": "GenAIReportedInputTokens",
    "output_tokens": "GenAIReportedOutputTokens",
    "reported_total": "GenAIReportedTotalTokens",
    "cache_read_tokens": "GenAIReportedCacheReadTokens",
    "cache_write_tokens": "GenAIReportedCacheWriteTokens",
    "reasoning_tokens": "GenAIReportedReasoningTokens",
}
"""Counts as the emitter wrote them, before they are made comparable."""


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
        _helper("GenAIKeys", "Array(UInt32)", _key_codes()),
        GenAIColumn(
            "GenAIDialect",
            "LowCardinality(String)",
            "MATERIALIZED",
            _dialect(),
            "ZSTD(1)",
            False,
            "dialect",
            "The dialect of the emitter; empty if the span is not a GenAI span.",
        ),
    ]
    usage = _usage_columns()
    for concept in CONCEPTS:
        if concept.name in _USAGE:
            reported = _gated(concept.type, _count(concept))
            columns.append(_helper(_USAGE[concept.name], "Nullable(UInt64)", reported))
        elif concept.name not in usage:
            columns.append(
                _column(concept, _gated(concept.type, _COMPILERS[concept.type](concept)))
            )
    columns += [
        _column(concept, usage[concept.name]) for concept in CONCEPTS if concept.name in usage
    ]
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


def _dialect() -> str:
    branches: list[str] = []
    for dialect in DIALECTS:
        if dialect.scopes:
            fits = sql.any_of([sql.name_fits("ScopeName", scope) for scope in dialect.scopes])
            branches += [fits, sql.text(dialect.name)]
    for dialect in DIALECTS:
        for key, values in dialect.resources:
            fits = sql.one_of(f"ResourceAttributes[{sql.text(key)}]", values)
            branches += [fits, sql.text(dialect.name)]
    ranks: list[str] = []
    names: list[str] = []
    for dialect in DIALECTS:
        if dialect.keys:
            names.append(dialect.name)
            fits = sql.any_of([sql.name_fits("k", pattern) for pattern in dialect.keys])
            ranks += [fits, str(len(names))]
    rank = f"arrayMin(arrayMap(k -> multiIf({', '.join(ranks)}, 255), {sql.KEYS}))"
    numbers = list(range(1, len(names) + 1))
    by_key = f"transform({rank}, {numbers}, {sql.array(names)}, '')"
    return f"multiIf({', '.join(branches)}, {by_key})"


def _is_plain(source: Source) -> bool:
    return source == Source(source.dialect, "key", source.name)


@cache
def _key_numbers() -> dict[str, int]:
    """Numbers of the keys that are looked up together; consecutive within a run."""
    numbers: dict[str, int] = {}
    for concept in CONCEPTS:
        if concept.vocabulary:
            continue
        for run in _runs(concept.name):
            names = [source.name for source in run]
            if len(run) >= _RUN_MIN and not numbers.keys() & set(names):
                numbers |= {name: len(numbers) + i for i, name in enumerate(names, 1)}
    if len(numbers) >= _NUMBERS_MAX:
        raise ValueError(f"{len(numbers)} keys do not fit into a key code")
    return numbers


def _runs(concept: str) -> Iterator[list[Source]]:
    """The sources of a concept, those that are plain keys in a row together."""
    run: list[Source] = []
    for source in SOURCES[concept]:
        if run and not (_is_plain(source) and _is_plain(run[-1])):
            yield run
            run = []
        if source.name not in [known.name for known in run] or not _is_plain(source):
            run.append(source)
    if run:
        yield run


def _key_codes() -> str:
    numbers = _key_numbers()
    number = f"transform(k, {sql.array(numbers)}, range(1, {len(numbers) + 1}), 0)"
    code = f"toUInt32(if(empty(v), 0, {number}) * {1 << _POSITION_BITS} + i)"
    codes = f"arrayMap((k, v, i) -> {code}, {sql.KEYS}, {sql.VALUES}, arrayEnumerate({sql.KEYS}))"
    return f"arraySort(arrayFilter(c -> c >= {1 << _POSITION_BITS}, {codes}))"


def _run_text(run: Sequence[Source]) -> str:
    numbers = _key_numbers()
    low, high = numbers[run[0].name] << _POSITION_BITS, numbers[run[-1].name] + 1 << _POSITION_BITS
    code = f"arrayFirst(c -> c >= {low} AND c < {high}, GenAIKeys)"
    return f"{sql.VALUES}[bitAnd({code}, {(1 << _POSITION_BITS) - 1})]"


def _is_numbered(run: Sequence[Source]) -> bool:
    numbers = _key_numbers()
    if len(run) < _RUN_MIN or any(source.name not in numbers for source in run):
        return False
    first = numbers[run[0].name]
    return [numbers[source.name] for source in run] == list(range(first, first + len(run)))


def _steps(concept: str) -> Iterator[tuple[Source, str]]:
    """The sources of a concept as text expressions, runs of keys in one."""
    for run in _runs(concept):
        if _is_numbered(run):
            yield run[0], _run_text(run)
        else:
            for source in run:
                yield source, _source_text(source)


def _text(concept: Concept) -> str:
    if concept.vocabulary:
        steps = [_source_text(source) for source in SOURCES[concept.name]]
        last = SOURCES[concept.name][-1]
        if last.origin == "value" and last.when is None:
            known = _spelled_first(concept.vocabulary, steps[:-1])
            return f"if({known} = '', {sql.text(last.name)}, {known})"
        return _spelled_first(concept.vocabulary, steps)
    return _first([(f"{step} != ''", step) for _, step in _steps(concept.name)], "''")


def _spelled_first(vocabulary: str, steps: Sequence[str]) -> str:
    texts = f"[{', '.join(steps)}]"
    return sql.first_not_empty(f"arrayMap(x -> {sql.spelled(vocabulary, 'x')}, {texts})")


def _count(concept: Concept) -> str:
    steps = [(f"{step} != ''", step) for _, step in _steps(concept.name)]
    return sql.count(_first(steps, "''"))


def _list(concept: Concept) -> str:
    steps = [_source_list(source) for source in SOURCES[concept.name]]
    found = _first([(f"notEmpty({step})", step) for step in steps], "[]")
    if not concept.vocabulary:
        return found
    return sql.not_empty(f"arrayMap(x -> {sql.spelled(concept.vocabulary, 'x')}, {found})")


def _duration(concept: Concept) -> str:
    branches: list[tuple[str, str]] = []
    for source in SOURCES[concept.name]:
        if source.origin == "event_time":
            delays = sql.event_delays(source.names)
            if source.when is not None:
                delays = f"if({_condition(source.when)}, {delays}, [])"
            branches.append((f"notEmpty({delays})", f"toUInt64(arrayMin({delays}))"))
        else:
            step = _source_text(source)
            branches.append((f"{step} != ''", sql.nanoseconds(step, source.transform)))
    return _first(branches, "NULL")


_COMPILERS: Final = {"text": _text, "count": _count, "list": _list, "duration": _duration}


def _first(branches: Sequence[tuple[str, str]], other: str) -> str:
    if len(branches) == 1 and other == "''":
        return branches[0][1]
    flat = ", ".join(part for branch in branches for part in branch)
    return f"multiIf({flat}, {other})"


def _source_text(source: Source) -> str:
    match source.origin:
        case "key":
            found = sql.attribute(source.name)
        case "path":
            found = sql.json_scalar_at(sql.attribute(source.name), source.path)
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
    return _conditional(source.when, found, "''")


def _source_list(source: Source) -> str:
    match source.origin:
        case "path":
            found = sql.json_list_at(sql.attribute(source.name), source.path)
        case "indexed":
            found = sql.not_empty(sql.indexed(source.name))
        case "event":
            found = sql.not_empty(sql.events(source.name, str(source.path[0])))
        case "key":
            listed = sql.json_list_at(sql.attribute(source.name), (-1,))
            name = sql.attribute(source.name)
            found = f"multiIf({name} = '', [], startsWith({name}, '['), {listed}, [{name}])"
        case _:
            found = f"[{sql.text(source.name)}]"
    if source.map is not None:
        found = sql.not_empty(f"arrayMap(x -> {sql.mapped('x', source.map)}, {found})")
    return _conditional(source.when, found, "[]")


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
        parts.append(sql.any_of([sql.name_fits("ScopeName", scope) for scope in when.scopes]))
    parts += [f"NOT {sql.name_fits('ScopeName', scope)}" for scope in when.not_scopes]
    if when.has:
        parts.append(sql.any_of([sql.has_key(pattern) for pattern in when.has]))
    parts += [f"NOT {sql.has_key(pattern)}" for pattern in when.lacks]
    parts += [sql.one_of(sql.attribute(key), values) for key, values in when.equals]
    return " AND ".join(parts)


def _usage_columns() -> dict[str, str]:
    """What :func:`spanbridge_semconv.usage.inclusive` computes."""
    reported_input, reported_output = _USAGE["input_tokens"], _USAGE["output_tokens"]
    read, write = _USAGE["cache_read_tokens"], _USAGE["cache_write_tokens"]
    cached = f"(ifNull({read}, 0) + ifNull({write}, 0))"
    reasoning = f"ifNull({_USAGE['reasoning_tokens']}, 0)"
    left_out = (
        f"(toInt64({_USAGE['reported_total']}) - toInt64({reported_input})"
        f" - toInt64({reported_output}))"
    )
    both = f"{left_out} = {cached} + {reasoning}"
    without_reasoning = f"{reasoning} > 0 AND ifNull({left_out} = {reasoning} OR {both}, 0)"
    only_cache = f"{left_out} = {cached} AND {left_out} != {reasoning}"
    without_cache = f"{cached} > 0 AND ifNull({both} OR {only_cache}, 0)"
    declared = [_condition(when) for dialect in DIALECTS for when in dialect.exclusive_input]
    adds_cache = " OR ".join(
        [*(f"({condition})" for condition in declared), f"ifNull({cached} > {reported_input}, 0)"]
        + [f"({without_cache})"]
    )
    adds_reasoning = f"ifNull({reasoning} > {reported_output}, 0) OR ({without_reasoning})"
    nothing = f"(ifNull({reported_input}, 1) = 0 AND ifNull({reported_output}, 1) = 0)"
    total = (
        f"if({sql.one_of('GenAISpanType', sorted(INPUT_ONLY_TYPES))}, GenAIInputTokens, "
        "GenAIInputTokens + GenAIOutputTokens)"
    )

    def unless_nothing(expression: str) -> str:
        return f"if({nothing}, NULL, {expression})"

    return {
        "input_tokens": unless_nothing(f"{reported_input} + if({adds_cache}, {cached}, 0)"),
        "output_tokens": unless_nothing(
            f"{reported_output} + if({adds_reasoning}, {reasoning}, 0)"
        ),
        "total_tokens": total,
        "cache_read_tokens": unless_nothing(read),
        "cache_write_tokens": unless_nothing(write),
        "reasoning_tokens": unless_nothing(_USAGE["reasoning_tokens"]),
    }
