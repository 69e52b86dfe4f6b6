"""Pieces of ClickHouse SQL: what every rule of the registry is built from.

Expressions speak of a row's attributes only through ``SpanAttributes['key']``, ``mapKeys`` and
``mapValues``, so that equal rules give equal text: ClickHouse evaluates equal text once per block.
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


def attribute(key: str) -> str:
    """The text of an attribute, ``''`` if it is not there."""
    return f"SpanAttributes[{text(key)}]"


def name_fits(name: str, pattern: str) -> str:
    """Whether a name fits a pattern of the registry."""
    if "{i}" in pattern:
        return f"match({name}, {text(regex(pattern))})"
    if pattern.endswith("*"):
        return f"startsWith({name}, {text(pattern[:-1])})"
    return f"{name} = {text(pattern)}"


def any_of(conditions: Sequence[str]) -> str:
    """At least one condition holds."""
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def has_key(pattern: str) -> str:
    """Whether an attribute key fits a pattern."""
    if "{i}" in pattern or pattern.endswith("*"):
        return f"arrayExists(k -> {name_fits('k', pattern)}, {KEYS})"
    return f"mapContains(SpanAttributes, {text(pattern)})"


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
    fits = f"k -> match(k, {expression})"
    values = f"arrayFilter((v, k) -> match(k, {expression}), {VALUES}, {KEYS})"
    order = f"(v, k) -> (toUInt32OrZero(extract(k, {expression})), k)"
    ordered = f"arraySort({order}, {values}, arrayFilter({fits}, {KEYS}))"
    # Sorting is for the few spans that have such keys at all.
    return f"if(arrayExists(k -> startsWith(k, {prefix}), {KEYS}), {ordered}, [])"


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
    fits = f"length({expression}) < 19 AND NOT startsWith({expression}, '+')"
    return f"toUInt64OrNull(if({fits}, {expression}, ''))"


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
        case _:
            return expression
