"""A filter as a tree. Pure.

``str()`` of a node is text that parses back to an equal node. Positions are of the text a node was
read from and do not count when nodes are compared.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

Value: TypeAlias = str | bool | int | float
Node: TypeAlias = "Comparison | Not | And | Or"

_PLAIN_KEY: Final = re.compile(r"\w[\w\-:/@]*(?:\.\w[\w\-:/@]*)*")


@dataclass(frozen=True, slots=True)
class Field:
    """What a comparison asks of: a name of :mod:`.fields`, and the key where it takes one."""

    name: str
    key: str = ""

    def __str__(self) -> str:
        if not self.key:
            return self.name
        return f"{self.name}.{quoted_key(self.key)}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``field operator value``; the operator is written in upper case.

    The value is a tuple for ``IN`` and ``NOT IN`` and None for ``IS NULL`` and ``IS NOT NULL``.
    """

    field: Field
    operator: str
    value: Value | tuple[Value, ...] | None
    position: int = dataclasses.field(default=0, compare=False)

    depth = 1

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.field} {self.operator}"
        if isinstance(self.value, tuple):
            values = ", ".join(literal(value) for value in self.value)
            return f"{self.field} {self.operator} ({values})"
        return f"{self.field} {self.operator} {literal(self.value)}"


@dataclass(frozen=True, slots=True)
class Not:
    """True where its part is not."""

    part: Node

    @property
    def depth(self) -> int:
        """Levels of this tree."""
        return 1 + self.part.depth

    def __str__(self) -> str:
        return f"NOT {_within(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """True where all of two or more parts are."""

    parts: tuple[Node, ...]

    @property
    def depth(self) -> int:
        """Levels of this tree."""
        return 1 + max(part.depth for part in self.parts)

    def __str__(self) -> str:
        return " AND ".join(_within(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """True where one of two or more parts is."""

    parts: tuple[Node, ...]

    @property
    def depth(self) -> int:
        """Levels of this tree."""
        return 1 + max(part.depth for part in self.parts)

    def __str__(self) -> str:
        return " OR ".join(_within(part) for part in self.parts)


def comparisons(node: Node | None) -> Iterator[Comparison]:
    """The comparisons of a tree, from left to right."""
    match node:
        case Comparison():
            yield node
        case Not(part):
            yield from comparisons(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from comparisons(part)


def quoted_key(key: str) -> str:
    """A key as it stands after a dot, in backticks where it has to."""
    return key if _PLAIN_KEY.fullmatch(key) else "`" + key.replace("`", "``") + "`"


def literal(value: Value) -> str:
    """A value as it stands in a filter."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def _within(part: Node) -> str:
    return f"({part})" if isinstance(part, And | Or) else str(part)
