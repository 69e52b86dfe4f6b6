"""Requests of the corpus, read by the bridge: what a translation must keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from spanbridge_ingest.retranslate import translate_request
from spanbridge_ingest.retranslate.values import attributes, from_proto
from spanbridge_semconv import (
    Canonical,
    SpanTotals,
    SpanView,
    TotalsSpan,
    TraceTotals,
    Usage,
    attribute_text,
    trace_totals,
    translate,
)
from spanbridge_semconv.messages import Event, Messages, ToolCall, read_messages, read_tool_call
from spanbridge_semconv.model import CALL_TYPES
from tests.semconv import corpus
from tests.semconv.corpus import Case


@dataclass(frozen=True)
class ReadSpan:
    """A span and what the bridge reads off it."""

    message: Span
    attributes: Mapping[str, Any]
    found: Canonical
    said: Messages
    tool: ToolCall
    totals: SpanTotals


@dataclass(frozen=True)
class ReadRequest:
    """The spans of a request in order, and the totals of its traces."""

    spans: Sequence[ReadSpan]
    traces: Mapping[bytes, TraceTotals]


def request(case: Case) -> ExportTraceServiceRequest:
    path = corpus.FOLDER / case.index["file"]
    return ExportTraceServiceRequest.FromString(path.read_bytes())


def translated(case: Case, to: str) -> ExportTraceServiceRequest:
    """The traces of a case in another dialect."""
    return ExportTraceServiceRequest.FromString(_translated(case.index["file"], to))


@cache
def _translated(file: str, to: str) -> bytes:
    case = _case(file)
    return translate_request(request(case), to, logs=logs(case)).SerializeToString()


def logs(case: Case) -> tuple[ExportLogsServiceRequest, ...]:
    path = corpus.FOLDER / case.index["file"].replace(".binpb", ".logs.binpb")
    return (ExportLogsServiceRequest.FromString(path.read_bytes()),) if path.exists() else ()


def before(case: Case) -> ReadRequest:
    """The traces of a case with their log records, as they were recorded."""
    return _before(case.index["file"])


@cache
def _before(file: str) -> ReadRequest:
    case = _case(file)
    return read(request(case), logs(case))


def after(case: Case, to: str) -> ReadRequest:
    """The traces of a case in another dialect, without their log records."""
    return _after(case.index["file"], to)


@cache
def _after(file: str, to: str) -> ReadRequest:
    return read(translated(_case(file), to))


def _case(file: str) -> Case:
    return next(case for case in corpus.cases() if case.index["file"] == file)


def read(
    sent: ExportTraceServiceRequest, records: Iterable[ExportLogsServiceRequest] = ()
) -> ReadRequest:
    """Read a request the way a store and its readers do."""
    events = _log_events(records)
    spans = [
        _read(span, scope.scope.name, attributes(block.resource.attributes), events)
        for block in sent.resource_spans
        for scope in block.scope_spans
        for span in scope.spans
    ]
    by_trace: dict[bytes, list[tuple[Span, TotalsSpan]]] = defaultdict(list)
    for message, _, found, _, _, scope_name in spans:
        by_trace[message.trace_id].append((message, _totals_span(message, found, scope_name)))
    traces = {t: trace_totals([one for _, one in members]) for t, members in by_trace.items()}
    verdicts = {
        id(message): verdict
        for trace_id, members in by_trace.items()
        for (message, _), verdict in zip(members, traces[trace_id].spans, strict=True)
    }
    return ReadRequest(
        [
            ReadSpan(m, own, found, said, tool, verdicts[id(m)])
            for m, own, found, said, tool, _ in spans
        ],
        traces,
    )


def _read(
    span: Span, scope_name: str, resource: Mapping[str, object], records: Mapping[Any, list[Event]]
) -> tuple[Span, dict[str, Any], Canonical, Messages, ToolCall, str]:
    own = attributes(span.attributes)
    events = [(event.name, attributes(event.attributes)) for event in span.events]
    found = translate(
        SpanView(
            attributes=_texts(own),
            scope_name=scope_name,
            span_name=span.name,
            span_kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").capitalize(),
            status_code=Status.StatusCode.Name(span.status.code)
            .removeprefix("STATUS_CODE_")
            .title(),
            status_message=span.status.message,
            events=[(name, _texts(inner)) for name, inner in events],
            resource=_texts(resource),
            start_ns=span.start_time_unix_nano,
            event_times_ns=[event.time_unix_nano for event in span.events],
        )
    )
    told = [Event(name, inner) for name, inner in events]
    logged = records.get((span.trace_id, span.span_id), [])
    said = read_messages(
        own,
        told,
        logged,
        model_call=found.span_type in CALL_TYPES,
    )
    return span, own, found, said, read_tool_call(own, told, logged), scope_name


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {key: attribute_text(value) for key, value in values.items()}


def _totals_span(span: Span, found: Canonical, scope_name: str) -> TotalsSpan:
    return TotalsSpan(
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex(),
        span_type=found.span_type,
        usage=Usage(**{name: getattr(found, name) for name in Usage.__dataclass_fields__}),
        response_id=found.response_id,
        status_code=("Unset", "Ok", "Error")[span.status.code],
        call_part=found.call_part,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        scope_name=scope_name,
        request_model=found.request_model,
    )


def _log_events(requests: Iterable[ExportLogsServiceRequest]) -> dict[Any, list[Event]]:
    found: dict[Any, list[Event]] = defaultdict(list)
    for one in requests:
        for block in one.resource_logs:
            for scope in block.scope_logs:
                for record in scope.log_records:
                    found[record.trace_id, record.span_id].append(_event(record))
    return found


def _event(record: LogRecord) -> Event:
    return Event(record.event_name, attributes(record.attributes), from_proto(record.body))
