"""What the transform processor made of spans, beside what Python reads from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanbridge_semconv import SpanView, attribute_text, translate
from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.collected import written_as
from spanbridge_semconv.compile.ottl import Limit, compile_ottl
from spanbridge_semconv.compile.ottl_text import Tables
from spanbridge_semconv.details import details
from spanbridge_semconv.model import COLLECTED, UNTRANSLATED, Concept
from tests.semconv.corpus import value

TABLES = Tables(CONCEPTS, DIALECTS, SOURCES, VOCABULARIES)


@dataclass
class Tally:
    """What was compared: concepts that are equal, those left out, and everything that is wrong."""

    spans: int = 0
    genai_spans: int = 0
    equal: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@cache
def limits() -> tuple[Limit, ...]:
    """What the processor is known not to do."""
    return tuple(compile_ottl(TABLES)[1])


def configuration() -> str:
    """The configuration these comparisons hold for."""
    return compile_ottl(TABLES)[0]


@cache
def written_concepts() -> tuple[tuple[Concept, str], ...]:
    """The concepts the processor writes, and the attributes it writes them to."""
    unread = {limit.concept for limit in limits() if not limit.source}
    return tuple(
        (concept, written_as(concept))
        for concept in CONCEPTS
        if concept.name not in unread and written_as(concept)
    )


def spans_of(request: ExportTraceServiceRequest) -> Iterator[tuple[Span, str, Mapping[str, str]]]:
    """The spans of a request, each with its scope's name and its resource."""
    for resource_spans in request.resource_spans:
        resource = {
            pair.key: attribute_text(value(pair.value))
            for pair in reversed(resource_spans.resource.attributes)
        }
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield span, scope_spans.scope.name, resource


def typed(span: Span) -> dict[str, Any]:
    """The attributes of a span with their types, the first of equal keys."""
    found: dict[str, Any] = {}
    for pair in span.attributes:
        found.setdefault(pair.key, value(pair.value))
    return found


def compare(view: SpanView, before: Mapping[str, Any], after: Mapping[str, Any]) -> Tally:
    """Hold a span that came out of the Collector to what Python reads from the one that went in."""
    tally = Tally(spans=1)
    canonical = translate(view)
    if not canonical.dialect:
        if dict(before) != dict(after):
            tally.wrong.append(f"{view.span_name}: no GenAI span, and changed")
        return tally
    tally.genai_spans = 1
    if after.get(COLLECTED) != canonical.dialect:
        tally.wrong.append(f"dialect is {after.get(COLLECTED)!r}, not {canonical.dialect!r}")
    expected = processed(view, before)
    left_out = after.get(UNTRANSLATED, [])
    known = {COLLECTED, UNTRANSLATED}
    for _, name in written_concepts():
        known.add(name)
        if name in left_out:
            tally.left_out[name] = tally.left_out.get(name, 0) + 1
        wanted = (before if name in left_out else expected).get(name)
        if same(after.get(name), wanted):
            tally.equal += name not in left_out
        else:
            tally.wrong.append(
                f"{canonical.dialect} {view.span_name!r}: {name} is {after.get(name)!r}, "
                f"not {wanted!r}"
            )
    for name in (before.keys() | after.keys()) - known:
        if not same(before.get(name), after.get(name)):
            tally.wrong.append(f"{view.span_name}: {name!r} changed")
    return tally


def processed(view: SpanView, before: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a GenAI span as the processor has to leave them, but for its limits.

    ``before`` are those of ``view``, with their types.
    """
    canonical, out = translate(view), dict(before)
    found = vars_of(canonical) | details(view, before)
    for concept, name in written_concepts():
        wanted = _wanted(concept, found.get(concept.name))
        if wanted is not None:
            out[name] = wanted
        elif name.startswith(("gen_ai.", "spanbridge.")):
            out.pop(name, None)
    return out | {COLLECTED: canonical.dialect}


def seen(view: SpanView, own: Mapping[str, Any]) -> SpanView:
    """The span with other attributes."""
    return replace(view, attributes={key: attribute_text(value) for key, value in own.items()})


def reread(
    view: SpanView, before: Mapping[str, Any], out: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """What a span that came out of the Collector is read as otherwise than the one that went in.

    ``before`` and ``out`` are its attributes with their types, then and now. What no
    attribute can carry is left out: numbers with more digits than a count may have, times in
    seconds that a double would round or write with an exponent, and texts that look like JSON.
    """
    was, now = (
        vars_of(translate(span)) | details(span, own)
        for span, own in ((view, before), (seen(view, out), out))
    )
    return {
        name: (was.get(name), now.get(name))
        for name in was.keys() | now.keys()
        if was.get(name) != now.get(name) and not _is_unwritable(name, was.get(name))
    }


def _is_unwritable(name: str, value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_is_unwritable(name, item) for item in value)
    if isinstance(value, str):
        return value.startswith(("[", "{"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        if name == "time_to_first_token_ns":
            return not 10**5 <= value < 10**15
        return abs(value) >= 10**18
    return False


def vars_of(canonical: Any) -> dict[str, Any]:
    return {name: getattr(canonical, name) for name in canonical.__slots__}


def _wanted(concept: Concept, found: Any) -> Any:
    """The value of the attribute that says what Python found."""
    if found in (None, "", (), []):
        return None
    if concept.type == "duration":
        return found / 1e9
    return list(found) if concept.type == "list" else found


def same(one: Any, other: Any) -> bool:
    """Equal in value and type; NaN equals itself."""
    return repr(one) == repr(other)


def add(tallies: Iterator[Tally]) -> Tally:
    """All of them together."""
    total = Tally()
    for tally in tallies:
        total.spans += tally.spans
        total.genai_spans += tally.genai_spans
        total.equal += tally.equal
        total.wrong += tally.wrong
        for name, count in tally.left_out.items():
            total.left_out[name] = total.left_out.get(name, 0) + count
    return total
