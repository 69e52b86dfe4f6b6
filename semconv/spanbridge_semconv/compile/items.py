"""Items, pairs of a slot and a text, as expressions: from columns, constants and JSON."""

from __future__ import annotations

from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.layout import UNKNOWN, Layout
from spanbridge_semconv.jsonshape import ELEMENT, ROOT, Group, Shape, steps
from spanbridge_semconv.model import EVERY
from spanbridge_semconv.patterns import INDEX, escaped, is_key, literal_prefix, regex

_ANY_REST = "(?s:.*)$"


def key_numbers(plan: Layout) -> str:
    """The number of each attribute's key, parallel to the attributes.

    A key that is no exact name gets that of the longest pattern it fits. One regular expression
    finds what the pattern says of the key; indices in it are evened out, so that a table can tell.
    """
    exact = {key: number for key, number in plan.keys.items() if is_key(key)}
    patterns = sorted((key for key in plan.keys if not is_key(key)), key=len, reverse=True)
    fits = "|".join(regex(pattern)[1:].removesuffix(_ANY_REST) for pattern in patterns)
    # Groups that capture would make the search ten times as dear.
    fits = fits.replace(INDEX, INDEX.replace("(", "(?:"))
    found = f"replaceRegexpAll(extract(k, {sql.text(f'^(?:{fits})')}), '[0-9]+', '#')"
    table = {p.replace("{i}", "#").removesuffix("*"): plan.keys[p] for p in patterns}
    other = sql.looked_up(found, table, str(UNKNOWN)) if patterns else str(UNKNOWN)
    return f"arrayMap(k -> {sql.looked_up('k', exact, other)}, {sql.KEYS})"


def attributes(plan: Layout, numbers: str) -> str:
    """The attributes whose texts are of interest, those without text left out."""
    valued = plan.valued_keys()
    flags = sql.numbers(int(number in valued) for number in range(1, max(valued) + 1))
    wanted = f"{flags}[x.1] = 1 AND x.2 != ''"
    return f"arrayFilter(x -> {wanted}, arrayZip({numbers}, {sql.VALUES}))"


def indexed(plan: Layout, numbers: str) -> list[str]:
    """Attributes with an index in their keys, in its order."""
    patterns = [s.name for s in plan.sources if s.origin == "indexed"]
    if not patterns:
        return []
    wanted = sorted({plan.keys[pattern] for pattern in patterns})
    prefixes = "|".join(sorted({escaped(literal_prefix(pattern)) for pattern in patterns}))
    index = f"toUInt32OrZero(extract(k, {sql.text(f'^(?:{prefixes})([0-9]+)')}))"
    pairs = f"arrayFilter(x -> has({sql.numbers(wanted)}, x.1), arrayZip({numbers}, {sql.VALUES}))"
    keys = f"arrayFilter((k, x) -> has({sql.numbers(wanted)}, x), {sql.KEYS}, {numbers})"
    return [f"arraySort((x, k) -> ({index}, k), {pairs}, {keys})"]


def events(plan: Layout) -> list[str]:
    """Attributes of events, in the order of the events."""
    slots = {
        f"{slot.name}|{slot.path[0]}": number
        for slot, number in plan.slots.items()
        if slot.origin == "event"
    }
    if not slots:
        return []
    slot = sql.looked_up("concat(e, '|', k)", slots)
    pairs = f"arrayMap((k, v) -> ({slot}, v), mapKeys(m), mapValues(m))"
    known = f"arrayFilter(x -> x.1 > 0, {pairs})"
    return [f"arrayFlatten(arrayMap((m, e) -> {known}, `Events.Attributes`, `Events.Name`))"]


def times(plan: Layout) -> list[str]:
    """Nanoseconds from the start of the span to events, the earliest first."""
    slots: dict[str, int] = {}
    for slot, number in plan.slots.items():
        for name in slot.names if slot.origin == "event_time" else ():
            if slots.setdefault(name, number) != number:
                raise ValueError(f"the time of event {name!r} is read by two rules: join them")
    if not slots:
        return []
    delay = "toUnixTimestamp64Nano(m) - toUnixTimestamp64Nano(Timestamp)"
    delays = f"arrayMap((m, e) -> ({sql.looked_up('e', slots)}, {delay}), {_TIMES})"
    later = f"arraySort(x -> x.2, arrayFilter(x -> x.1 > 0 AND x.2 >= 0, {delays}))"
    return [f"arrayMap(x -> (x.1, toString(x.2)), {later})"]


