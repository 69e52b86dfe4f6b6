"""Reading the recorded traces in tests/corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from spanbridge_semconv import (
    Canonical,
    SpanView,
    TotalsSpan,
    TraceTotals,
    Usage,
    attribute_text,
    trace_totals,
    translate,
)

FOLDER = Path(__file__).resolve().parents[1] / "corpus"


@dataclass(frozen=True)
class RecordedSpan:
    """A span of the corpus with its ids."""

    trace_id: str
    span_id: str
    parent_span_id: str
    view: SpanView
    end_ns: int = 0


@dataclass(frozen=True)
class Case:
    """A recorded run and what really happened in it."""

    dialect: str
    name: str
    index: Mapping[str, Any]

    @property
    def expected(self) -> Mapping[str, Any]:
        """What the server answered."""
        return self.index["expected"]

    def spans(self) -> list[RecordedSpan]:
        """The spans in the order they were sent."""
        return list(read_spans(FOLDER / self.index["file"]))

    def __str__(self) -> str:
        return f"{self.dialect}/{self.name}"


@dataclass(frozen=True)
class Trace:
    """The spans of one trace, translated, and what they add up to."""

    spans: Sequence[RecordedSpan]
    canonical: Sequence[Canonical]
    totals: TraceTotals

    @property
    def calls(self) -> list[Canonical]:
        """The spans that stand for model calls."""
        pairs = zip(self.canonical, self.totals.spans, strict=True)
        return [canonical for canonical, totals in pairs if totals.model_call]


def traces(case: Case) -> list[Trace]:
    """The traces of a case, in the order they began."""
    by_id: dict[str, list[RecordedSpan]] = {}
    for span in sorted(case.spans(), key=lambda span: span.view.start_ns or 0):
        by_id.setdefault(span.trace_id, []).append(span)
    return [read_trace(spans) for spans in by_id.values()]


def read_trace(spans: Sequence[RecordedSpan]) -> Trace:
    """Translate the spans of a trace and add them up."""
    canonical = [translate(span.view) for span in spans]
    totals = trace_totals(totals_spans(spans, canonical))
    return Trace(spans, canonical, totals)


def totals_spans(spans: Sequence[RecordedSpan], canonical: Sequence[Canonical]) -> list[TotalsSpan]:
    """What the totals look at."""
    return [
        TotalsSpan(
            span_id=span.span_id,
            parent_span_id=span.parent_span_id,
            span_type=found.span_type,
            usage=usage_of(found),
            response_id=found.response_id,
            status_code=span.view.status_code,
            call_part=found.call_part,
            start_ns=span.view.start_ns or 0,
            end_ns=span.end_ns,
            scope_name=span.view.scope_name,
            request_model=found.request_model,
        )
        for span, found in zip(spans, canonical, strict=True)
    ]


def usage_of(found: Canonical) -> Usage:
    """The token counts of a span."""
    return Usage(**{name: getattr(found, name) for name in Usage.__dataclass_fields__})


@cache
def cases() -> tuple[Case, ...]:
    """All cases of the corpus."""
    index = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    return tuple(Case(entry["dialect"], entry["case"], entry) for entry in index)


def read_spans(path: Path) -> Iterator[RecordedSpan]:
    """Decode an ExportTraceServiceRequest."""
    request = ExportTraceServiceRequest.FromString(path.read_bytes())
    for resource_spans in request.resource_spans:
        resource = attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield _recorded(span, scope_spans.scope.name, resource)


def _recorded(span: Span, scope_name: str, resource: Mapping[str, str]) -> RecordedSpan:
    view = SpanView(
        attributes=attributes(span.attributes),
        scope_name=scope_name,
        span_name=span.name,
        span_kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").capitalize(),
        status_code=Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_").title(),
        status_message=span.status.message,
        events=[(event.name, attributes(event.attributes)) for event in span.events],
        resource=resource,
        start_ns=span.start_time_unix_nano,
        event_times_ns=[event.time_unix_nano for event in span.events],
    )
    return RecordedSpan(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex(),
        end_ns=span.end_time_unix_nano,
        view=view,
    )


def attributes(pairs: Any) -> dict[str, str]:
    """Attributes as text, the first of equal keys."""
    found: dict[str, str] = {}
    for pair in pairs:
        found.setdefault(pair.key, attribute_text(value(pair.value)))
    return found


def value(any_value: AnyValue) -> object:
    """An AnyValue as a Python value."""
    kind = any_value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [value(item) for item in any_value.array_value.values]
    if kind == "kvlist_value":
        pairs: list[KeyValue] = list(any_value.kvlist_value.values)
        return {pair.key: value(pair.value) for pair in pairs}
    return getattr(any_value, kind)
