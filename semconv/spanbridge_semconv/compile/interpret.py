"""One expression that applies the rules of the registry to a span.

The rules are data to it: arrays of numbers from :mod:`.layout`. It works in stages, each a lambda
whose arguments are what the stage before found. Inside, ``d`` is the dialect and ``n`` the numbers
of the attributes' keys.

1. ``a``: the conditions that hold. Each fact is a bit; a condition is a few masks.
2. Pairs of a slot and a text, from attributes, JSON, events and all.
3. ``q``: pairs of a source and a text, of the sources whose conditions hold; texts transformed and
   spelled; sorted, so that the first of each concept is the one that counts.

The engine resolves the body of a lambda again for each lambda around it, so what is large stands
among the arguments, and bodies are small.
"""

from __future__ import annotations

from typing import Final

from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.layout import (
    ALWAYS,
    UNKNOWN,
    Condition,
    Fact,
    Layout,
    key_facts,
)
from spanbridge_semconv.compile.texts import (
    document_type,
    member,
    per_source,
    slot_texts,
    transformed,
)
from spanbridge_semconv.patterns import is_key, literal_prefix, regex

_POSITION_BITS: Final = 16


def key_numbers(plan: Layout) -> str:
    """The number of each attribute's key, parallel to the attributes."""
    two_segments = {p: n for p, n in plan.prefixes.items() if p.count(".") == 2 and p[-1] == "."}
    others = {p: n for p, n in plan.prefixes.items() if p not in two_segments}
    branches = "".join(f"startsWith(k, {sql.text(p)}), {n}, " for p, n in others.items())
    other = f"multiIf({branches}{UNKNOWN})" if branches else str(UNKNOWN)
    if two_segments:
        names = sql.texts(prefix[:-1] for prefix in two_segments)
        segments = "substringIndex(k, '.', 2)"
        other = f"transform({segments}, {names}, {list(two_segments.values())}, {other})"
    known = f"range(1, {len(plan.keys) + 1})"
    number = f"transform(k, {sql.texts(plan.keys)}, {known}, {other})"
    return f"arrayMap((k, v) -> if(empty(v), {UNKNOWN}, {number}), {sql.KEYS}, {sql.VALUES})"


def interpretation(plan: Layout, body: str) -> str:
    """All stages; ``body`` is the last, over ``c``, ``t`` and ``r``.

    ``c``, ``t`` and ``r`` are parallel: the number of the concept, the text, and its source and
    position, best first. Also known to it: ``a``, the conditions that hold, and ``d``.
    """
    concepts = f"arrayMap(x -> {per_source(plan.source_concepts, _source_of('x.1'))}, q)"
    last = sql.let({"a": "a", "c": concepts, "t": "q.2", "r": "q.1"}, body)
    return sql.let({"n": "n", "a": _holding(plan)}, sql.let({"a": "a", "q": _chosen(plan)}, last))


def best(plan: Layout, concept: str) -> str:
    """In the body: the text of a concept that counts, ``''`` if there is none."""
    return f"t[indexOf(c, {plan.concept_number(concept)})]"


def source_of_best(plan: Layout, concept: str) -> str:
    """In the body: the number of the source that counts for a concept, 0 if there is none."""
    return _source_of(f"r[indexOf(c, {plan.concept_number(concept)})]")


def all_of_best(plan: Layout, concept: str) -> str:
    """In the body: all texts of the source that counts for a concept."""
    source = source_of_best(plan, concept)
    return f"arrayFilter((x, y) -> {_source_of('y')} = {source}, t, r)"


def _source_of(code: str) -> str:
    return f"bitShiftRight({code}, {_POSITION_BITS})"


def _attribute(plan: Layout, key: str) -> str:
    return f"{sql.VALUES}[indexOf(n, {plan.keys[key]})]"


def _wanted(plan: Layout, key: str) -> str:
    """The JSON text of an attribute, if it is one and a source that reads it is asked."""
    document = _attribute(plan, key)
    conditions = {plan.source_conditions[number - 1] for number in plan.documents()[key]}
    brace = "[" if document_type(key).startswith("Array") else "{"
    wanted = f"startsWith({document}, '{brace}')"
    if 0 not in conditions:
        wanted += f" AND hasAny(a, {sorted(conditions)})"
    return f"if({wanted}, {document}, '')"


