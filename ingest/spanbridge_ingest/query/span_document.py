"""The document of one span within the trace document. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from spanbridge_ingest.query import genai
from spanbridge_ingest.query.genai import GenAIRow
from spanbridge_ingest.query.logged import span_view
from spanbridge_ingest.query.rows import (
    SPAN_KINDS,
    STATUS_CODES,
    EventRecord,
    LinkRecord,
    LogRecord,
    SpanRecord,
)
from spanbridge_ingest.query.values import to_json, to_object
from spanbridge_semconv import SpanTotals, details
from spanbridge_semconv.messages import (
    Event,
    Messages,
    ToolCall,
    read_embeddings,
    read_messages,
    read_retrieval,
    read_tool_call,
)
from spanbridge_semconv.messages.jsontext import parse_container, parse_result

Document = dict[str, Any]

_MODEL_TYPES: Final = frozenset({"LLM", "CHAT_MODEL"})
_SEARCH_TYPES: Final = frozenset({"RETRIEVER", "RERANKER"})


def word(names: Sequence[str], number: int) -> str:
    """The name of a status or kind in upper case; its number if it has none."""
    return names[number].upper() if 0 <= number < len(names) else str(number)


def span_document(
    span: SpanRecord,
    row: GenAIRow,
    logs: Sequence[LogRecord],
    share: SpanTotals,
    cost_usd: float | None,
) -> Document:
    """The document of a span.

    Args:
        span: the span.
        row: its GenAI columns.
        logs: its log records, in order of time.
        share: what it counts for in the trace.
        cost_usd: what it cost, None if that is unknown.
    """
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
        "kind": word(SPAN_KINDS, span.kind),
        "start_time_unix_nano": span.start,
        "end_time_unix_nano": span.end,
        "status": {
            "code": word(STATUS_CODES, span.status_code),
            "message": span.status_message,
        },
        **_genai(row, content),
        "details": details(span_view(span), attributes) if row.dialect else {},
        "model_call": share.model_call,
        "usage_counted": share.usage_counted,
        "cost_usd": cost_usd,
        "input": _content(row.input, attributes) if call.arguments is None else call.arguments,
        "output": _content(row.output, attributes) if call.result is None else call.result,
        "system_instructions": content.system_instructions,
        "input_messages": content.input,
        "output_messages": content.output,
        "tool_definitions": content.tool_definitions,
        **_sought(row.span_type, attributes, span_events, content),
        "attributes": attributes,
        "events": events,
        "links": [_link(link) for link in span.links],
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


def _genai(row: GenAIRow, content: Messages) -> Document:
    said = [message["finish_reason"] for message in content.output if "finish_reason" in message]
    return {
        "dialect": row.dialect,
        "span_type": row.span_type,
        "operation": row.operation,
        "provider": row.provider,
        "request_model": row.request_model,
        "response_model": row.response_model,
        "response_id": row.response_id,
        "usage": genai.usage_document(genai.usage(row)),
        "finish_reasons": list(row.finish_reasons) or said,
        "agent_name": row.agent_name,
        "tool_name": row.tool_name,
        "tool_call_id": row.tool_call_id,
        "error_type": row.error_type,
        "time_to_first_token_ns": row.time_to_first_token_ns,
    }


def _link(link: LinkRecord) -> Document:
    return {
        "trace_id": link.trace_id,
        "span_id": link.span_id,
        "trace_state": link.trace_state,
        "attributes": to_object(link.attributes),
    }


def _event(event: EventRecord) -> Document:
    return {
        "name": event.name,
        "time_unix_nano": event.time,
        "attributes": to_object(event.attributes),
    }


def _content(text: str, attributes: Document) -> Any:
    """Input or output: the JSON object or array its text spells, else the text; null if none."""
    if not text:
        return None
    # MLflow writes texts, too, as JSON; elsewhere quotation marks are somebody's own.
    is_json = text in (attributes.get("mlflow.spanInputs"), attributes.get("mlflow.spanOutputs"))
    return parse_result(text) if is_json else parse_container(text)
