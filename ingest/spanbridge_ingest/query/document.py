"""The trace document: what the HTTP API, the CLI and the SDK's readers share. Pure.

Attribute values are typed as they were sent (:func:`spanbridge_ingest.query.values.to_json` says
how what JSON cannot spell appears). Names of kinds and statuses are upper case. Absent text is
``""``, absent numbers are null.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from spanbridge_ingest.query import genai
from spanbridge_ingest.query.facts import metadata, tags
from spanbridge_ingest.query.genai import GenAIRow, Identified
from spanbridge_ingest.query.rows import (
    SPAN_KINDS,
    STATUS_CODES,
    EventRecord,
    LogRecord,
    Resource,
    SpanRecord,
)
from spanbridge_ingest.query.values import to_json, to_object
from spanbridge_semconv.messages import (
    Event,
    Messages,
    ToolCall,
    read_embeddings,
    read_messages,
    read_retrieval,
    read_tool_call,
)
from spanbridge_semconv.messages.jsontext import parse_container

Document = dict[str, Any]

_MODEL_TYPES: Final = frozenset({"LLM", "CHAT_MODEL"})
_SEARCH_TYPES: Final = frozenset({"RETRIEVER", "RERANKER"})


def trace_document(
    spans: Sequence[tuple[SpanRecord, GenAIRow]], logs: Iterable[LogRecord] = ()
) -> Document:
    """The document of one trace.

    Args:
        spans: every span of the trace once, at least one, in order of start.
        logs: the log records of the trace, in order of time.
    """
    counted = genai.totals(
        [
            (Identified(s.span_id, s.parent_span_id, _name(STATUS_CODES, s.status_code)), g)
            for s, g in spans
        ]
    )
    by_span: defaultdict[str, dict[LogRecord, None]] = defaultdict(dict)
    for log in logs:
        # A record that was sent twice is equal in everything: keep one.
        by_span[log.span_id][log] = None
    records = [span for span, _ in spans]
    root = records[root_position([(s.span_id, s.parent_span_id) for s in records])]
    rows = [row for _, row in spans]
    return {
        "trace_id": root.trace_id,
        "name": root.name,
        "start_time_unix_nano": min(span.start for span in records),
        "end_time_unix_nano": max(span.end for span in records),
        "status": _name(STATUS_CODES, root.status_code).upper(),
        "service_name": service_name(root.resource),
        "session_id": genai.first([row.conversation_id for row in rows]),
        "user_id": genai.first([row.user_id for row in rows]),
        "tags": tags(span.attributes for span in records),
        "metadata": metadata(span.attributes for span in records),
        "model_calls": counted.model_calls,
        "usage": genai.usage_document(counted.usage),
        "cost_usd": None,
        "assessments": [],
        "spans": [
            _span(record, row, list(by_span[record.span_id]), share.model_call, share.usage_counted)
            for (record, row), share in zip(spans, counted.spans, strict=True)
        ],
    }


def root_position(spans: Sequence[tuple[str, str]]) -> int:
    """Which of the spans, given as ``(id, parent id)`` in order of start, stands for the trace.

    The first without a parent; else the first whose parent is not there; else the first.
    """
    known = {span_id for span_id, _ in spans}
    orphan = 0
    for n in range(len(spans) - 1, -1, -1):
        if spans[n][1] not in known:
            orphan = n
    return next((n for n, (_, parent) in enumerate(spans) if not parent), orphan)


def service_name(resource: Resource) -> str:
    """``service.name`` of a resource, or ''."""
    value = next((v for k, v in resource.attributes if k == "service.name"), None)
    return value if isinstance(value, str) else ""


def _name(names: Sequence[str], number: int) -> str:
    return names[number] if 0 <= number < len(names) else str(number)


def _span(
    span: SpanRecord,
    row: GenAIRow,
    logs: Sequence[LogRecord],
    model_call: bool,
    usage_counted: bool,
) -> Document:
    attributes = to_object(span.attributes)
    events = [_event(event) for event in span.events]
    span_events = [Event(event["name"], event["attributes"]) for event in events]
    records = [Event(log.event_name, to_object(log.attributes), to_json(log.body)) for log in logs]
    content = read_messages(
        attributes, span_events, records, model_call=row.span_type in _MODEL_TYPES
    )
    call = ToolCall()
    if row.span_type == "TOOL":
        call = read_tool_call(attributes, span_events, records)
    return {
        "span_id": span.span_id,
        "parent_span_id": span.parent_span_id,
        "name": span.name,
        "kind": _name(SPAN_KINDS, span.kind).upper(),
        "start_time_unix_nano": span.start,
        "end_time_unix_nano": span.end,
        "status": {
            "code": _name(STATUS_CODES, span.status_code).upper(),
            "message": span.status_message,
        },
        **_genai(row),
        "model_call": model_call,
        "usage_counted": usage_counted,
        "cost_usd": None,
        "input": _content(row.input) if call.arguments is None else call.arguments,
        "output": _content(row.output) if call.result is None else call.result,
        "system_instructions": content.system_instructions,
        "input_messages": content.input,
        "output_messages": content.output,
        "tool_definitions": content.tool_definitions,
        **_sought(row.span_type, attributes, span_events, content),
        "attributes": attributes,
        "events": events,
        "links": [
            {
                "trace_id": link.trace_id,
                "span_id": link.span_id,
                "trace_state": link.trace_state,
                "attributes": to_object(link.attributes),
            }
            for link in span.links
        ],
        "scope": {"name": span.scope.name, "version": span.scope.version},
        "resource": to_object(span.resource.attributes),
    }


def _sought(
    span_type: str, attributes: Document, events: Sequence[Event], content: Messages
) -> Document:
    """What was searched for and found, and what was embedded; null on other spans."""
    retrieval = read_retrieval(attributes, events, retrieval=span_type in _SEARCH_TYPES)
    embeddings = read_embeddings(attributes, content) if span_type == "EMBEDDING" else None
    return {
        "retrieval": None if retrieval is None else asdict(retrieval),
        "embeddings": None if embeddings is None else asdict(embeddings),
    }


def _genai(row: GenAIRow) -> Document:
    return {
        "dialect": row.dialect,
        "span_type": row.span_type,
        "operation": row.operation,
        "provider": row.provider,
        "request_model": row.request_model,
        "response_model": row.response_model,
        "response_id": row.response_id,
        "usage": genai.usage_document(genai.usage(row)),
        "finish_reasons": list(row.finish_reasons),
        "agent_name": row.agent_name,
        "tool_name": row.tool_name,
        "tool_call_id": row.tool_call_id,
        "error_type": row.error_type,
        "time_to_first_token_ns": row.time_to_first_token_ns,
    }


def _event(event: EventRecord) -> Document:
    return {
        "name": event.name,
        "time_unix_nano": event.time,
        "attributes": to_object(event.attributes),
    }


def _content(text: str) -> Any:
    """Input or output: the JSON object or array its text spells, else the text; null if none."""
    return parse_container(text) if text else None
