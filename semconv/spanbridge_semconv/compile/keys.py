"""Attribute keys as numbers.

``GenAIKeys`` runs parallel to the attributes of a span and holds the number of each key the
registry speaks of; keys it does not know, and attributes without text, are UNKNOWN. It is made by
one hash look-up per attribute; from there on, a key is found by its number. It is empty if the span
has none of the keys, so that what is built on it costs nothing there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from spanbridge_semconv.compile import sql

COLUMN: Final = "GenAIKeys"
COLUMN_TYPE: Final = "Array(UInt16)"
NAMES: Final = "GenAIKeyNames"
NAMES_TYPE: Final = "Array(LowCardinality(String))"
_UNKNOWN: Final = 65535
_RUN_MIN: Final = 3
"""Fewer keys in a row are cheaper to look up one by one."""


class KeyNumbers:
    """Gives every key a number, keys that are looked up together consecutive ones."""

    def __init__(self, runs: Iterable[Sequence[str]], others: Iterable[str]) -> None:
        self._numbers: dict[str, int] = {}
        for run in sorted(runs, key=len, reverse=True):
            if len(run) >= _RUN_MIN and not self._numbers.keys() & set(run):
                self._add(run)
        self._add(others)
        if len(self._numbers) >= _UNKNOWN:
            raise ValueError(f"{len(self._numbers)} keys do not fit into 16 bits")

    def _add(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._numbers.setdefault(key, len(self._numbers) + 1)

    def column(self) -> str:
        """The expression of ``GenAIKeys``."""
        known = f"range(1, {len(self._numbers) + 1})"
        number = f"transform(k, {sql.array(self._numbers)}, {known}, {_UNKNOWN})"
        numbers = (
            f"arrayMap((k, v) -> if(empty(v), {_UNKNOWN}, {number}), {sql.KEYS}, {sql.VALUES})"
        )
        return sql.let(("n",), (numbers,), f"if(arrayMin(n) < {_UNKNOWN}, n, [])")

    def names_column(self) -> str:
        """The expression of ``GenAIKeyNames``: the keys of a GenAI span, for patterns."""
        return f"if(GenAIDialect = '', [], {sql.KEYS})"

    def attribute(self, key: str) -> str:
        """The text of an attribute, ``''`` if it is not there."""
        return f"{sql.VALUES}[indexOf({COLUMN}, {self._numbers[key]})]"

    def first(self, keys: Sequence[str]) -> str:
        """The text of the first of some attributes that has one, ``''`` if none has."""
        numbers = [self._numbers[key] for key in keys]
        if len(keys) < _RUN_MIN or numbers != list(range(numbers[0], numbers[0] + len(keys))):
            return sql.first_of([self.attribute(key) for key in keys])
        within = f"x >= {numbers[0]} AND x <= {numbers[-1]}"
        return f"{sql.VALUES}[indexOf({COLUMN}, arrayMin(arrayFilter(x -> {within}, {COLUMN})))]"

    def has(self, pattern: str) -> str:
        """Whether an attribute has a text, or whether some key fits a pattern."""
        if "{i}" in pattern or pattern.endswith("*"):
            return f"arrayExists(k -> {sql.name_fits('k', pattern)}, {NAMES})"
        return f"has({COLUMN}, {self._numbers[pattern]})"
