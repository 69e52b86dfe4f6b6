"""Statements for concepts that are lists of texts.

The list is kept as the JSON text of an array, so that one replacement spells all of its elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_plan import INEXACT, SCALAR, UNROLLED, Plan, into, left_out
from spanbridge_semconv.compile.ottl_scalar import beyond, other_words, part, table_of
from spanbridge_semconv.compile.ottl_text import FOUND, NO_PART, OPEN, PART, VALUE, OttlError
from spanbridge_semconv.compile.ottl_when import conditions
from spanbridge_semconv.model import EVERY, Concept, Source, Vocabulary

_LIST: Final = 'span.cache["l"]'
_INEXACT: Final = ottl.text(INEXACT)
_SPACE: Final = "[ \\t\\r\\n]*"
_ELEMENT: Final = '"[^"\\\\[{\\x00-\\x1f][^"\\\\\\x00-\\x1f]*"'
_PLAIN: Final = f"^\\[{_SPACE}{_ELEMENT}(?:{_SPACE},{_SPACE}{_ELEMENT})*{_SPACE}\\]$"
"""An array of strings without escapes, all of which are texts."""


def listed(plan: Plan, concept: Concept, sources: Sequence[Source]) -> list[str]:
    """Statements that ask some of a concept's sources for its list, as JSON."""
    return [statement for source in sources for statement in _source(plan, concept, source)]


def finished(plan: Plan, concept: Concept) -> list[str]:
    """Statements that spell the list."""
    vocabulary = plan.tables.vocabularies.get(concept.vocabulary)
    return _spell(vocabulary) if vocabulary else []


def _source(plan: Plan, concept: Concept, source: Source) -> list[str]:
    wanted = conditions(source.when)
    match source.origin:
        case "key":
            return _key(source, wanted)
        case "path":
            return _path(plan, concept, source, wanted)
        case "indexed":
            return _indexed(plan, concept, source, wanted)
        case "event":
            return _event(plan, concept, source)
        case "event_path":
            return _event_path(plan, concept, source)
        case "value":
            return [*_append(ottl.text(source.name), wanted), *_taken()]
        case _:
            raise OttlError(f"{concept.name}: the origin {source.origin!r} has no translation")


def _append(text: str, given: Sequence[str]) -> list[str]:
    return [ottl.where(f"append({_LIST}, {text})", *ottl.still_open(given))]


def _mapped(source: Source, path: str, given: Sequence[str]) -> list[str]:
    if source.map is None:
        return _append(f"String({path})", given)
    return [
        statement
        for word, value in table_of(source).items()
        for statement in _append(ottl.text(value), [*given, ottl.equals_one(path, [word])])
    ]


def _taken() -> list[str]:
    """The list becomes the value, if it has elements."""
    return [
        ottl.assign(VALUE, f"String({_LIST})", OPEN, f"{_LIST} != nil"),
        ottl.where('delete_key(span.cache, "l")', f"{_LIST} != nil"),
    ]


def _key(source: Source, wanted: Sequence[str]) -> list[str]:
    path = ottl.attribute(source.name)
    given = [f"{path} != nil", *wanted]
    if source.transform == "text":
        return _one_or_many(source, path, given)
    parts = part(source, path, ottl.still_open(given))
    return [*parts, *_one_or_many(source, PART, [f"{PART} != nil"]), NO_PART]


def _one_or_many(source: Source, path: str, given: Sequence[str]) -> list[str]:
    given = [*given, f'{path} != ""']
    if source.map is not None:
        return [*_mapped(source, path, given), *_taken()]
    text = f"String({path})"
    is_array = f'HasPrefix({text}, "[")'
    plain = f"IsMatch({path}, {ottl.text(_PLAIN)})"
    return [
        *_append(text, [*given, f"not {is_array}"]),
        *_taken(),
        ottl.assign(VALUE, f"String(ParseJSON({text}))", *ottl.still_open(given), is_array, plain),
        left_out(*given, is_array, f'{text} != "[]"'),
    ]


def _path(plan: Plan, concept: Concept, source: Source, wanted: Sequence[str]) -> list[str]:
    if source.transform != "text" or source.path.count(EVERY) > 1:
        return plan.limit(concept, source, "elements of elements, or elements to be changed")
    document = plan.document(source)
    longer, places = _reach(document, source)
    found = [left_out(f"{document} != nil", *longer, *wanted)] if longer else []
    inexact = ottl.any_of(
        f"({' and '.join([*guards, f'IsDouble({path})', f'IsMatch({path}, {_INEXACT})'])})"
        for path, guards in places
    )
    found.append(left_out(f"{document} != nil", *wanted, inexact))
    for path, guards in places:
        seen = [f"{document} != nil", *guards, *wanted, f"IsMatch({path}, {SCALAR})"]
        found += _mapped(source, path, seen)
    return [*found, *_taken()]


