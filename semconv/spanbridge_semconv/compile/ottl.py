"""The rules of the registry as OTTL, for the Collector's ``transform`` processor.

Groups of statements, each with a cache of its own:

1. every span: those that may be GenAI spans get a scratch attribute;
2. their dialect is found;
3. their JSON is parsed (this may fail, and must not stop anything);
4. their events are read, in the context of events;
5. the concepts that every GenAI span may have are read, in the order of the registry;
6. lists, and then details, are read where one of their sources is there;
7. what was found is written.

What is written stands in the convention's own attributes; what the emitter wrote elsewhere stays. A
concept about which something has a say that OTTL cannot read is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import groupby, pairwise, takewhile
from typing import Final

from spanbridge_semconv.collected import written_as
from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_concept import asked, found, there, unread
from spanbridge_semconv.compile.ottl_plan import Limit, Plan
from spanbridge_semconv.compile.ottl_text import KEPT, OUT, OttlError, Tables
from spanbridge_semconv.compile.ottl_usage import usage
from spanbridge_semconv.compile.ottl_when import candidates, detection
from spanbridge_semconv.model import COLLECTED, UNTRANSLATED, Concept, Source

_WRITTEN: Final = 'span.cache["out"]'
_UNTOUCHED: Final = 'span.cache["kept"]'
_MARKED: Final = f"{ottl.SCRATCH} != nil"

_PARTS: Final = frozenset(
    (
        *("dialect", "origin", "name", "path", "names"),
        *("transform", "member", "map", "when"),
    )
)
"""The parts of a source that are translated: a new one must not be passed over."""

_HEADER: Final = """\
# Generated from semconv/spanbridge_semconv/registry by `python semconv/generate.py`; do not edit.
#
# Every GenAI dialect spanbridge knows becomes OpenTelemetry's own attributes: put transform/genai
# into a traces pipeline. README.md in this folder says what is written, and
# docs/reference/ottl-limits.md what this cannot do.
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
    if new := set(Source.__slots__) - _PARTS:
        raise OttlError(f"no translation for {', '.join(sorted(new))} of a source")
    plan = Plan(tables)
    reading = list(_reading(plan))
    named = [f"spanevent.name == {ottl.text(name)}" for name in plan.event_names]
    in_events = f"{_MARKED} and {ottl.any_of(named)}" if named else ""
    groups = [
        _group(candidates(tables)),
        _group(detection(tables), _MARKED),
        _group(plan.parsing(), _MARKED, error_mode="silent"),
        _group(plan.events, in_events),
        _group(plan.event_documents, in_events, error_mode="silent"),
        *reading,
        _group(_writing(tables), _MARKED),
    ]
    return _HEADER + "".join(groups), plan.limits


def _reading(plan: Plan) -> Iterator[str]:
    """The groups that read concepts: one for each dialect's sources, then what follows."""
    concepts = [concept for concept in plan.tables.concepts if not _is_unread(plan, concept)]
    named = {concept.name: concept for concept in concepts}
    first = {name: list(takewhile(_is_first, plan.tables.sources[name])) for name in named}
    cached = ottl.assign("span.cache", ottl.VALUES, f"{ottl.VALUES} != nil")
    for dialect in _precedence(first.values()):
        own = {name: [s for s in some if s.dialect == dialect] for name, some in first.items()}
        statements = [s for name, some in own.items() for s in asked(plan, named[name], some)]
        if statements:
            hints = there([source for some in own.values() for source in some])
            kept = ottl.assign(ottl.VALUES, "span.cache")
            yield _group([cached, *statements, kept], f"{_MARKED} and {ottl.any_of(hints)}")
    details = [concept for concept in concepts if concept.kind == "detail"]
    always = [concept for concept in concepts if concept not in details]
    for some, last in ((always, usage(plan.tables)), (details, [])):
        statements = [
            statement
            for concept in some
            for statement in found(
                plan, concept, plan.tables.sources[concept.name][len(first[concept.name]) :]
            )
        ]
        if some is details and details:
            known = (f"{ottl.VALUES}[{ottl.text(concept.name)}] != nil" for concept in details)
            yield _group([cached, *statements], f"{_MARKED} and {ottl.any_of(known)}")
        elif statements:
            yield _group([cached, *statements, *last], _MARKED)


def _is_unread(plan: Plan, concept: Concept) -> bool:
    if reason := unread(concept):
        plan.limits.append(Limit(concept.name, "", reason))
    return reason != "" or concept.name == "total_tokens"


def _is_first(source: Source) -> bool:
    return source.origin != "concept"


def _precedence(concepts: Iterable[Sequence[Source]]) -> list[str]:
    """The dialects in the order in which all concepts ask them.

    Raises:
        OttlError: there is none.
    """
    order = TopologicalSorter[str]()
    for sources in concepts:
        dialects = [dialect for dialect, _ in groupby(source.dialect for source in sources)]
        for before, dialect in pairwise(dialects):
            order.add(dialect, before)
        for dialect in dialects:
            order.add(dialect)
    try:
        return list(order.static_order())
    except CycleError as error:
        raise OttlError(f"concepts ask dialects in different orders: {error.args[1]}") from error


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


def _writing(tables: Tables) -> list[str]:
    """Statements that write what was noted, and remove what the canonical model does not have."""
    stale: list[str] = []
    for concept in tables.concepts:
        written = written_as(concept)
        if unread(concept) or not written.startswith(("gen_ai.", "spanbridge.")):
            continue
        name = ottl.text(written)
        given = [f"span.attributes[{name}] != nil", f"{_WRITTEN}[{name}] == nil"]
        given.append(f"{_UNTOUCHED}[{name}] == nil")
        stale.append(ottl.where(f"delete_key(span.attributes, {name})", *given))
    return [
        ottl.assign(_WRITTEN, OUT, f"{OUT} != nil"),
        ottl.assign(_UNTOUCHED, KEPT, f"{KEPT} != nil"),
        ottl.assign(ottl.attribute(COLLECTED), ottl.DIALECT),
        ottl.no_scratch(),
        *stale,
        ottl.where(f'merge_maps(span.attributes, {_WRITTEN}, "upsert")', f"{_WRITTEN} != nil"),
        ottl.assign(ottl.attribute(UNTRANSLATED), f"Keys({_UNTOUCHED})", f"{_UNTOUCHED} != nil"),
    ]
