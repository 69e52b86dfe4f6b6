"""A trace export request in another dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanbridge_ingest.retranslate.values import attributes, copy, from_proto, rewritten
from spanbridge_semconv.emit import (
    Emitted,
    IdentifiedSpan,
    SpanContent,
    UsageMemory,
    emit_all,
    judge,
)
from spanbridge_semconv.emit.reading import view
from spanbridge_semconv.messages import Event
from spanbridge_semconv.translate import translate

_STATUS: Final = ("Unset", "Ok", "Error")
_KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")

Logs = Mapping[tuple[bytes, bytes], list[Event]]


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
    sent = list(_spans(out, records))
    identified = [span for _, span in sent]
    for (message, span), emitted in zip(sent, emit_all(identified, to, memory), strict=True):
        if emitted.changed:
            _replace(message, span.content, emitted)
    return out


def remember(request: ExportTraceServiceRequest, memory: UsageMemory) -> None:
    """Let a memory know the spans of a request that is translated later."""
    spans = [span for _, span in _spans(request, {})]
    judge(spans, [translate(view(span.content)) for span in spans], memory)


def _spans(request: ExportTraceServiceRequest, logs: Logs) -> Iterator[tuple[Span, IdentifiedSpan]]:
    for resource_spans in request.resource_spans:
        resource = attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                events = logs.get((span.trace_id, span.span_id), [])
                content = _content(span, scope_spans.scope.name, resource, events)
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                yield span, IdentifiedSpan(*ids, content)


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
        end_ns=span.end_time_unix_nano,
        event_times_ns=[event.time_unix_nano for event in span.events],
        logs=logs,
    )


def _word(words: tuple[str, ...], number: int) -> str:
    """OTLP's enums are open: a number without a word is the first, which says nothing."""
    return words[number] if 0 <= number < len(words) else words[0]


def _replace(span: Span, content: SpanContent, emitted: Emitted) -> None:
    changed = rewritten(span.attributes, content.attributes, emitted.attributes)
    events = [copy(span.events[position]) for position in emitted.events_kept]
    del span.attributes[:]
    span.attributes.extend(changed)
    if len(events) < len(span.events):
        del span.events[:]
        span.events.extend(events)


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