def _holding(plan: Layout) -> str:
    """The numbers of the conditions that hold, 0 (no condition) among them."""
    words = range(plan.words())
    groups_max = max((len(condition.groups) for condition in plan.conditions), default=0)
    conditions = [Condition((), ()), *plan.conditions]
    names = ["j"]
    arrays = [f"range(0, {len(conditions)})"]
    tests: list[str] = []
    for row in range(-1, groups_max):
        parts: list[str] = []
        for word in words:
            name = f"{'e' if row < 0 else f'g{row}_'}{word}"
            names.append(name)
            masks = [plan.mask(_row(condition, row), word) for condition in conditions]
            arrays.append(sql.numbers(masks))
            parts.append(f"bitAnd(w{word}, {name})")
        joined = parts[0]
        for part in parts[1:]:
            joined = f"bitOr({joined}, {part})"
        tests.append(f"{joined} {'=' if row < 0 else '!='} 0")
    found = f"arrayFilter(({', '.join(names)}) -> {' AND '.join(tests)}, {', '.join(arrays)})"
    return sql.let({f"w{word}": _word(plan, word) for word in words}, found)


def _row(condition: Condition, row: int) -> tuple[Fact, ...]:
    """The facts of a group (those that must not hold: -1); a group that is not there holds."""
    if row < 0:
        return condition.none
    return condition.groups[row] if row < len(condition.groups) else (ALWAYS,)


def _word(plan: Layout, word: int) -> str:
    """The facts that are true, as bits of one word."""
    by_key = dict(key_facts(plan))
    masks = [plan.mask(by_key.get(number, []), word) for number in range(1, max(by_key) + 1)]
    parts = [f"arrayReduce('groupBitOr', arrayMap(x -> {sql.numbers(masks)}[x], n))"]
    base = plan.mask([ALWAYS], word)
    for kind, column in (("dialect", "d"), ("status", "StatusCode")):
        table = _table(plan, kind, word)
        if table:
            parts.append(sql.weighed(column, table))
    scopes = _table(plan, "scope", word)
    if exact := {name: mask for name, mask in scopes.items() if is_key(name)}:
        parts.append(sql.weighed(sql.SCOPE, exact))
    for name, mask in scopes.items():
        if not is_key(name):
            fits = f"startsWith({sql.SCOPE}, {sql.text(literal_prefix(name))})"
            parts.append(f"if({fits}, toUInt64({mask}), 0)")
    parts += _value_masks(plan, word) + _end_masks(plan, word) + _pattern_masks(plan, word)
    joined = f"toUInt64({base})"
    for part in parts:
        joined = f"bitOr({joined}, {part})"
    return joined


def _table(plan: Layout, kind: str, word: int) -> dict[str, int]:
    table = {f.name: plan.mask([f], word) for f in plan.facts if f.kind == kind}
    return {name: mask for name, mask in table.items() if mask}


def _value_masks(plan: Layout, word: int) -> list[str]:
    found: list[str] = []
    for key in dict.fromkeys(fact.name for fact in plan.facts if fact.kind in ("equal", "other")):
        equal = {
            fact.value: plan.mask([fact], word)
            for fact in plan.facts
            if fact.kind == "equal" and fact.name == key
        }
        other = Fact("other", key)
        rest = plan.mask([other], word) if other in plan.facts else 0
        if rest or any(equal.values()):
            found.append(sql.weighed(_attribute(plan, key), {"": 0} | equal, rest))
    return found


def _end_masks(plan: Layout, word: int) -> list[str]:
    """Facts about how the texts of attributes end."""
    return [
        f"if(endsWith({_attribute(plan, fact.name)}, {sql.text(fact.value)}), toUInt64({mask}), 0)"
        for fact in plan.facts
        if fact.kind == "end" and (mask := plan.mask([fact], word))
    ]


def _pattern_masks(plan: Layout, word: int) -> list[str]:
    """Facts about keys with an index: the few keys that start like it are matched."""
    found: list[str] = []
    for fact in plan.facts:
        if fact.kind != "key" or is_key(fact.name) or fact.name == f"{literal_prefix(fact.name)}*":
            continue
        if mask := plan.mask([fact], word):
            fits = f"k -> match(k, {sql.text(regex(fact.name))})"
            candidates = _filtered(plan, fact.name, sql.KEYS)
            found.append(f"if(arrayExists({fits}, {candidates}), toUInt64({mask}), 0)")
    return found


