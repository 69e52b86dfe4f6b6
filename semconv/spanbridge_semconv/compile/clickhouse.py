"""The registry as ClickHouse columns.

:func:`genai_columns` gives the columns to add to a table that has the columns of the Collector's
ClickHouse exporter. They hold what :func:`spanbridge_semconv.translate` finds, row by row.

One column is stored: the tuple ``GenAI``. The others are ALIAS columns that name its members, which
ClickHouse reads as the separate files they are; filters, and skip indexes on ``GenAI.provider`` and
the like, work on them as on any column. The reason is the cost of an insert: a default expression
is analysed anew for each, at some fifty microseconds per function, and is expanded wherever another
one mentions it. So there is one expression, and it treats the rules as data. For a span that is not
a GenAI span it does nothing but find that out: the rest runs inside a lambda over an array that is
empty then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.interpret import (
    all_of_best,
    best,
    interpretation,
    source_of_best,
)
from spanbridge_semconv.compile.layout import Layout, layout
from spanbridge_semconv.compile.texts import (
    TIMESTAMP_UNIT,
    listed,
    nanoseconds,
    per_source,
    spelled_list,
)
from spanbridge_semconv.model import INPUT_ONLY_TYPES, Concept, Source

COLUMN: Final = "GenAI"
_LOW: Final = "LowCardinality(String)"
_USAGE: Final = (
    *("input_tokens", "output_tokens"),
    *("cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
)
_NOTHING: Final = "tuple(NULL, NULL, NULL, NULL, NULL)"
_DIALECT_DESCRIPTION: Final = "The dialect of the emitter; empty if the span is not a GenAI span."


@dataclass(frozen=True, slots=True)
class GenAIColumn:
    """A column to add: ``name type kind expression CODEC(codec)``. ``codec`` may be ``''``.

    ``helper`` columns are what others read from; they are of no interest to readers. ``concept``
    names the field of :class:`spanbridge_semconv.Canonical` the column holds.
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
        """The column as it stands in CREATE TABLE and after ADD COLUMN or MODIFY COLUMN."""
        codec = f" CODEC({self.codec})" if self.codec else ""
        comment = f" COMMENT {sql.text(self.description)}" if self.description else ""
        return f"`{self.name}` {self.type} {self.kind} {self.expression}{comment}{codec}"


@cache
def genai_columns() -> tuple[GenAIColumn, ...]:
    """All GenAI columns, the stored one first."""
    return (
        GenAIColumn(
            name=COLUMN,
            type=_tuple_type(),
            kind="MATERIALIZED",
            expression=_tuple_expression(),
            codec="ZSTD(1)",
            helper=True,
            concept="",
            description="What the span says in the canonical GenAI model; read it by its columns.",
        ),
        _alias("GenAIDialect", _LOW, "dialect", f"{COLUMN}.dialect", _DIALECT_DESCRIPTION),
        *(
            _alias(
                concept.column,
                concept.column_type,
                concept.name,
                _alias_expression(concept),
                concept.description,
            )
            for concept in CONCEPTS
            if concept.column
        ),
    )


def _alias(name: str, type_: str, concept: str, expression: str, description: str) -> GenAIColumn:
    return GenAIColumn(name, type_, "ALIAS", expression, "", False, concept, description)


def _alias_expression(concept: Concept) -> str:
    if concept.name == "total_tokens":
        both = f"{COLUMN}.input_tokens + {COLUMN}.output_tokens"
        input_only = sql.one_of(f"{COLUMN}.span_type", sorted(INPUT_ONLY_TYPES))
        return f"if({input_only}, {COLUMN}.input_tokens, {both})"
    if concept.kind == "alias":
        texts = ", ".join(_raw_text(source) for source in SOURCES[concept.name])
        return f"if({COLUMN}.dialect = '', '', arrayFirst(x -> x != '' AND x != '[]', [{texts}]))"
    return f"{COLUMN}.{concept.name}"


def _raw_text(source: Source) -> str:
    """The text of a source of a concept that is read from the attributes each time."""
    if source.origin == "event":
        key = sql.text(str(source.path[0]))
        events = f"arrayFilter((a, n) -> n = {sql.text(source.name)}, {_EVENTS})"
        return f"arrayFirst(x -> x != '' AND x != '[]', arrayMap(a -> a[{key}], {events}))"
    text = f"SpanAttributes[{sql.text(source.name)}]"
    if source.when is None:
        return text
    return f"if({sql.one_of(f'{COLUMN}.dialect', source.when.dialects)}, {text}, '')"


_EVENTS: Final = "`Events.Attributes`, `Events.Name`"


def _stored() -> list[Concept]:
    return [
        concept
        for concept in CONCEPTS
        if concept.column and concept.kind == "materialized" and concept.name not in _USAGE
        if concept.name != "total_tokens"
    ]


