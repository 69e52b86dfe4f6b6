"""One expression that applies the rules of the registry to a span.

The rules are data to it: arrays of numbers from :mod:`.layout`. It works in stages.

1. From the columns, without a lambda that would copy them: the dialect, the numbers of the keys
   that are there, and the *items*, pairs of a slot and a text. A span without dialect ends here.
2. The facts that are true, and from them ``a``, the conditions that hold.
3. More items from the JSON texts that sources with such conditions ask for.
4. ``q``: pairs of a code (source, position) and a text, of the sources whose conditions hold; texts
   transformed and spelled; sorted, so that the first of each concept is the one that counts.

Each stage is the argument of the next one's lambda: the engine resolves the body of a lambda again
for each lambda around it. What a lambda mentions beside its arguments is copied for each element
it goes through, so texts are arguments wherever they can be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from spanbridge_semconv import collected
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.detect import dialect
from spanbridge_semconv.compile.items import (
    attributes,
    document_items,
    events,
    fixed_items,
    indexed,
    key_numbers,
    times,
)
from spanbridge_semconv.compile.layout import ALWAYS, UNKNOWN, Condition, Layout, used_groups
from spanbridge_semconv.compile.texts import per_source, transformed
from spanbridge_semconv.patterns import escaped, is_key

_POSITION_BITS: Final = 16
_LAST_POSITION: Final = (1 << _POSITION_BITS) - 1


def interpretation(plan: Layout, body: str) -> str:
    """All stages; ``body`` is the last.

    Known to it are ``d``, the dialect; ``q``, the codes and texts, best first; ``t`` and ``r``, the
    text and the code that count for each concept.
    """
    numbers = key_numbers(plan)
    present = f"arrayFilter((x, v) -> x < {UNKNOWN} AND v != '', {numbers}, {sql.VALUES})"
    items = [attributes(plan, numbers), *indexed(plan, numbers), *events(plan), *times(plan)]
    status = sql.looked_up("StatusCode", _table(plan, "status"))
    known = f"arrayConcat({present}, [{_scope_fact(plan)}, {status}])"
    parts = [dialect(plan, numbers), known, sql.concat_arrays(items), _written_facts(plan)]
    first = f"tuple({', '.join(parts)})"
    first = f"arrayFilter(z -> z.1 != '', [{first}])"
    holding = sql.let({"f": _facts(plan)}, _holding(plan))
    chosen = sql.let({"a": holding, "i": "z.3", "c": "z.4"}, _chosen(plan))
    second = f"arrayMap(z -> (z.1, {chosen}), {first})"
    best_of = {"t": f"{_firsts(plan, 'w.2.2')}", "r": f"{_firsts(plan, 'w.2.1')}"}
    last = sql.let({"d": "w.1", "q": "w.2"} | best_of, body)
    return f"arrayMap(w -> {last}, {second})[1]"


def best(plan: Layout, concept: str, bests: str = "t") -> str:
    """In the body: the text of a concept that counts, ``''`` if there is none.

    Or what has been made of it in an array parallel to ``t``.
    """
    return f"{bests}[{plan.read_concepts().index(concept) + 1}]"


def source_of_best(plan: Layout, concept: str) -> str:
    """In the body: the number of the source that counts for a concept."""
    return _source_of(f"r[{plan.read_concepts().index(concept) + 1}]")


def all_of_best(plan: Layout, concept: str) -> str:
    """In the body: all texts of the source that counts for a concept."""
    source = source_of_best(plan, concept)
    fits = f"{_source_of('x')} = {source} AND y != ''"
    return f"arrayFilter((y, x) -> {fits}, q.2, q.1)"


def _source_of(code: str) -> str:
    return f"bitShiftRight({code}, {_POSITION_BITS})"


def _firsts(plan: Layout, array: str) -> str:
    """The elements of codes or texts that come first for their concept."""
    this = per_source(plan.source_concepts, _source_of("x"))
    before = per_source(plan.source_concepts, _source_of("y"))
    shifted = "arrayPushFront(arrayPopBack(w.2.1), 0)"
    return f"arrayFilter((e, x, y) -> {this} != {before}, {array}, w.2.1, {shifted})"


def _facts(plan: Layout) -> str:
    """The facts that are true.

    Keys, scope and status (``z.2``), texts of attributes, the dialect, and what a Collector wrote
    (``z.4``).
    """
    others = {
        plan.keys[fact.name]: number for fact, number in plan.facts.items() if fact.kind == "other"
    }
    # Longer than the longest text asked for is enough to differ from it.
    longest = max(len(f.value.encode()) for f in plan.facts if f.kind == "equal") + 1
    of_texts = [_text_facts(plan, "equal", f"left(y.2, {longest})", f"{_dense(others)}[y.1]")]
    if ends := _longest_first(f.value for f in plan.facts if f.kind == "end"):
        longest = max(len(end.encode()) for end in ends)
        fits = sql.text(f"(?:{'|'.join(map(escaped, ends))})$")
        of_texts.append(_text_facts(plan, "end", f"extract(right(y.2, {longest}), {fits})", "0"))
    of_dialect = f"[{ALWAYS}, {sql.looked_up('z.1', _table(plan, 'dialect'))}]"
    return f"arrayConcat(z.2, {', '.join(of_texts)}, {of_dialect}, z.4)"


def _text_facts(plan: Layout, kind: str, text: str, other: str) -> str:
    table = {
        f"{plan.keys[fact.name]}|{fact.value}": number
        for fact, number in plan.facts.items()
        if fact.kind == kind
    }
    found = sql.looked_up(f"concat(toString(y.1), '|', {text})", table, other)
    return f"arrayMap(y -> {found}, z.3)"


def _table(plan: Layout, kind: str) -> dict[str, int]:
    return {fact.name: number for fact, number in plan.facts.items() if fact.kind == kind}


def _written_facts(plan: Layout) -> str:
    """The facts about concepts that a Collector's processor has written; none on other spans."""
    facts = _table(plan, "written")
    marks = sql.texts(collected.marks()[name] for name in facts)
    is_collected = sql.one_of(sql.COLLECTED, [dialect.name for dialect in DIALECTS])
    places = f"if({is_collected}, multiSearchAllPositions({sql.UNTRANSLATED}, {marks}), [])"
    numbers = f"if({is_collected}, {sql.numbers(facts.values())}, [])"
    return f"arrayFilter((x, p) -> p = 0, {numbers}, {places})"