def _filtered(plan: Layout, pattern: str, array: str) -> str:
    """Keys or values of the attributes whose keys start as the pattern does."""
    prefix = literal_prefix(pattern)
    known = [*plan.keys.items(), *plan.prefixes.items()]
    numbers = [number for name, number in known if name.startswith(prefix)]
    wanted = f"x = {numbers[0]}" if len(numbers) == 1 else f"x IN {tuple(numbers)}"
    return f"arrayFilter((k, x) -> {wanted}, {array}, n)"


def _pairs(plan: Layout) -> str:
    """Slots and their texts, in no particular order, those without text left out."""
    slots = [f"arrayFilter(x -> x <= {plan.last_read_key}, n)"]
    texts = [f"arrayFilter((v, x) -> x <= {plan.last_read_key}, {sql.VALUES}, n)"]
    single: dict[int, str] = {}
    for number, source in enumerate(plan.sources, 1):
        slot = plan.slot(number)
        if source.origin in ("key", "path") or slot in single:
            continue
        if source.origin == "indexed":
            found, is_list = _indexed(plan, source.name), True
        else:
            found, is_list = slot_texts(source)
        if is_list:
            pairs = sql.let({"t": found}, f"arrayMap(x -> (toUInt16({slot}), x), t)")
            slots.append(f"{pairs}.1")
            texts.append(f"{pairs}.2")
            single.setdefault(slot, "")
        else:
            single[slot] = found
    fixed = {slot: text for slot, text in single.items() if text}
    slots.append(sql.numbers(fixed))
    texts.append(f"[{', '.join(fixed.values())}]")
    plain = f"arrayZip({sql.concat_arrays(slots)}, {sql.concat_arrays(texts)})"
    pairs = sql.concat_arrays([plain, *(_from_json(plan, key) for key in plan.documents())])
    return f"arrayFilter(x -> x.2 != '' AND x.2 != '[]', {pairs})"


def _from_json(plan: Layout, key: str) -> str:
    """Pairs of slot and text from the JSON of an attribute."""
    scalars: dict[int, str] = {}
    lists: dict[int, str] = {}
    for number in plan.documents()[key]:
        found, is_list = member("y", plan.sources[number - 1])
        (lists if is_list else scalars)[plan.slot(number)] = found
    parts: list[str] = []
    if scalars:
        texts = f"[{', '.join(scalars.values())}]"
        parts.append(f"arrayZip({sql.numbers(scalars)}, {texts})")
    parts += [f"arrayMap(x -> (toUInt16({slot}), x), {found})" for slot, found in lists.items()]
    document = f"JSONExtract({_wanted(plan, key)}, {sql.text(document_type(key))})"
    return sql.let({"y": document}, sql.concat_arrays(parts))


def _indexed(plan: Layout, pattern: str) -> str:
    """The texts of the attributes whose keys fit, in the order of their index."""
    expression = sql.text(regex(pattern))
    keys = _filtered(plan, pattern, sql.KEYS)
    values = _filtered(plan, pattern, sql.VALUES)
    fits = f"arrayFilter(p -> match(p.1, {expression}), arrayZip({keys}, {values}))"
    return f"arraySort(p -> (toUInt32OrZero(extract(p.1, {expression})), p.1), {fits}).2"


def _chosen(plan: Layout) -> str:
    """Codes (source, position) and texts, spelled, sorted by code."""
    by_slot: dict[int, list[int]] = {}
    for number in range(1, len(plan.sources) + 1):
        by_slot.setdefault(plan.slot(number), []).append(number)
    lists = [str(by_slot.get(slot, [])) for slot in range(1, max(by_slot) + 1)]
    sources = f"[{','.join(lists)}][x.1]"
    active = f"has(a, {per_source(plan.source_conditions, 's')})"
    chosen = f"arrayFilter(s -> {active}, {sources})"
    expanded = f"arrayMap(x -> arrayMap(s -> (s, x.2), {chosen}), {_pairs(plan)})"
    found = f"arrayFilter(x -> x.2 != '', {transformed(plan, f'arrayFlatten({expanded})')})"
    code = f"bitShiftLeft(toUInt32(x.1), {_POSITION_BITS}) + i"
    coded = f"arrayMap((x, i) -> (toUInt32({code}), x.2), z, arrayEnumerate(z))"
    return f"arraySort(x -> x.1, {sql.let({'z': found}, coded)})"
