"""Pieces of ClickHouse SQL: what every rule of the registry is built from.

Equal rules give equal text, and ClickHouse evaluates equal text once per block. An expression names
each of its parts once where it can: columns are expanded where they are mentioned, and the engine
pays for the expanded tree on every insert.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.jsontext import EVERY
from spanbridge_semconv.patterns import regex

KEYS: Final = "mapKeys(SpanAttributes)"
VALUES: Final = "mapValues(SpanAttributes)"


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def array(values: Iterable[str]) -> str:
    """An array of string literals."""
    return "[" + ",".join(map(text, values)) + "]"


def one_of(expression: str, values: Sequence[str]) -> str:
    """Whether an expression equals one of the texts."""
    if len(values) == 1:
        return f"{expression} = {text(values[0])}"
    return f"{expression} IN ({', '.join(map(text, values))})"


def name_fits(name: str, pattern: str) -> str:
    """Whether a name fits a pattern of the registry."""
    if "{i}" in pattern:
        return f"match({name}, {text(regex(pattern))})"
    if pattern.endswith("*"):
        return f"startsWith({name}, {text(pattern[:-1])})"
    return f"{name} = {text(pattern)}"


def any_name_fits(name: str, patterns: Sequence[str]) -> str:
    """Whether a name fits at least one of the patterns."""
    exact = [pattern for pattern in patterns if "{i}" not in pattern and pattern[-1] != "*"]
    others = [name_fits(name, pattern) for pattern in patterns if pattern not in exact]
    return any_of(([one_of(name, exact)] if exact else []) + others)


def any_of(conditions: Sequence[str]) -> str:
    """At least one condition holds."""
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def scalar(raw: str) -> str:
    """The text of a JSON string or number given as JSON text; ``''`` for everything else."""
    return f"JSONExtractString(if(match({raw}, '^[\"0-9-]'), {raw}, ''))"


def json_raw(document: str, path: Sequence[str | int]) -> str:
    """The JSON text at a path; ``''`` if there is none."""
    steps = "".join(f", {step + 1 if isinstance(step, int) else text(step)}" for step in path)
    return f"JSONExtractRaw({document}{steps})"


def json_scalar_at(document: str, path: Sequence[str | int]) -> str:
    """The text of the string or number at a path."""
    return scalar(json_raw(document, path))


def json_list_at(document: str, path: Sequence[str | int]) -> str:
    """The texts at a path in which EVERY may stand, empty ones left out."""
    if EVERY not in path:
        return not_empty(f"[{json_scalar_at(document, path)}]")
    split = list(path).index(EVERY)
    elements = json_raw(document, path[:split]).replace("JSONExtractRaw", "JSONExtractArrayRaw", 1)
    tail = path[split + 1 :]
    element = json_scalar_at("r", tail) if tail else scalar("r")
    return not_empty(f"arrayMap(r -> {element}, {elements})")


def not_empty(list_expression: str) -> str:
    """A list without its empty texts."""
    return f"arrayFilter(x -> x != '', {list_expression})"


def first_not_empty(list_expression: str) -> str:
    """The first text of a list that is not empty, or ``''``."""
    return f"arrayFirst(x -> x != '', {list_expression})"


def indexed(pattern: str) -> str:
    """The texts of the attributes whose keys fit a pattern, in the order of their index."""
    expression = text(regex(pattern))
    prefix = text(pattern.partition("{i}")[0])
    values = f"arrayFilter((v, k) -> match(k, {expression}), {VALUES}, {KEYS})"
    names = f"arrayFilter(k -> match(k, {expression}), {KEYS})"
    ordered = (
        f"arraySort((v, k) -> (toUInt32OrZero(extract(k, {expression})), k), {values}, {names})"
    )
    # Sorting is for the few spans that have such keys at all.
    return f"if(arrayExists(k -> startsWith(k, {prefix}), {KEYS}), {ordered}, [])"


def first_of(texts: Sequence[str]) -> str:
    """The first text that is not empty; those after it are not evaluated."""
    if len(texts) == 1:
        return texts[0]
    branches = ", ".join(f"{expression} != '', {expression}" for expression in texts[:-1])
    return f"multiIf({branches}, {texts[-1]})"


def first_list_of(lists: Sequence[str]) -> str:
    """The first list that is not empty; those after it are not evaluated."""
    if len(lists) == 1:
        return lists[0]
    branches = ", ".join(f"notEmpty({expression}), {expression}" for expression in lists[:-1])
    return f"multiIf({branches}, {lists[-1]})"


def let(names: Sequence[str], values: Sequence[str], expression: str) -> str:
    """An expression in which names stand for values, so that each value is written once."""
    bound = ", ".join(f"[{value}]" for value in values)
    return f"arrayMap(({', '.join(names)}) -> {expression}, {bound})[1]"


def events(name: str, key: str) -> str:
    """The texts of one attribute over all events of a name."""
    value = f"if(n = {text(name)}, a[{text(key)}], '')"
    return f"arrayMap((n, a) -> {value}, `Events.Name`, `Events.Attributes`)"


def event_delays(names: Sequence[str]) -> str:
    """Nanoseconds from the start of the span to each event of these names."""
    delay = "toUnixTimestamp64Nano(t) - toUnixTimestamp64Nano(Timestamp)"
    delays = (
        f"arrayMap((n, t) -> if({one_of('n', names)}, {delay}, -1), "
        "`Events.Name`, `Events.Timestamp`)"
    )
    return f"arrayFilter(x -> x >= 0, {delays})"


def spelled(vocabulary: str, expression: str) -> str:
    """A text in the spelling of a vocabulary; ``expression`` should be a plain name."""
    table = VOCABULARIES[vocabulary]
    lowered = f"lower({expression})"
    if table.strip_prefix:
        cut = f"substring({lowered}, {len(table.strip_prefix) + 1})"
        lowered = f"if(startsWith({lowered}, {text(table.strip_prefix)}), {cut}, {lowered})"
    other = lowered if table.keep else "''"
    return mapped(lowered, tuple(table.aliases.items()), other)


def mapped(expression: str, table: Sequence[tuple[str, str]], other: str = "''") -> str:
    """A text replaced according to a table."""
    keys, values = array(k for k, _ in table), array(v for _, v in table)
    return f"transform({expression}, {keys}, {values}, {other})"


def count(expression: str) -> str:
    """A text of 1 to 18 ASCII digits as a number, NULL otherwise."""
    return f"toUInt64OrNull(extract({expression}, '^[0-9]{{1,18}}$'))"


def nanoseconds(expression: str, unit: str) -> str:
    """A plain decimal number of seconds or milliseconds as nanoseconds, NULL otherwise."""
    whole, digits = (9, 9) if unit == "seconds" else (12, 6)
    fits = f"match({expression}, '^[0-9]{{1,{whole}}}([.][0-9]{{1,18}})?$')"
    head = f"toUInt64OrZero(extract({expression}, '^[0-9]+'))"
    tail = f"substring(extract({expression}, '[.]([0-9]+)$'), 1, {digits})"
    fraction = f"toUInt64OrZero(rightPad({tail}, {digits}, '0'))"
    return f"if({fits}, {head} * {10**digits} + {fraction}, NULL)"


def transformed(expression: str, transform: str) -> str:
    """A text after a transform of the registry."""
    match transform:
        case "json_scalar":
            is_string = f"JSONType({expression}) = 'String'"
            decoded = f"JSONExtractString({expression})"
            return (
                f"multiIf({expression} = 'null', '', startsWith({expression}, '\"') AND "
                f"{is_string}, {decoded}, {expression})"
            )
        case "before_dot":
            return f"splitByChar('.', {expression})[1]"
        case "first_word":
            return f"splitByChar(' ', {expression})[1]"
        case "before_slash":
            return f"if(position({expression}, '/') > 0, splitByChar('/', {expression})[1], '')"
        case "after_slash":
            cut = f"substring({expression}, position({expression}, '/') + 1)"
            return f"if(position({expression}, '/') > 0, {cut}, {expression})"
        case _:
            return expression
