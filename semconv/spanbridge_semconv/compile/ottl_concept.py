"""Statements that read a concept and note what is to be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_list import listed
from spanbridge_semconv.compile.ottl_plan import Limit, Plan, written_as
from spanbridge_semconv.compile.ottl_scalar import scalar
from spanbridge_semconv.compile.ottl_text import KEPT, OUT, VALUE, OttlError, Tables
from spanbridge_semconv.compile.ottl_usage import REPORTED, UNSURE
from spanbridge_semconv.compile.ottl_when import conditions
from spanbridge_semconv.model import Concept, Source

_NUMBER: Final = "^[+-]?[0-9]{1,18}(?:[.][0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?$"
_WHOLE: Final = "^[+-]?[0-9]{1,15}$"
_LONG: Final = "^[+-]?[0-9]{16,}$|[eE][+-]?[0-9]{3}"
_THERE: Final = f'{VALUE} != ""'
_LEFT_OUT: Final = ottl.text(ottl.LEFT_OUT)


def read(plan: Plan, concept: Concept) -> list[str]:
    """Statements that read a concept; none if it is listed as a limit."""
    if reason := unread(concept):
        plan.limits.append(Limit(concept.name, "", reason))
        return []
    if concept.name == "total_tokens":
        return []
    found = listed(plan, concept) if concept.type == "list" else scalar(plan, concept)
    left_out = f"{VALUE} == {_LEFT_OUT}"
    cached = f"span.cache[{ottl.text(concept.name)}]"
    if concept.name in REPORTED:
        is_count = f"IsMatch({VALUE}, {ottl.text(ottl.COUNT)})"
        found.append(ottl.assign(cached, f"Int({VALUE})", _THERE, is_count))
        return [*found, ottl.assign(UNSURE, "true", left_out)]
    if concept.name == "span_type" or _is_asked(plan.tables, concept):
        found.append(ottl.assign(cached, VALUE))
    name = ottl.text(written_as(concept))
    found += _noted(concept, f"{OUT}[{name}]")
    return [*found, ottl.assign(f"{KEPT}[{name}]", "true", left_out)]


def unread(concept: Concept) -> str:
    """Why a concept is not written; ``""`` if it is."""
    if concept.kind == "alias":
        return (
            "messages of another dialect have to be built anew, one by one, and OTTL has no loop; "
            "the attributes that carry them stay as they are"
        )
    if concept.kind == "detail":
        if concept.type in ("list", "map"):
            return f"a {concept.type} gathered from many values, and OTTL has no loop"
        if not concept.gen_ai.startswith("gen_ai."):
            return "no attribute of the GenAI conventions; its sources stay as they are"
    elif concept.name not in REPORTED and not written_as(concept):
        raise OttlError(f"{concept.name} is written to no attribute and is no count")
    return ""


def _is_asked(tables: Tables, concept: Concept) -> bool:
    everything = (source for sources in tables.sources.values() for source in sources)
    return any(s.origin == "concept" and s.name == concept.name for s in everything)


def _noted(concept: Concept, target: str) -> list[str]:
    count = f"IsMatch({VALUE}, {ottl.text(ottl.COUNT)})"
    readable = f"{VALUE} != {_LEFT_OUT}"
    match concept.type:
        case "text":
            return [ottl.assign(target, VALUE, _THERE, readable)]
        case "list":
            some = f'{VALUE} != "[]"'
            return [ottl.assign(target, f"ParseJSON({VALUE})", _THERE, readable, some)]
        case "count":
            return [ottl.assign(target, f"Int({VALUE})", _THERE, count)]
        case "duration":
            seconds = f"Double({VALUE}) / 1000000000.0"
            return [ottl.assign(target, seconds, _THERE, count)]
        case "number":
            return _number(target)
        case "flag":
            return [
                ottl.assign(target, word, _THERE, f'ToLowerCase({VALUE}) == "{word}"')
                for word in ("true", "false")
            ]
        case _:
            raise OttlError(f"{concept.name}: the type {concept.type!r} has no translation")


def _number(target: str) -> list[str]:
    whole = f"IsMatch({VALUE}, {ottl.text(_WHOLE)})"
    number = f"IsMatch({VALUE}, {ottl.text(_NUMBER)})"
    return [
        # Python reads it by way of a double.
        ottl.assign(VALUE, _LEFT_OUT, _THERE, f"IsMatch({VALUE}, {ottl.text(_LONG)})"),
        ottl.assign(target, f"Int({VALUE})", _THERE, whole),
        ottl.assign(target, f"Double({VALUE})", _THERE, number, f"not {whole}"),
    ]


def there(plan: Plan, concepts: Sequence[Concept]) -> list[str]:
    """Conditions of which one holds if a source of the concepts may have a text."""
    sources = [source for concept in concepts for source in plan.tables.sources[concept.name]]
    keys = dict.fromkeys(source.name for source in sources if source.origin == "key")
    found: list[str] = []
    if keys:
        expression = f',"(?:{"|".join(map(ottl.escaped, keys))})"'
        found.append(f"IsMatch({ottl.KEYS}, {ottl.text(expression)})")
    for source in sources:
        if source.origin != "key" and (condition := _there(source)) not in found:
            found.append(condition)
    return found


def _there(source: Source) -> str:
    match source.origin:
        case "path":
            return f"{ottl.DOCUMENTS}[{ottl.text(source.name)}] != nil"
        case "indexed":
            return ottl.key_fits(source.name, ottl.KEYS)
        case "event" | "event_path" | "event_time":
            return f"{ottl.EVENTS} != nil"
        case "resource":
            return f"resource.attributes[{ottl.text(source.name)}] != nil"
        case _:
            return " and ".join(conditions(source.when)) or "true"
