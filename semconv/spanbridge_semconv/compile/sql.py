"""Pieces of ClickHouse SQL: what the rules of the registry are built from.

Two things decide how these look. Default expressions are evaluated without short circuit: both
branches of an ``if`` run for every row. So what costs is fed with empty texts and empty arrays
where it is not wanted (``given``), instead of being put into a branch. And every function costs a
few microseconds of analysis per insert, so expressions name their parts once where they can.
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


def any_of(conditions: Sequence[str]) -> str:
    """At least one condition holds."""
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def given(condition: str, expression: str, other: str = "''") -> str:
    """The expression where the condition holds, something empty elsewhere."""
    return f"if({condition}, {expression}, {other})" if condition else expression


def let(names: Sequence[str], values: Sequence[str], expression: str) -> str:
    """An expression in which names stand for values, so that each value is written once.

    The expression should use nothing but the names: what else it uses is copied for every row.
    """
    bound = ", ".join(f"[{value}]" for value in values)
    return f"arrayMap(({', '.join(names)}) -> {expression}, {bound})[1]"


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


def first_of(texts: Sequence[str]) -> str:
    """The first text that is not empty, ``''`` if all are."""
    return texts[0] if len(texts) == 1 else f"arrayFirst(x -> x != '', [{', '.join(texts)}])"


def not_empty(list_expression: str) -> str:
    """A list without its empty texts."""
    return f"arrayFilter(x -> x != '', {list_expression})"


def json_scalar(document: str, path: Sequence[str | int]) -> str:
    """The text of a scalar at a path, as :func:`spanbridge_semconv.jsontext.scalar_text` has it."""
    return f"extract(JSONExtractString({_arguments(document, path)}), '^[^[{{](?s:.*)')"


def json_list(document: str, path: Sequence[str | int]) -> str:
    """The texts at a path in which EVERY may stand, empty ones left out."""
    if EVERY not in path:
        return not_empty(f"[{json_scalar(document, path)}]")
    split = list(path).index(EVERY)
    elements = f"JSONExtractArrayRaw({_arguments(document, path[:split])})"
    return not_empty(f"arrayMap(r -> {json_scalar('r', path[split + 1 :])}, {elements})")


def _arguments(document: str, path: Sequence[str | int]) -> str:
    steps = [str(step + 1) if isinstance(step, int) else text(step) for step in path]
    return ", ".join([document, *steps])


def indexed(pattern: str, keys: str, values: str) -> str:
    """The texts of the attributes whose keys fit a pattern, in the order of their index."""
    expression = text(regex(pattern))
    found_values = f"arrayFilter((v, k) -> match(k, {expression}), {values}, {keys})"
    found_keys = f"arrayFilter(k -> match(k, {expression}), {keys})"
    order = f"(v, k) -> (toUInt32OrZero(extract(k, {expression})), k)"
    return not_empty(f"arraySort({order}, {found_values}, {found_keys})")


def events(name: str, key: str, condition: str) -> str:
    """The texts of one attribute over all events of a name."""
    value = f"if(n = {text(name)}, a[{text(key)}], '')"
    names = given(condition, "`Events.Name`", "[]")
    attributes = given(condition, "`Events.Attributes`", "[]")
    return not_empty(f"arrayMap((n, a) -> {value}, {names}, {attributes})")


def event_delays(names: Sequence[str]) -> str:
    """Nanoseconds from the start of the span to each event of these names."""
    start = "toUnixTimestamp64Nano(Timestamp)"
    delays = (
        f"arrayMap((n, t) -> if({one_of('n', names)}, toUnixTimestamp64Nano(t) - {start}, -1), "
        "`Events.Name`, `Events.Timestamp`)"
    )
    return f"arrayFilter(x -> x >= 0, {delays})"


def spelled(vocabulary: str, expression: str) -> str:
    """A text in the spelling of a vocabulary; ``expression`` should be a plain name."""
    table = VOCABULARIES[vocabulary]
    lowered = f"lower({expression})"
    if table.strip_prefix:
        lowered = f"replaceRegexpOne({lowered}, {text(f'^{table.strip_prefix}')}, '')"
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
    fits = f"^[0-9]{{1,{whole}}}([.][0-9]{{1,18}})?$"
    head = f"toUInt64OrZero(extract({expression}, '^[0-9]+'))"
    tail = f"substring(extract({expression}, '[.]([0-9]+)$'), 1, {digits})"
    fraction = f"toUInt64OrZero(rightPad({tail}, {digits}, '0'))"
    value = f"{head} * {10**digits} + {fraction}"
    return f"if(match({expression}, {text(fits)}), {value}, NULL)"


def transformed(expression: str, transform: str) -> str:
    """A text after a transform of the registry."""
    match transform:
        case "json_scalar":
            is_string = f"startsWith({expression}, '\"') AND JSONType({expression}) = 'String'"
            decoded = f"JSONExtractString({expression})"
            return f"multiIf({expression} = 'null', '', {is_string}, {decoded}, {expression})"
        case "before_dot":
            return f"splitByChar('.', {expression})[1]"
        case "first_word":
            return f"splitByChar(' ', {expression})[1]"
        case "before_slash":
            return f"extract({expression}, '^([^/]*)/')"
        case "after_slash":
            return f"replaceRegexpOne({expression}, '^[^/]*/', '')"
        case _:
            return expression
