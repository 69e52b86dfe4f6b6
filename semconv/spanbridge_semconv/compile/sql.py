"""Pieces of ClickHouse SQL.

Default expressions are evaluated without short circuit: both branches of an ``if`` run for every
row. So what costs is fed with empty texts and empty arrays where it is not wanted, instead of being
put into a branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from spanbridge_semconv import model
from spanbridge_semconv._generated.dialects import DIALECTS

KEYS: Final = "mapKeys(SpanAttributes)"
VALUES: Final = "mapValues(SpanAttributes)"
TRANSLATED: Final = f"SpanAttributes['{model.TRANSLATED}']"
_NAMES: Final = ", ".join(f"'{dialect.name}'" for dialect in DIALECTS)
IS_TRANSLATED: Final = f"{TRANSLATED} IN ({_NAMES})"
SCOPE: Final = f"if({IS_TRANSLATED}, '', ScopeName)"


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def texts(values: Iterable[str]) -> str:
    """An array of string literals."""
    return "[" + ",".join(map(text, values)) + "]"


def numbers(values: Iterable[int]) -> str:
    """An array of numbers, of the smallest type that holds them."""
    return f"[{','.join(map(str, values))}]"


def one_of(expression: str, values: Sequence[str]) -> str:
    """Whether an expression equals one of the texts."""
    if len(values) == 1:
        return f"{expression} = {text(values[0])}"
    return f"{expression} IN ({', '.join(map(text, values))})"


def any_of(conditions: Sequence[str]) -> str:
    """At least one condition holds."""
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def let(bindings: Mapping[str, str], expression: str) -> str:
    """An expression in which names stand for values, so that each value is written once.

    Columns the expression uses beside the names are copied for every row.
    """
    bound = ", ".join(f"[{value}]" for value in bindings.values())
    return f"arrayMap(({', '.join(bindings)}) -> {expression}, {bound})[1]"


def concat_arrays(arrays: Sequence[str]) -> str:
    """Several arrays as one."""
    return arrays[0] if len(arrays) == 1 else f"arrayConcat({', '.join(arrays)})"


def replaced(expression: str, table: Mapping[str, str], other: str) -> str:
    """A text replaced according to a table."""
    return f"transform({expression}, {texts(table)}, {texts(table.values())}, {other})"


def weighed(expression: str, table: Mapping[str, int], other: int = 0) -> str:
    """A number for a text according to a table."""
    values = numbers(table.values())
    return f"transform({expression}, {texts(table)}, {values}, toUInt64({other}))"
