"""Statements that read a concept and note what is to be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_semconv.collected import is_read, written_as
from spanbridge_semconv.compile import ottl_list, ottl_scalar
from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_list import listed
from spanbridge_semconv.compile.ottl_plan import Plan
from spanbridge_semconv.compile.ottl_scalar import scalar
from spanbridge_semconv.compile.ottl_text import FOUND, KEPT, OUT, VALUE, OttlError
from spanbridge_semconv.compile.ottl_usage import REPORTED, UNSURE
from spanbridge_semconv.compile.ottl_when import conditions
from spanbridge_semconv.model import Concept, Source, When

_NUMBER: Final = "^[+-]?[0-9]{1,18}(?:[.][0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?$"
_WHOLE: Final = "^[+-]?[0-9]{1,15}$"
_LONG: Final = "^[+-]?[0-9]{16,}$|[eE][+-]?[0-9]{3}"
_FEW: Final = 4
"""So many keys are asked for one by one, more by what they start with."""
_LEFT_OUT: Final = ottl.text(ottl.LEFT_OUT)


def asked(plan: Plan, concept: Concept, sources: Sequence[Source]) -> list[str]:
    """Statements that ask some of a concept's sources."""
    ask = listed if concept.type == "list" else scalar
    return [_named(statement, concept) for statement in ask(plan, concept, sources)]


def found(plan: Plan, concept: Concept, last: Sequence[Source]) -> list[str]:
    """Statements that finish a concept, by its last sources, and note what is to be written."""
    if concept.type == "list":
        statements = ottl_list.finished(plan, concept)
    else:
        statements = ottl_scalar.finished(plan, concept, last)
    name = ottl.text(written_as(concept))
    left_out = f"{VALUE} == {_LEFT_OUT}"
    if concept.name in REPORTED:
        is_count = f"IsMatch({VALUE}, {ottl.text(ottl.COUNT)})"
        statements.append(ottl.assign(UNSURE, "true", left_out))
        drop = f"delete_key(span.cache, {ottl.text(concept.name)})"
        statements.append(ottl.where(drop, FOUND, f"not {is_count}"))
        statements.append(ottl.assign(VALUE, f"Int({VALUE})", FOUND))
    else:
        statements += _noted(concept, f"{OUT}[{name}]")
        statements.append(ottl.assign(f"{KEPT}[{name}]", "true", left_out))
    return [_named(statement, concept) for statement in statements]


def _named(statement: str, concept: Concept) -> str:
    """The statement with the concept's own place in the cache."""
    return statement.replace(VALUE, f"span.cache[{ottl.text(concept.name)}]")


def unread(concept: Concept) -> str:
    """Why a concept is not written; ``""`` if it is."""
    if is_read(concept):
        if concept.name not in REPORTED and not written_as(concept):
            raise OttlError(f"{concept.name} is written to no attribute and is no count")
        return ""
    if concept.kind == "alias":
        return (
            "messages of another dialect have to be built anew, one by one, and OTTL has no loop; "
            "the attributes that carry them stay as they are"
        )
    if concept.type in ("list", "map"):
        return (
            f"a {concept.type} of any length, gathered without repetition from several "
            "attributes, and OTTL has no loop"
        )
    return "no attribute of the GenAI conventions; its sources stay as they are"


def _noted(concept: Concept, target: str) -> list[str]:
    count = f"IsMatch({VALUE}, {ottl.text(ottl.COUNT)})"
    readable = f"{VALUE} != {_LEFT_OUT}"
    match concept.type:
        case "text":
            return [ottl.assign(target, VALUE, FOUND, readable)]
        case "list":
            some = f'{VALUE} != "[]"'
            return [ottl.assign(target, f"ParseJSON({VALUE})", FOUND, readable, some)]
        case "count":
            return [ottl.assign(target, f"Int({VALUE})", FOUND, count)]
        case "duration":
            seconds = f"Double({VALUE}) / 1000000000.0"
            return [ottl.assign(target, seconds, FOUND, count)]
        case "number":
            return _number(target)
        case "flag":
            return [
                ottl.assign(target, word, FOUND, f'ToLowerCase({VALUE}) == "{word}"')
                for word in ("true", "false")
            ]
        case _:
            raise OttlError(f"{concept.name}: the type {concept.type!r} has no translation")


def _number(target: str) -> list[str]:
    whole = f"IsMatch({VALUE}, {ottl.text(_WHOLE)})"
    number = f"IsMatch({VALUE}, {ottl.text(_NUMBER)})"
    return [
        # Python reads it by way of a double.
        ottl.assign(VALUE, _LEFT_OUT, FOUND, f"IsMatch({VALUE}, {ottl.text(_LONG)})"),
        ottl.assign(target, f"Int({VALUE})", FOUND, whole),
        ottl.assign(target, f"Double({VALUE})", FOUND, number, f"not {whole}"),
    ]


def there(sources: Sequence[Source]) -> list[str]:
    """Conditions of which one holds if one of the sources may have a text."""
    keys: dict[str, dict[str, None]] = {}
    found: dict[str, None] = {}
    for source in sources:
        if source.when is not None and (source.when.dialects or source.when.scopes):
            only = When(dialects=source.when.dialects, scopes=source.when.scopes)
            found[" and ".join(conditions(only))] = None
        elif source.origin in ("key", "path", "indexed"):
            keys.setdefault(source.name.partition(".")[0], {})[source.name] = None
        else:
            found[_there(source)] = None
    for segment, names in keys.items():
        alike = len(names) > _FEW and all("." in name for name in names)
        wanted = [f"{segment}.*"] if alike else list(names)
        found |= dict.fromkeys(ottl.key_fits(name, ottl.KEYS) for name in wanted)
    return list(found)


def _there(source: Source) -> str:
    match source.origin:
        case "event" | "event_path" | "event_time":
            return f"{ottl.EVENTS} != nil"
        case "resource":
            return f"resource.attributes[{ottl.text(source.name)}] != nil"
        case _:
            return " and ".join(conditions(source.when)) or "true"
