"""Array functions of the totals. An array of numbers points into another one; 0 points nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z_0-9]*")


@dataclass(frozen=True, slots=True)
class Arrays:
    """How one array is read at the places that another one gives.

    A lambda can name an array outside of it. Up to ClickHouse 26.7 that array is then copied for
    every element (``lends`` is false), so there an aggregate function over ranges of length one
    does it.
    """

    lends: bool

    def gather(self, array: str, pointers: str) -> str:
        """For each pointer the element it points to; the type's zero for 0."""
        if self.lends:
            return f"arrayMap(x -> {array}[x], {pointers})"
        ranges = f"arrayMap(x -> (x, toUInt8(x > 0)), {pointers})"
        return f"arrayReduceInRanges('any', {ranges}, {array})"

    def doubled(self, array: str, rounds: str) -> str:
        """The pointers of ``array`` followed ``2 ** rounds`` times."""
        return f"arrayFold((f, n) -> {self.gather('f', 'f')}, range({rounds}), {array})"


def rounds(length: str) -> str:
    """How often a pointer doubles to follow at least ``length`` pointers."""
    return f"toUInt8(ceil(log2({length} + 1)))"


def times(found: str, elements: str) -> str:
    """For each of ``elements``, all different, how often it is among ``found``."""
    return (
        "arrayMap(x -> x - 1, arraySlice("
        f"arrayEnumerateUniq(arrayConcat({found}, {elements})), length({found}) + 1))"
    )


def position(found: Sequence[str], elements: Sequence[str]) -> str:
    """For each of ``elements`` its place in ``found``, all different; 0 if it is not there.

    Several arrays are compared as tuples.
    """
    joined = ", ".join(f"arrayConcat({a}, {b})" for a, b in zip(found, elements, strict=True))
    length = f"length({found[0]})"
    return (
        f"arrayMap(x -> if(x > {length}, 0, x), "
        f"arraySlice(arrayEnumerateDense({joined}), {length} + 1))"
    )


def only(condition: str, array: str) -> str:
    """The array if the condition holds, else an empty one."""
    return f"if({condition}, {array}, [])"


def nested(
    steps: Mapping[str, str], given: Sequence[str], wanted: Sequence[str], source: str
) -> str:
    """A SELECT of ``wanted``, where each step may use those before it and the columns ``given``.

    The engine's effort grows with subqueries and the columns they pass on. So every step stands as
    deep as what it needs allows, and only what is needed further out is passed on.
    """
    needs = {
        name: [n for n in dict.fromkeys(_NAME.findall(text)) if n in steps or n in given]
        for name, text in steps.items()
    }
    depth = dict.fromkeys(given, 0)
    for name in steps:
        depth[name] = 1 + max((depth[n] for n in needs[name]), default=0)
    live = set(wanted)
    for name in reversed(list(steps)):
        if name in live:
            live.update(needs[name])
    for level in range(1, max(depth.values()) + 1):
        later = {n for name in live & steps.keys() if depth[name] > level for n in needs[name]}
        passed = [
            name
            for name in (*given, *steps)
            if depth[name] < level and (name in later or name in wanted)
        ]
        made = [name for name in steps if depth[name] == level and name in live]
        columns = ",\n    ".join([*passed, *(f"{steps[name]} AS {name}" for name in made)])
        source = f"SELECT\n    {columns}\nFROM\n(\n{source}\n)"
    return source
