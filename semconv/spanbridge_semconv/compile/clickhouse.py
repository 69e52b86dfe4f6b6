"""The registry as ClickHouse columns.

:func:`genai_columns` gives the columns to add to a table that has the columns of the Collector's
ClickHouse exporter. They hold what :func:`spanbridge_semconv.translate` finds, row by row.

One column is stored: the tuple ``GenAI``. The others are ALIAS columns that name its members, which
ClickHouse reads as the separate files they are; filters and skip indexes (on ``GenAI.provider``)
work on them as on any column. The reason is the cost of inserting. A default expression is expanded
wherever another one mentions it, and all of it is analysed for every insert; in one expression,
each rule stands once. For a span that is not a GenAI span the expression does nothing but find that
out: the rest runs inside a lambda over an array that is empty then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.detect import dialect
from spanbridge_semconv.compile.keys import NUMBERS, Attributes, KeyNumbers
from spanbridge_semconv.compile.rules import Rules, is_plain, patterns, runs
from spanbridge_semconv.model import INPUT_ONLY_TYPES, Concept

COLUMN: Final = "GenAI"
_USAGE: Final = (
    *("input_tokens", "output_tokens"),
    *("cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
)
_LOW: Final = "LowCardinality(String)"
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
        found = Rules(Attributes(), f"{COLUMN}.dialect").concept(concept.name)
        return f"if({COLUMN}.dialect = '', '', {found})"
    return f"{COLUMN}.{concept.name}"


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
    keys = _key_numbers()
    rules = Rules(keys, "d")
    members = ["d", *(rules.concept(concept.name) for concept in _stored())]
    body = f"tupleConcat(tuple({', '.join(members)}), {rules.usage()})"
    found = f"arrayFilter(d -> d != '', [{dialect()}])"
    numbers = f"arrayResize([{keys.numbers()}], length({found}))"
    return f"arrayMap((d, {NUMBERS}) -> {body}, {found}, {numbers})[1]"


def _key_numbers() -> KeyNumbers:
    names = [*(concept.name for concept in _stored()), *_USAGE, "reported_total"]
    plain = [
        [source.name for source in run] for name in names for run in runs(name) if is_plain(run[0])
    ]
    return KeyNumbers(plain, patterns(names))