def _tuple_type() -> str:
    members = [
        f"dialect {_LOW}",
        *(f"{concept.name} {concept.column_type}" for concept in _stored()),
        *(f"{name} Nullable(UInt64)" for name in _USAGE),
    ]
    return f"Tuple({', '.join(members)})"


def _tuple_expression() -> str:
    plan = layout()
    members = ["d", *(_member(plan, concept) for concept in _stored())]
    return interpretation(plan, f"tupleConcat(tuple({', '.join(members)}), {_usage(plan)})")


def _member(plan: Layout, concept: Concept) -> str:
    match concept.type:
        case "list":
            return _list(plan, concept)
        case "duration":
            return _duration(plan, concept)
        case "text":
            return _with_last_resort(plan, concept, best(plan, concept.name))
        case _:
            return _count(best(plan, concept.name))


def _list(plan: Layout, concept: Concept) -> str:
    is_key = [int(source.origin == "key") for source in plan.sources]
    from_key = f"{per_source(is_key, source_of_best(plan, concept.name))} = 1"
    texts = all_of_best(plan, concept.name)
    split = sql.let(
        {"t": texts, "j": from_key},
        listed("t", "arrayMap(x -> j AND startsWith(x, '['), t)"),
    )
    return spelled_list(concept.vocabulary, split) if concept.vocabulary else split


def _duration(plan: Layout, concept: Concept) -> str:
    digits = {"seconds": 9, "milliseconds": 6, "timestamp": TIMESTAMP_UNIT}
    units = [digits.get(source.transform, 0) for source in plan.sources]
    bindings = {
        "t": best(plan, concept.name),
        "u": per_source(units, source_of_best(plan, concept.name)),
    }
    return sql.let({"t": sql.let(bindings, nanoseconds("t", "u"))}, _count("t"))


def _with_last_resort(plan: Layout, concept: Concept, text: str) -> str:
    """What follows from other concepts is asked last."""
    for source in SOURCES[concept.name]:
        if source.origin == "concept" and source.map is not None:
            derived = sql.replaced(best(plan, source.name), dict(source.map), "''")
            fixed = SOURCES[concept.name][-1].name
            return f"arrayFirst(x -> x != '', [{text}, {derived}, {sql.text(fixed)}])"
    return text


def _count(text: str) -> str:
    """A text of at most 18 characters, all ASCII digits, as a number; NULL otherwise.

    The engine lets a plus sign pass in front, and so does the Python side.
    """
    return f"toUInt64OrNull(if(length({text}) < 19, {text}, ''))"


def _usage(plan: Layout) -> str:
    """What :func:`spanbridge_semconv.usage.inclusive` computes, without the total.

    A tuple of input, output, cache read, cache write, reasoning. ``i``, ``o`` and ``t`` are input,
    output and total as reported, ``r`` and ``w`` what was read from and written to a cache, ``z``
    reasoning; ``f`` and ``v`` are input and output of emitters known to leave out cached tokens and
    reasoning, ``x`` and ``y`` whether those are there; ``c`` is all that was cached, ``m`` is
    reasoning or 0, ``e`` what the total has beyond input and output.
    """
    reported = {
        "i": "input_tokens",
        "o": "output_tokens",
        "t": "reported_total",
        "r": "cache_read_tokens",
        "w": "cache_write_tokens",
        "z": "reasoning_tokens",
    }
    undecided = "ifNull(e != 0 AND e != c AND e != m AND e != c + m, 1)"
    without_cache = (
        f"(x AND {undecided}) OR c > i OR (c > 0 AND ifNull(e = c + m OR (e = c AND e != m), 0))"
    )
    without_reasoning = f"(y AND {undecided}) OR m > o OR (m > 0 AND ifNull(e = m OR e = c + m, 0))"
    more_input = f"if({without_cache}, c, 0)"
    more_output = f"if({without_reasoning}, m, 0)"
    canonical = f"tuple(i + {more_input}, o + {more_output}, r, w, z)"
    derived = sql.let(
        {
            "c": "ifNull(r, 0) + ifNull(w, 0)",
            "m": "ifNull(z, 0)",
            "e": "toInt64(t) - toInt64(i) - toInt64(o)",
        },
        f"if(i = 0 AND o = 0, {_NOTHING}, {canonical})",
    )
    reported |= {"f": "fresh_input", "v": "visible_output"}
    counts = {name: best(plan, concept, "n") for name, concept in reported.items()}
    chosen = {
        "i": "ifNull(f, i)",
        "o": "ifNull(v, o)",
        "x": "f IS NOT NULL",
        "y": "v IS NOT NULL",
    }
    all_counts = f"arrayMap(x -> {_count('x')}, t)"
    return sql.let({"n": all_counts}, sql.let(counts, sql.let(chosen, derived)))
