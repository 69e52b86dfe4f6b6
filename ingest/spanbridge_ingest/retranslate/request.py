"""A trace export request in another dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanbridge_ingest.retranslate.values import attributes, from_proto, rewritten
from spanbridge_semconv.emit import (
    Emitted,
    SpanContent,
    UsageMemory,
    emit,
    totals_span,
    verdict_by_id,
)
from spanbridge_semconv.emit.reading import view
from spanbridge_semconv.messages import Event
from spanbridge_semconv.totals import SpanTotals, TotalsSpan
from spanbridge_semconv.translate import translate

_STATUS: Final = ("Unset", "Ok", "Error")
_KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")

Logs = Mapping[tuple[bytes, bytes], list[Event]]


@dataclass(frozen=True, slots=True)
class _Sent:
    """A span of the request, and the same as the bridge takes it."""

    message: Span
    content: SpanContent


def translate_request(
    request: ExportTraceServiceRequest,
    to: str,
    *,
    logs: Iterable[ExportLogsServiceRequest] = (),
    memory: UsageMemory | None = None,
) -> ExportTraceServiceRequest:
    """A copy of the request with its GenAI spans in the dialect ``to``.

    Only attributes, and events that are restated in attributes, change; spans that are no GenAI
    spans do not change at all.

    Args:
        request: the request; it is not changed.
        to: one of ``spanbridge_semconv.emit.TARGETS``.
        logs: log records that may carry the messages of the spans.
        memory: knows the spans of earlier requests, so that an agent whose calls came before it
            does not repeat their usage. Without it, each request is taken for whole traces.

    Raises:
        ValueError: there is no dialect of that name.
    """
    out = ExportTraceServiceRequest()
    out.CopyFrom(request)
    records = _logs_by_span(logs)
    sent = [_Sent(span, content) for span, content in _spans(out, records)]
    verdicts = _verdicts(sent, memory)
    for one in sent:
        verdict = verdicts[one.message.trace_id, one.message.span_id]
        emitted = emit(
            one.content,
            to,
            model_call=verdict.model_call,
            usage_counted=verdict.usage_counted,
        )
        if emitted.changed:
            _replace(one, emitted)
    return out


def _spans(request: ExportTraceServiceRequest, logs: Logs) -> Iterator[tuple[Span, SpanContent]]:
    for resource_spans in request.resource_spans:
        resource = attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                events = logs.get((span.trace_id, span.span_id), [])
                yield span, _content(span, scope_spans.scope.name, resource, events)


def _content(
    span: Span, scope_name: str, resource: Mapping[str, object], logs: list[Event]
) -> SpanContent:
    return SpanContent(
        attributes=attributes(span.attributes),
        events=[(event.name, attributes(event.attributes)) for event in span.events],
        name=span.name,
        kind=_word(_KINDS, span.kind),
        scope_name=scope_name,
        status_code=_word(_STATUS, span.status.code),
        status_message=span.status.message,
        resource=resource,
        start_ns=span.start_time_unix_nano,
        event_times_ns=[event.time_unix_nano for event in span.events],
        logs=logs,
    )


def _word(words: tuple[str, ...], number: int) -> str:
    """OTLP's enums are open: a number without a word is the first, which says nothing."""
    return words[number] if 0 <= number < len(words) else words[0]


def _verdicts(
    sent: list[_Sent], memory: UsageMemory | None
) -> dict[tuple[bytes, bytes], SpanTotals]:
    by_trace: dict[bytes, list[TotalsSpan]] = {}
    for one in sent:
        span = totals_span(
            one.content,
            translate(view(one.content)),
            one.message.span_id.hex(),
            one.message.parent_span_id.hex(),
        )
        by_trace.setdefault(one.message.trace_id, []).append(span)
    found: dict[tuple[bytes, bytes], SpanTotals] = {}
    for trace_id, spans in by_trace.items():
        name = trace_id.hex()
        verdicts = memory.judge(name, spans) if memory is not None else verdict_by_id(spans)
        for span_id, verdict in verdicts.items():
            found[trace_id, bytes.fromhex(span_id)] = verdict
    return found


def _replace(one: _Sent, emitted: Emitted) -> None:
    span = one.message
    changed = rewritten(span.attributes, one.content.attributes, emitted.attributes)
    # Built before the old ones go: some of the new ones are the old ones.
    changed = [type(pair).FromString(pair.SerializeToString()) for pair in changed]
    del span.attributes[:]
    span.attributes.extend(changed)
    if len(emitted.events_kept) < len(span.events):
        kept = [
            type(span.events[i]).FromString(span.events[i].SerializeToString())
            for i in emitted.events_kept
        ]
        del span.events[:]
        span.events.extend(kept)


def _logs_by_span(requests: Iterable[ExportLogsServiceRequest]) -> Logs:
    found: dict[tuple[bytes, bytes], list[Event]] = {}
    for request in requests:
        for resource_logs in request.resource_logs:
            for scope_logs in resource_logs.scope_logs:
                for record in scope_logs.log_records:
                    if record.span_id:
                        place = found.setdefault((record.trace_id, record.span_id), [])
                        place.append(_event(record))
    return found


def _event(record: LogRecord) -> Event:
    return Event(record.event_name, attributes(record.attributes), from_proto(record.body))
