"""The rules of the registry as OTTL, for the Collector's ``transform`` processor.

Five groups of statements, each with its own cache:

1. every span: those that may be GenAI spans get a scratch attribute;
2. their dialect is found;
3. their JSON is parsed (this may fail, and must not stop anything);
4. their events are read, in the context of events;
5. their concepts are read, in the order of the registry, and written.

What is written stands in the convention's own attributes. The span keeps what its emitter wrote
elsewhere. A concept about which something OTTL cannot read has a say is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_list import listed
from spanbridge_semconv.compile.ottl_plan import Limit, Plan, written_as
from spanbridge_semconv.compile.ottl_scalar import scalar
from spanbridge_semconv.compile.ottl_text import KEPT, OUT, VALUE, OttlError, Tables
from spanbridge_semconv.compile.ottl_usage import REPORTED, UNSURE, usage
from spanbridge_semconv.compile.ottl_when import TRANSLATED, candidates, detection
from spanbridge_semconv.model import Concept
from spanbridge_semconv.usage import Usage

UNTRANSLATED: Final = "spanbridge.untranslated"
"""The attribute that lists the attributes whose concepts were left as they are."""
_NUMBER: Final = "^[+-]?[0-9]{1,18}(?:[.][0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?$"
_WHOLE: Final = "^[+-]?[0-9]+$"
_THERE: Final = f'{VALUE} != ""'
_READABLE: Final = f"{VALUE} != {ottl.text(ottl.LEFT_OUT)}"

_HEADER: Final = """\
# Generated from semconv/spanbridge_semconv/registry by `python semconv/generate.py`; do not edit.
#
# Every GenAI dialect spanbridge knows becomes OpenTelemetry's own attributes: put transform/genai
# into a traces pipeline. See README.md in this folder, and docs/reference/ottl-limits.md for what
# this cannot do.
processors:
  transform/genai:
    error_mode: ignore
    trace_statements:
"""


def compile_ottl(tables: Tables) -> tuple[str, list[Limit]]:
    """The configuration of the processor, and what it does not do.

    Raises:
        OttlError: the registry has something that is neither translated nor listed.
    """
    plan = Plan(tables)
    concepts = [c for concept in tables.concepts for c in _concept(plan, concept)]
    marked = f"{ottl.SCRATCH} != nil"
    named = [f"spanevent.name == {ottl.text(name)}" for name in plan.event_names]
    groups = [
        _group(candidates(tables)),
        _group(detection(tables), marked),
        _group(plan.parsing(), marked, error_mode="silent"),
        _group(plan.events, f"{marked} and {ottl.any_of(named)}" if named else ""),
        _group([_fresh(), *concepts, *usage(tables), *_finish(tables)], marked),
    ]
    return _HEADER + "".join(groups), plan.limits


def _group(statements: Sequence[str], condition: str = "", error_mode: str = "") -> str:
    if not statements:
        return ""
    lines = [f"error_mode: {error_mode}"] if error_mode else []
    lines += ["conditions:", f"  - {_scalar(condition)}"] if condition else []
    lines += ["statements:", *(f"  - {_scalar(statement)}" for statement in statements)]
    first, *rest = lines
    return "".join([f"      - {first}\n", *(f"        {line}\n" for line in rest)])


def _scalar(statement: str) -> str:
    """A YAML scalar; the Collector takes two dollar signs for one."""
    if not statement.isprintable():
        raise OttlError(f"a control character in {statement!r}")
    doubled = statement.replace("'", "''").replace("$", "$$")
    return f"'{doubled}'"


def _fresh() -> str:
    start = {
        "v": '""',
        "t": '""',
        "cached": "0",
        "reasoning": "0",
    }
    members = ", ".join(f"{ottl.text(name)}: {value}" for name, value in start.items())
    return ottl.assign("span.cache", f"{{{members}}}")


def _concept(plan: Plan, concept: Concept) -> list[str]:
    """Statements that read a concept and note what is to be written."""
    if reason := _unread(concept):
        plan.limits.append(Limit(concept.name, "", reason))
        return []
    if concept.name == "total_tokens":
        return []
    found = listed(plan, concept) if concept.type == "list" else scalar(plan, concept)
    if concept.name in REPORTED:
        is_count = f"IsMatch({VALUE}, {ottl.text(ottl.COUNT)})"
        path = f"span.cache[{ottl.text(concept.name)}]"
        found.append(ottl.assign(path, f"Int({VALUE})", _THERE, is_count))
        found.append(ottl.assign(UNSURE, "true", f"{VALUE} == {ottl.text(ottl.LEFT_OUT)}"))
        return found
    if concept.name == "span_type" or _is_asked(plan.tables, concept):
        found.append(ottl.assign(f"span.cache[{ottl.text(concept.name)}]", VALUE))
    name = ottl.text(written_as(concept))
    found += _noted(concept, f"{OUT}[{name}]")
    left_out = f"{VALUE} == {ottl.text(ottl.LEFT_OUT)}"
    return [*found, ottl.assign(f"{KEPT}[{name}]", "true", left_out)]


def _unread(concept: Concept) -> str:
    """Why a concept is not written; ``""`` if it is."""
    if concept.kind == "alias":
        return (
            "the messages of another dialect have to be built anew, one by one, and OTTL has no "
            "loop; the attributes that carry them stay as they are"
        )
    if concept.kind == "detail":
        if concept.type in ("list", "map"):
            return f"a {concept.type} gathered from several attributes, and OTTL has no loop"
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
    match concept.type:
        case "text":
            return [ottl.assign(target, VALUE, _THERE, _READABLE)]
        case "list":
            some = f'{VALUE} != "[]"'
            return [ottl.assign(target, f"ParseJSON({VALUE})", _THERE, _READABLE, some)]
        case "count":
            return [ottl.assign(target, f"Int({VALUE})", _THERE, count)]
        case "duration":
            seconds = f"Double({VALUE}) / 1000000000.0"
            return [ottl.assign(target, seconds, _THERE, count)]
        case "number":
            whole = f"IsMatch({VALUE}, {ottl.text(_WHOLE)})"
            number = f"IsMatch({VALUE}, {ottl.text(_NUMBER)})"
            return [
                ottl.assign(target, f"Int({VALUE})", _THERE, number, whole),
                ottl.assign(target, f"Double({VALUE})", _THERE, number, f"not {whole}"),
            ]
        case "flag":
            return [
                ottl.assign(target, word, _THERE, f'ToLowerCase({VALUE}) == "{word}"')
                for word in ("true", "false")
            ]
        case _:
            raise OttlError(f"{concept.name}: the type {concept.type!r} has no translation")


def _finish(tables: Tables) -> list[str]:
    """Statements that write what was noted, and remove what the canonical model does not have."""
    found: list[str] = []
    for concept in tables.concepts:
        written = written_as(concept)
        if _unread(concept) or not written.startswith("gen_ai."):
            continue
        name = ottl.text(written)
        stale = [f"span.attributes[{name}] != nil", f"{OUT}[{name}] == nil"]
        stale.append(f"{KEPT}[{name}] == nil")
        found.append(ottl.where(f"delete_key(span.attributes, {name})", *stale))
    kept = ottl.attribute(UNTRANSLATED)
    return [
        *found,
        ottl.where(f'merge_maps(span.attributes, {OUT}, "upsert")', f"{OUT} != nil"),
        ottl.assign(kept, f"Keys({KEPT})", f"{KEPT} != nil"),
        ottl.assign(ottl.attribute(TRANSLATED), ottl.DIALECT),
        ottl.no_scratch(),
    ]


WRITTEN_USAGE: Final = tuple(Usage.__dataclass_fields__)