_TIMES = "`Events.Timestamp`, `Events.Name`"


def fixed_items(plan: Layout) -> str:
    """What every span has: its name, and what the registry itself says."""
    texts: dict[int, str] = {}
    for number, source in enumerate(plan.sources, 1):
        match source.origin:
            case "value":
                texts[plan.slot(number)] = sql.text(source.name)
            case "span_name":
                texts[plan.slot(number)] = "toString(SpanName)"
            case "resource":
                texts[plan.slot(number)] = f"ResourceAttributes[{sql.text(source.name)}]"
            case _:
                pass
    return f"arrayZip({sql.numbers(texts)}, [{', '.join(texts.values())}])"


def document_items(plan: Layout, group: Group) -> str:
    """The scalars at the paths of a group, from the JSON texts that are wanted."""
    documents = plan.documents(group)
    last = range(1, max(documents) + 1)
    conditions = {
        slot: sorted({plan.source_conditions[number - 1] for number in numbers})
        for slot, numbers in documents.items()
    }
    braces = [_braces(plan, documents.get(slot, [])) for slot in last]
    is_json = f"position({sql.texts(braces)}[x.1], left(x.2, 1)) > 0"
    asked = f"hasAny(a, {sql.lists(conditions.get(slot, []) for slot in last)}[x.1])"
    slots = sql.lists(_leaf_slots(plan, group, documents.get(slot, [])) for slot in last)
    text = "x.2"
    if ROOT in group.shape:
        text = f"if(startsWith(x.2, '['), concat('{{\"{ROOT}\":', x.2, '}}'), x.2)"
    parsed = f"JSONExtract({text}, {sql.text(_type(group.shape))})"
    found = f"arrayZip({slots}[x.1], tupleToNameValuePairs(flattenTuple({parsed})).2)"
    if group.indices:
        elements = _elements("y.2", group.indices)
        found = f"arrayFlatten(arrayMap(y -> arrayMap(v -> (y.1, v), {elements}), {found}))"
    scalar = "y.1 > 0 AND position('[{', left(y.2, 1)) = 0"
    items = f"arrayFilter(y -> {scalar}, {found})"
    return f"arrayFlatten(arrayMap(x -> {items}, arrayFilter(x -> {is_json} AND {asked}, i)))"


def _braces(plan: Layout, numbers: list[int]) -> str:
    """What the JSON texts that some sources read start with."""
    roots = [plan.sources[number - 1].path[0] for number in numbers]
    return "".join({"[" if isinstance(root, int) else "{": "" for root in roots})


def _leaf_slots(plan: Layout, group: Group, numbers: list[int]) -> list[int]:
    """The slot of each leaf of a group in one document, 0 where no source reads it."""
    slots = {steps(plan.sources[n - 1].path): plan.slot(n) for n in numbers}
    return [slots.get(leaf, 0) for leaf in group.leaves] if slots else []


def _elements(array: str, indices: tuple[int, ...]) -> str:
    """The texts that steps into nested arrays lead to, as one array."""
    first, *rest = indices
    if first == EVERY:
        if not rest:
            return array
        inner = _elements("u", tuple(rest))
        return f"arrayFlatten(arrayMap(u -> {inner}, {array}))"
    element = f"{array}[{first + 1}]"
    return _elements(element, tuple(rest)) if rest else f"[{element}]"


def _type(shape: Shape) -> str:
    """The ClickHouse type of a shape."""
    if not shape:
        return "String"
    if ELEMENT in shape:
        return f"Array({_type(shape[ELEMENT])})"
    return f"Tuple({', '.join(f'`{name}` {_type(inner)}' for name, inner in shape.items())})"
