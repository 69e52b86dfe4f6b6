"""Texts of slots as expressions, and what becomes of a text on its way to a concept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.layout import Layout, spelling_table
from spanbridge_semconv.jsonshape import ELEMENT, Shape, own_shape, shapes
from spanbridge_semconv.model import EVERY, Source
from spanbridge_semconv.patterns import (
    ERROR_NAME,
    MODEL_PREFIX,
    TIMESTAMP,
    member_pattern,
)

_DECIMAL: Final = "^[0-9]{1,12}([.][0-9]{1,18})?$"


def document_type(key: str) -> str:
    """The ClickHouse type that holds all paths into an attribute's JSON."""
    return _type(shapes()[key])


def _type(shape: Shape) -> str:
    if not shape:
        return "String"
    if ELEMENT in shape:
        return f"Array({_type(shape[ELEMENT])})"
    return f"Tuple({', '.join(f'`{name}` {_type(inner)}' for name, inner in shape.items())})"


def member(document: str, source: Source) -> tuple[str, bool]:
    """What a path leads to in a document of that type, and whether it is an array of texts."""
    found = document
    for step in source.path:
        if isinstance(step, str):
            found = f"tupleElement({found}, {sql.text(step)})"
        elif step != EVERY:
            found = f"{found}[{step + 1}]"
    return found, EVERY in source.path


def slot_texts(source: Source) -> tuple[str, bool]:
    """The text of a slot that is neither attribute nor JSON, and whether it is an array."""
    match source.origin:
        case "event":
            key = sql.text(str(source.path[0]))
            named = f"arrayFilter((a, x) -> x = {sql.text(source.name)}, {_EVENTS})"
            return f"arrayMap(a -> a[{key}], {named})", True
        case "event_path":
            return _event_path(source), True
        case "event_time":
            start = "toUnixTimestamp64Nano(Timestamp)"
            delay = f"toUnixTimestamp64Nano(e) - {start}"
            named = f"if({sql.one_of('x', source.names)}, {delay}, -1)"
            delays = f"arrayMap((e, x) -> {named}, `Events.Timestamp`, `Events.Name`)"
            later = f"arraySort(arrayFilter(x -> x >= 0, {delays}))"
            return f"arrayMap(x -> toString(x), arraySlice({later}, 1, 1))", True
        case "resource":
            return f"ResourceAttributes[{sql.text(source.name)}]", False
        case "span_name":
            return "toString(SpanName)", False
        case _:
            return sql.text(source.name), False


def _event_path(source: Source) -> str:
    shape = own_shape(source)
    text = f"a[{sql.text(source.names[0])}]"
    brace = "[" if ELEMENT in shape else "{"
    wanted = f"if(x = {sql.text(source.name)} AND startsWith({text}, '{brace}'), {text}, '')"
    found, is_list = member("y", source)
    texts = found if is_list else f"[{found}]"
    documents = f"arrayMap((a, x) -> {wanted}, {_EVENTS})"
    parsed = f"arrayMap(y -> JSONExtract(y, {sql.text(_type(shape))}), {documents})"
    return f"arrayFlatten(arrayMap(y -> {texts}, {parsed}))"


_EVENTS: Final = "`Events.Attributes`, `Events.Name`"


def per_source(values: Sequence[int], source: str) -> str:
    """The value of a source, from a list of one for each."""
    return f"{sql.numbers(values)}[{source}]"


def transformed(plan: Layout, pairs: str) -> str:
    """Pairs of source and text, with the texts transformed and spelled.

    Most texts stay as they are, and what is done to the others is dear: they are taken apart.
    """
    prefixes, table = spelling_table(plan)
    kinds = [
        (
            "" if s.transform in _LATER else s.transform,
            s.member,
            s.origin in ("path", "event_path"),
        )
        for s in plan.sources
    ]
    changes = {kind: i for i, kind in enumerate(dict.fromkeys(kinds), 1) if kind != ("", "", False)}
    branches: list[str] = []
    for (name, looked_for, is_json), mark in changes.items():
        # A text from JSON counts only if it is a scalar.
        text = "if(startsWith(y, '[') OR startsWith(y, '{'), '', y)" if is_json else "y"
        changed = _transform(name, f"if(k = {mark}, {text}, '')", looked_for) if name else text
        branches += [f"k = {mark}", changed]
    change = f"multiIf({', '.join(branches)}, y)" if branches else "y"
    pairs = _where_marked(pairs, [changes.get(kind, 0) for kind in kinds], change)
    marks = [1 if prefix else 0 for prefix in prefixes]
    return _where_marked(pairs, marks, _spelled(prefixes, table))


_LATER: Final = ("text", "seconds", "milliseconds", "timestamp")
TIMESTAMP_UNIT: Final = 99


def _where_marked(pairs: str, marks: Sequence[int], change: str) -> str:
    """Change the texts of marked sources; ``y`` is the text, ``s`` the source, ``k`` the mark."""
    mark = per_source(marks, "x.1")
    changed = (
        f"arrayMap((s, y, k) -> (s, {change}), z.1, z.2, "
        f"arrayMap(x -> {per_source(marks, 'x')}, z.1))"
    )
    changed = sql.let({"z": f"arrayFilter(x -> {mark} > 0, z)"}, changed)
    return sql.let({"z": pairs}, f"arrayConcat(arrayFilter(x -> {mark} = 0, z), {changed})")


def _spelled(prefixes: Sequence[str], table: Mapping[str, str]) -> str:
    vocabularies = [VOCABULARIES.get(prefix[:-1]) for prefix in prefixes]
    folded = per_source([int(v is not None) for v in vocabularies], "s")
    kept = per_source([int(v is not None and v.keep) for v in vocabularies], "s")
    text = f"if({folded} = 1, lower(y), y)"
    key = f"concat({sql.texts(prefixes)}[s], {text})"
    # What an open vocabulary does not list stays, in lower case; a closed one drops it.
    other = f"if({kept} = 1, lower(y), '')"
    return f"transform({key}, {sql.texts(table)}, {sql.texts(table.values())}, {other})"


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


def _transform(name: str, text: str, looked_for: str) -> str:
    match name:
        case "member":
            return f"extract({text}, {sql.text(member_pattern(looked_for))})"
        case "error_name":
            return f"extract({text}, {sql.text(ERROR_NAME)})"
        case "model_prefix":
            return f"extract({text}, {sql.text(MODEL_PREFIX)})"
        case "json_scalar":
            is_string = f"startsWith({text}, '\"') AND JSONType({text}) = 'String'"
            decoded = f"JSONExtractString({text})"
            return f"multiIf({text} = 'null', '', {is_string}, {decoded}, {text})"
        case "before_dot":
            return f"splitByChar('.', {text})[1]"
        case "after_space":
            return (
                f"if(position({text}, ' ') > 0, substring({text}, position({text}, ' ') + 1), '')"
            )
        case "first_word":
            return f"splitByChar(' ', {text})[1]"
        case "before_slash":
            return f"substring({text}, 1, greatest(position({text}, '/'), 1) - 1)"
        case _:
            return f"substring({text}, position({text}, '/') + 1)"
