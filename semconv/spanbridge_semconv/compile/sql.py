"""Pieces of ClickHouse SQL.

Default expressions are evaluated without short circuit: both branches of an ``if`` run for every
row. So what costs is fed with empty texts and empty arrays where it is not wanted, instead of being
put into a branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from spanbridge_semconv import model
from spanbridge_semconv.patterns import escaped, literal_prefix

KEYS: Final = "mapKeys(SpanAttributes)"
VALUES: Final = "mapValues(SpanAttributes)"
TRANSLATED: Final = f"SpanAttributes['{model.TRANSLATED}']"
"""The dialect a span says that it was translated to; its scope tells nothing then."""
COLLECTED: Final = f"SpanAttributes['{model.COLLECTED}']"
"""The dialect a Collector's processor says that it found before it translated the span."""
UNTRANSLATED: Final = f"SpanAttributes['{model.UNTRANSLATED}']"


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def texts(values: Iterable[str]) -> str:
    """An array of string literals."""
    return "[" + ",".join(map(text, values)) + "]"


def numbers(values: Iterable[int]) -> str:
    """An array of numbers, of the smallest type that holds them."""
    return f"[{','.join(map(str, values))}]"


def lists(values: Iterable[Iterable[int]]) -> str:
    """An array of arrays of numbers."""
    return f"[{','.join(map(numbers, values))}]"


def one_of(expression: str, values: Sequence[str]) -> str:
    """Whether an expression equals one of the texts."""
    if len(values) == 1:
        return f"{expression} = {text(values[0])}"
    return f"{expression} IN ({', '.join(map(text, values))})"


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


def by_prefix(expression: str, table: Mapping[str, str], other: str) -> str:
    """What a table says of the first of its prefixes (``a.*``) that a text has.

    Values are SQL: all texts, or all numbers.
    """
    if not table:
        return other
    prefixes = [literal_prefix(pattern) for pattern in table]
    fits = "|".join(map(escaped, prefixes))
    found = f"extract({expression}, {text(f'^(?:{fits})')})"
    values = f"[{','.join(table.values())}]"
    return f"transform({found}, {texts(prefixes)}, {values}, {other})"


def looked_up(expression: str, table: Mapping[str, int], other: str = "0") -> str:
    """A number for a text according to a table."""
    return f"transform({expression}, {texts(table)}, {numbers(table.values())}, {other})"