def _reach(document: str, source: Source) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The conditions that an array goes on where it is not read, and all places that are read."""
    if EVERY not in source.path:
        return [], [into(document, source.path)]
    at = source.path.index(EVERY)
    array, before = into(document, source.path[:at])
    longer = [*before, f"IsList({array})", f"Len({array}) > {UNROLLED}"]
    rest = source.path[at + 1 :]
    return longer, [into(document, (*source.path[:at], i, *rest)) for i in range(UNROLLED)]


def _indexed(plan: Plan, concept: Concept, source: Source, wanted: Sequence[str]) -> list[str]:
    if source.transform != "text":
        return plan.limit(concept, source, "elements to be changed")
    found = [left_out(beyond(source.name), *wanted)]
    for index in range(UNROLLED):
        path = ottl.attribute(source.name.replace("{i}", str(index)))
        is_text = [f"{path} != nil", f'{path} != ""', f'String({path}) != "[]"']
        found += _mapped(source, path, [*is_text, *wanted])
    return [*found, *_taken()]


def _event(plan: Plan, concept: Concept, source: Source) -> list[str]:
    if source.transform != "text":
        raise OttlError(f"{concept.name}: a transformed text of an event has no translation")
    slot = plan.event_slot([source.name])
    path = f"spanevent.attributes[{ottl.text(str(source.path[0]))}]"
    given = [f"spanevent.name == {ottl.text(source.name)}", f"{path} != nil", f'{path} != ""']
    given.append(f'String({path}) != "[]"')
    plan.events += _kept(_mapped(source, path, given), slot)
    wanted = conditions(source.when)
    return [ottl.assign(VALUE, f"String({slot})", OPEN, f"{slot} != nil", *wanted)]


def _kept(statements: Sequence[str], slot: str) -> list[str]:
    """The statements as they are in the group of events: all elements go to the slot."""
    moved = (statement.replace(f"append({_LIST},", f"append({slot},") for statement in statements)
    return [statement.replace(f"{OPEN} and ", "") for statement in moved]


def _event_path(plan: Plan, concept: Concept, source: Source) -> list[str]:
    if source.transform != "text":
        raise OttlError(f"{concept.name}: a transformed text of an event has no translation")
    slot, odd = plan.event_slot([source.name]), plan.event_slot([source.name])
    start = ottl.text("{" if isinstance(source.path[0], str) else "[")
    path = f"spanevent.attributes[{ottl.text(source.names[0])}]"
    document = 'spanevent.cache["j"]'
    given = [f"spanevent.name == {ottl.text(source.name)}", f"{path} != nil"]
    given.append(f"HasPrefix(String({path}), {start})")
    longer, places = _reach(document, source)
    plan.event_documents += [
        ottl.assign(document, '""'),
        ottl.assign(document, f"ParseJSON(String({path}))", *given),
        *([ottl.assign(odd, "true", *longer)] if longer else []),
    ]
    for place, guards in places:
        inexact = [*guards, f"IsDouble({place})", f"IsMatch({place}, {_INEXACT})"]
        elements = _mapped(source, place, [*guards, f"IsMatch({place}, {SCALAR})"])
        plan.event_documents += [ottl.assign(odd, "true", *inexact), *_kept(elements, slot)]
    wanted = conditions(source.when)
    return [
        left_out(f"{odd} != nil", *wanted),
        ottl.assign(VALUE, f"String({slot})", OPEN, f"{slot} != nil", *wanted),
    ]


def _spell(vocabulary: Vocabulary) -> list[str]:
    if not vocabulary.keep:
        raise OttlError(f"{vocabulary.name}: a list of a closed vocabulary has no translation")
    there = FOUND
    odd = ottl.text("[^\\x00-\\x7f]|\\\\")
    found = [
        ottl.assign(VALUE, ottl.text(ottl.LEFT_OUT), there, f"IsMatch({VALUE}, {odd})"),
        ottl.assign(VALUE, f"ToLowerCase({VALUE})", there),
    ]
    if vocabulary.strip_prefix:
        found.append(_replaced([vocabulary.strip_prefix], '"', '"', there))
    words: dict[str, list[str]] = {}
    for word, value in other_words(vocabulary).items():
        words.setdefault(value, []).append(word)
    found += [_replaced(some, f'"{value}"', '"', there, '"') for value, some in words.items()]
    if none := [word for word, value in vocabulary.aliases.items() if not value]:
        found.append(_replaced([*none, ""], "", '"', there, '",?'))
        found.append(ottl.where(f'replace_pattern({VALUE}, ",]$", "]")', there))
    return found


def _replaced(
    words: Sequence[str], value: str, before: str, condition: str, after: str = ""
) -> str:
    pattern = f"{before}(?:{'|'.join(map(ottl.escaped, words))}){after}"
    return ottl.where(
        f"replace_pattern({VALUE}, {ottl.text(pattern)}, {ottl.text(value)})", condition
    )
