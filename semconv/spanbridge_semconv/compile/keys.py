"""Attribute keys as numbers.

``GenAIKeys`` runs parallel to the attributes of a span and holds the number of each key the
registry speaks of; keys it does not know, and attributes without text, are UNKNOWN. It takes one
hash look-up per attribute; from there on, a key is found by its number. Prefixes that conditions
ask for have numbers as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from spanbridge_semconv.compile import sql

COLUMN: Final = "GenAIKeys"
COLUMN_TYPE: Final = "Array(UInt16)"
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

    def column(self) -> str:
        """The expression of ``GenAIKeys``."""
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
        return f"{sql.VALUES}[indexOf({COLUMN}, {self._keys[key]})]"

    def first(self, keys: Sequence[str]) -> str:
        """The text of the first of some attributes that has one, ``''`` if none has."""
        numbers = [self._keys[key] for key in keys]
        if len(keys) < _RUN_MIN or numbers != list(range(numbers[0], numbers[0] + len(keys))):
            return sql.first_of([self.attribute(key) for key in keys])
        within = f"x >= {numbers[0]} AND x <= {numbers[-1]}"
        return f"{sql.VALUES}[indexOf({COLUMN}, arrayMin(arrayFilter(x -> {within}, {COLUMN})))]"

    def has(self, pattern: str) -> str:
        """Whether an attribute that has a text fits the pattern."""
        if _is_key(pattern):
            return f"has({COLUMN}, {self._keys[pattern]})"
        prefix = _prefix(pattern)
        numbers = [
            number
            for name, number in (self._keys | self._prefixes).items()
            if name.startswith(prefix)
        ]
        found = f"hasAny({COLUMN}, {numbers})"
        if pattern == f"{prefix}*":
            return found
        fits = f"arrayExists((k, v) -> v != '' AND {sql.name_fits('k', pattern)}"
        return f"({found} AND {fits}, {sql.KEYS}, {sql.VALUES}))"


def _is_key(pattern: str) -> bool:
    return "{i}" not in pattern and not pattern.endswith("*")


def _prefix(pattern: str) -> str:
    return pattern.partition("{i}")[0].removesuffix("*")
