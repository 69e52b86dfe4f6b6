"""Attribute keys as numbers.

Each attribute of a span gets the number of its key by one hash look-up; from there on, a key is
found by its number. Keys the registry does not know, and attributes without text, are UNKNOWN.
Prefixes that conditions ask for have numbers as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from spanbridge_semconv.compile import sql

NUMBERS: Final = "n"
"""The name under which expressions know the numbers of a span's attributes."""

_UNKNOWN: Final = 65535
_RUN_MIN: Final = 3
"""Fewer keys in a row are cheaper to look up one by one."""


class KeyNumbers:
    """Gives every key and every prefix a number, keys that are looked up together consecutive ones.

    Args:
        runs: keys that are looked up together, in order.
        patterns: keys, prefixes (``a.*``) and patterns with an index that are used otherwise.
    """

    def __init__(self, runs: Iterable[Sequence[str]], patterns: Iterable[str]) -> None:
        patterns = list(patterns)
        self._keys: dict[str, int] = {}
        for run in sorted(runs, key=len, reverse=True):
            if len(run) >= _RUN_MIN and not self._keys.keys() & set(run):
                self._add(run)
        self._add(pattern for pattern in patterns if _is_key(pattern))
        prefixes = dict.fromkeys(_prefix(pattern) for pattern in patterns if not _is_key(pattern))
        # The longest prefix first: a key gets the number of the first that fits.
        self._prefixes = {
            prefix: len(self._keys) + i
            for i, prefix in enumerate(sorted(prefixes, key=len, reverse=True), 1)
        }
        if len(self._keys) + len(self._prefixes) >= _UNKNOWN:
            raise ValueError("the keys of the registry do not fit into 16 bits")

    def _add(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._keys.setdefault(key, len(self._keys) + 1)

    def numbers(self) -> str:
        """The number of each attribute, parallel to the attributes."""
        by_prefix = "".join(
            f"startsWith(k, {sql.text(prefix)}), {number}, "
            for prefix, number in self._prefixes.items()
        )
        other = f"multiIf({by_prefix}{_UNKNOWN})" if by_prefix else str(_UNKNOWN)
        known = f"range(1, {len(self._keys) + 1})"
        number = f"transform(k, {sql.array(self._keys)}, {known}, {other})"
        return f"arrayMap((k, v) -> if(empty(v), {_UNKNOWN}, {number}), {sql.KEYS}, {sql.VALUES})"

    def attribute(self, key: str) -> str:
        """The text of an attribute, ``''`` if it is not there."""
        return f"{sql.VALUES}[indexOf({NUMBERS}, {self._keys[key]})]"

    def first(self, keys: Sequence[str]) -> str:
        """The text of the first of some attributes that has one, ``''`` if none has."""
        numbers = [self._keys[key] for key in keys]
        if len(keys) < _RUN_MIN or numbers != list(range(numbers[0], numbers[0] + len(keys))):
            return sql.first_of([self.attribute(key) for key in keys])
        within = f"x >= {numbers[0]} AND x <= {numbers[-1]}"
        return f"{sql.VALUES}[indexOf({NUMBERS}, arrayMin(arrayFilter(x -> {within}, {NUMBERS})))]"

    def has(self, pattern: str) -> str:
        """Whether an attribute that has a text fits the pattern."""
        if _is_key(pattern):
            return f"has({NUMBERS}, {self._keys[pattern]})"
        prefix = _prefix(pattern)
        numbers = self._starting_with(prefix)
        if pattern == f"{prefix}*":
            return f"hasAny({NUMBERS}, {numbers})"
        candidates = f"arrayFilter((k, x) -> x IN {tuple(numbers)}, {sql.KEYS}, {NUMBERS})"
        return f"arrayExists(k -> {sql.name_fits('k', pattern)}, {candidates})"

    def indexed(self, pattern: str) -> str:
        """The texts of the attributes whose keys fit a pattern, in the order of their index."""
        numbers = self._starting_with(_prefix(pattern))
        within = f"x IN {tuple(numbers)}"
        keys = f"arrayFilter((k, x) -> {within}, {sql.KEYS}, {NUMBERS})"
        values = f"arrayFilter((v, x) -> {within}, {sql.VALUES}, {NUMBERS})"
        return sql.indexed(pattern, keys, values)

    def _starting_with(self, prefix: str) -> list[int]:
        known = self._keys | self._prefixes
        return [number for name, number in known.items() if name.startswith(prefix)]


class Attributes:
    """Attributes by their keys, for expressions that are evaluated when a column is read."""

    def attribute(self, key: str) -> str:
        """The text of an attribute, ``''`` if it is not there."""
        return f"SpanAttributes[{sql.text(key)}]"

    def first(self, keys: Sequence[str]) -> str:
        """The text of the first of some attributes that has one, ``''`` if none has."""
        return sql.first_of([self.attribute(key) for key in keys])

    def has(self, pattern: str) -> str:
        """Whether an attribute that has a text fits the pattern."""
        if _is_key(pattern):
            return f"{self.attribute(pattern)} != ''"
        fits = f"v != '' AND {sql.name_fits('k', pattern)}"
        return f"arrayExists((k, v) -> {fits}, {sql.KEYS}, {sql.VALUES})"

    def indexed(self, pattern: str) -> str:
        """The texts of the attributes whose keys fit a pattern, in the order of their index."""
        return sql.indexed(pattern, sql.KEYS, sql.VALUES)


def _is_key(pattern: str) -> bool:
    return "{i}" not in pattern and not pattern.endswith("*")


def _prefix(pattern: str) -> str:
    return pattern.partition("{i}")[0].removesuffix("*")
