"""Spans as Jaeger gets them: as they were sent, with current GenAI attributes beside their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanbridge_ingest.query import otlp
from spanbridge_ingest.query.rows import LogRecord, SpanRecord
from spanbridge_ingest.query.values import Attributes
from spanbridge_ingest.retranslate import translate_request
from spanbridge_semconv import SpanTotals, TotalsSpan, attribute_text
from spanbridge_semconv.emit import KEPT, UsageMemory

_DIALECT: Final = "otel"
"""Jaeger's views read the attributes of the conventions, on spans alone: no events, no records."""


class Judged(UsageMemory):
    """Knows which spans count before it is shown them: their trace has been looked at whole."""

    def __init__(self, verdicts: Mapping[tuple[str, str], SpanTotals]) -> None:
        super().__init__()
        self._verdicts = verdicts

    def judge(self, trace_id: str, spans: Sequence[TotalsSpan]) -> dict[str, SpanTotals]:
        """What was found, by span id."""
        nothing = SpanTotals()
        return {
            span.span_id: self._verdicts.get((trace_id, span.span_id), nothing) for span in spans
        }


def speakable(span: SpanRecord) -> SpanRecord:
    """The span with numbers that JSON cannot spell as text.

    Jaeger's query service answers in JSON, and fails a whole search for one of them.
    """
    attributes, resource = _finite(span.attributes), _finite(span.resource.attributes)
    events = tuple(replace(e, attributes=_finite(e.attributes)) for e in span.events)
    links = tuple(replace(one, attributes=_finite(one.attributes)) for one in span.links)
    if resource is not span.resource.attributes:
        span = replace(span, resource=replace(span.resource, attributes=resource))
    return replace(span, attributes=attributes, events=events, links=links)


def _finite(attributes: Attributes) -> Attributes:
    if not any(isinstance(value, float) and not isfinite(value) for _, value in attributes):
        return attributes
    return tuple(
        (key, attribute_text(value) if isinstance(value, float) and not isfinite(value) else value)
        for key, value in attributes
    )


def with_genai(
    spans: Sequence[SpanRecord],
    logs: Iterable[LogRecord],
    genai: frozenset[tuple[str, str]],
    memory: UsageMemory,
) -> ExportTraceServiceRequest:
    """The spans as OTLP, translated.

    Args:
        spans: the spans, of any traces.
        logs: log records, which may carry what the spans lack.
        genai: ids (trace, span) of those that are of a GenAI dialect; the others are as they came.
        memory: knows whose usage counts.
    """
    request = otlp.rebuild_request(spans)
    spoken = [span for span in spans if (span.trace_id, span.span_id) in genai]
    if spoken:
        sent = otlp.rebuild_request(spoken)
        records: ExportLogsServiceRequest = otlp.rebuild_logs_request(logs)
        translated = translate_request(sent, _DIALECT, logs=[records], memory=memory)
        found = {(span.trace_id, span.span_id): span for span in _spans(translated)}
        for span in _spans(request):
            other = found.get((span.trace_id, span.span_id))
            if other is not None:
                _restate(span, other.attributes)
    return request


def _spans(request: ExportTraceServiceRequest) -> Iterable[Span]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            yield from scope.spans


def _restate(span: Span, translated: Iterable[KeyValue]) -> None:
    """Add what the translation states; where it restates an attribute, its value counts."""
    stated = {pair.key: pair for pair in translated if not pair.key.startswith(KEPT)}
    for pair in span.attributes:
        better = stated.pop(pair.key, None)
        if better is not None:
            pair.value.CopyFrom(better.value)
    span.attributes.extend(stated.values())