def _scope_fact(plan: Layout) -> str:
    scopes = _table(plan, "scope")
    exact = {name: number for name, number in scopes.items() if is_key(name)}
    # The longest first: conditions list it with the shorter ones that it implies.
    patterns = sorted((name for name in scopes if not is_key(name)), key=len, reverse=True)
    numbers = {name: str(scopes[name]) for name in patterns}
    found = sql.looked_up("ScopeName", exact, sql.by_prefix("ScopeName", numbers, "0"))
    return sql.looked_up(sql.TRANSLATED, dict.fromkeys((d.name for d in DIALECTS), 0), found)


def _dense(table: dict[int, int]) -> str:
    return sql.numbers(table.get(number, 0) for number in range(1, max(table, default=1) + 1))


def _holding(plan: Layout) -> str:
    """The conditions that hold, ``ALWAYS`` among them.

    Only conditions that a fact speaks for by their first group, or that have none, are looked at.
    """
    spoken_for: dict[int, list[int]] = {}
    free: list[int] = []
    for number, condition in enumerate(plan.conditions, 1):
        for fact in condition.groups[0] if condition.groups else ():
            spoken_for.setdefault(fact, []).append(number)
        if not condition.groups:
            free.append(number)
    table = sql.lists(spoken_for.get(fact, []) for fact in range(1, max(spoken_for) + 1))
    candidates = f"arrayFlatten(arrayMap(x -> {table}[x], f))"
    tests = [f"NOT hasAny(f, {sql.lists(c.none for c in plan.conditions)}[j])"]
    for row in range(1, max((len(c.groups) for c in plan.conditions), default=0)):
        groups = sql.lists(_group(condition, row) for condition in plan.conditions)
        tests.append(f"hasAny(f, {groups}[j])")
    holds = f"j -> {' AND '.join(tests)}"
    found = f"arrayFilter({holds}, arrayConcat({sql.numbers(free)}, {candidates}))"
    return f"arrayPushFront({found}, {ALWAYS})"


def _group(condition: Condition, row: int) -> tuple[int, ...]:
    """A group of facts; one that is not there holds."""
    return condition.groups[row] if row < len(condition.groups) else (ALWAYS,)


def _chosen(plan: Layout) -> str:
    """Codes and texts, spelled, sorted by code; last of each concept comes an empty text."""
    pairs = ["i", fixed_items(plan), *(document_items(plan, g) for g in used_groups(plan))]
    sources = f"{sql.lists(plan.sources_by_slot())}[x.1]"
    void = f"has(c, {per_source(plan.source_ends, 's')})"
    active = f"has(a, {per_source(plan.source_conditions, 's')}) AND NOT {void}"
    chosen = f"arrayMap(s -> (s, x.2), arrayFilter(s -> {active}, {sources}))"
    texts = f"arrayFilter(x -> x.2 != '' AND x.2 != '[]', {sql.concat_arrays(pairs)})"
    expanded = f"arrayFlatten(arrayMap(x -> {chosen}, {texts}))"
    found = f"arrayFilter(x -> x.2 != '', {transformed(plan, expanded)})"
    code = f"toUInt32(bitShiftLeft(toUInt32(x.1), {_POSITION_BITS}) + i)"
    coded = f"arrayMap((x, i) -> ({code}, x.2), z, arrayEnumerate(z))"
    lasts = {number: source for source, number in enumerate(plan.source_concepts, 1)}
    ends = [f"({(source << _POSITION_BITS) + _LAST_POSITION}, '')" for source in lasts.values()]
    ended = f"arrayConcat({sql.let({'z': found}, coded)}, [{', '.join(ends)}])"
    return f"arraySort(x -> x.1, {ended})"


def _longest_first(texts: Iterable[str]) -> list[str]:
    """Different texts, each before those it ends with; always in the same order."""
    return sorted(set(texts), key=lambda text: (-len(text), text))
