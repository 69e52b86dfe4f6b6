"""Texts of slots as expressions, and what becomes of a text on its way to a concept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.layout import Layout, spelling_table
from spanbridge_semconv.patterns import (
    ERROR_NAME,
    MODEL_PREFIX,
    TIMESTAMP,
    member_pattern,
)

_DECIMAL: Final = "^[0-9]{1,12}([.][0-9]{1,18})?$"


def per_source(values: Sequence[int], source: str) -> str:
    """The value of a source, from a list of one for each."""
    return f"{sql.numbers(values)}[{source}]"


def transformed(plan: Layout, pairs: str) -> str:
    """Pairs of source and text, with the texts transformed and spelled.

    Most texts stay as they are, and what is done to the others is dear: they are taken apart.
    """
    kinds = [(s.transform, s.member) for s in plan.sources]
    patterns = {kind: _pattern(*kind) for kind in dict.fromkeys(kinds)}
    tags = {kind: tag for tag, kind in enumerate((k for k, p in patterns.items() if p), _TAGS)}
    tags[_JSON, ""] = _JSON_TAG
    prefixes, table = spelling_table(plan)
    changes = [tags.get(kind, 0) for kind in kinds]
    marks = [int(bool(change or prefix)) for change, prefix in zip(changes, prefixes, strict=True)]
    mark = per_source(marks, "x.1")
    kind = per_source(changes, "x.1")
    expression = "|".join(f"{tag}[|]{patterns[kind]}" for kind, tag in tags.items() if tag >= _TAGS)
    groups = f"extractGroups(concat(toString({kind}), '|', x.2), {sql.text(f'^(?s:{expression})')})"
    json = f"if({kind} = {_JSON_TAG}, x.2, '')"
    changed = (
        f"multiIf({kind} = 0, x.2, {kind} > {_JSON_TAG}, arrayStringConcat({groups}), "
        f"x.2 = 'null', '', startsWith({json}, '\"') AND JSONType({json}) = 'String', "
        f"JSONExtractString({json}), x.2)"
    )
    changed = f"arrayMap(x -> (x.1, {changed}), arrayFilter(x -> {mark} = 1, z))"
    spelled = f"arrayMap(x -> (x.1, {_spelled(prefixes, table)}), {changed})"
    return sql.let({"z": pairs}, f"arrayConcat(arrayFilter(x -> {mark} = 0, z), {spelled})")


_JSON: Final = "json_scalar"
_JSON_TAG: Final = 1
_TAGS: Final = 2
TIMESTAMP_UNIT: Final = 99


def _pattern(transform: str, looked_for: str) -> str:
    """What a transform takes from a text that stands behind a tag and a bar; ``''``: not so.

    The group that fits is the result; without one it is empty. Each pattern begins where the text
    does, as the bar must not be found in the text.
    """
    match transform:
        case "member":
            # The bar in front of the text also is what must stand before a name.
            return f"(?:.*?[^A-Za-z0-9_])??{member_pattern(looked_for).partition(')')[2]}"
        case "error_name":
            return f"(?:.*?[^A-Za-z])??{ERROR_NAME.partition(')')[2]}"
        case "model_prefix":
            return MODEL_PREFIX.removeprefix("^")
        case "before_dot":
            return "([^.]*)"
        case "before_slash":
            return "([^/]*)/"
        case "after_slash":
            return "(?:[^/]*/)?(.*)$"
        case "first_word":
            return "([^ ]*)"
        case "after_space":
            return "[^ ]* (.*)$"
        case _:
            return ""


def _spelled(prefixes: Sequence[str], table: Mapping[str, str]) -> str:
    """What the table says of a text ``x.2`` of source ``x.1``.

    What an open vocabulary does not list stays, in lower case; a closed one drops it.
    """
    ways: list[int] = []
    for prefix in prefixes:
        vocabulary = VOCABULARIES.get(prefix[:-1])
        folding = 3 if vocabulary and vocabulary.keep else 2
        ways.append(folding if vocabulary else int(bool(prefix)))
    way = per_source(ways, "x.1")
    key = f"concat({sql.texts(prefixes)}[x.1], if({way} > 1, lower(x.2), x.2))"
    other = f"multiIf({way} = 0, x.2, {way} = 3, lower(x.2), '')"
    # A text that is not to be spelled must not be taken for an entry.
    key = f"if({way} = 0, '', {key})"
    return sql.replaced(key, table, other)


def spelled_list(vocabulary: str, texts: str) -> str:
    """A list of texts in the spelling of a vocabulary, without those that are no values there."""
    known = VOCABULARIES[vocabulary]
    text = "lower(x)"
    if known.strip_prefix:
        cut = f"substring({text}, {len(known.strip_prefix) + 1})"
        text = f"if(startsWith({text}, {sql.text(known.strip_prefix)}), {cut}, {text})"
    other = text if known.keep else "''"
    found = f"arrayMap(x -> {sql.replaced(text, known.aliases, other)}, {texts})"
    return f"arrayFilter(x -> x != '', {found})"


def listed(texts: str, is_json: str) -> str:
    """Texts, where a text may be the JSON of an array of them; only its scalars count."""
    elements = "JSONExtract(if(j, x, ''), 'Array(String)')"
    scalars = f"arrayFilter(y -> NOT startsWith(y, '[') AND NOT startsWith(y, '{{'), {elements})"
    split = f"arrayMap((x, j) -> if(j, {scalars}, [x]), {texts}, {is_json})"
    return f"arrayFlatten({split})"


def nanoseconds(text: str, digits: str) -> str:
    """A plain decimal number of 10**digits nanoseconds; whole nanoseconds if digits is 0.

    With ``TIMESTAMP_UNIT`` for digits: nanoseconds from the start of the span to a time.
    """
    whole = f"extract({text}, '^[0-9]+')"
    fraction = f"substring(extract({text}, '[.]([0-9]+)$'), 1, {digits})"
    number = f"concat({whole}, rightPad({fraction}, {digits}, '0'))"
    fits = f"match({text}, '{_DECIMAL}') OR ({digits} = 0 AND match({text}, '^[0-9]+$'))"
    time = f"extract(if({digits} = {TIMESTAMP_UNIT}, {text}, ''), {sql.text(TIMESTAMP)})"
    moment = f"toUnixTimestamp64Nano(parseDateTime64BestEffortOrNull({time}, 9, 'UTC'))"
    delay = f"{moment} - toUnixTimestamp64Nano(Timestamp)"
    later = sql.let({"y": delay}, "if(ifNull(y >= 0, 0), toString(assumeNotNull(y)), '')")
    return f"multiIf({digits} = {TIMESTAMP_UNIT}, {later}, {fits}, {number}, '')"
