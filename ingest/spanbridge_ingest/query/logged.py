"""What the log records of a span say of it: some emitters put there what others put on spans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spanbridge_ingest.any_value import KvList
from spanbridge_ingest.query.genai import GenAIRow
from spanbridge_ingest.query.rows import STATUS_CODES, LogRecord, SpanRecord
from spanbridge_ingest.query.values import Attributes, Value
from spanbridge_semconv import Canonical, SpanView, attribute_text, translate

_EVENTS = "gen_ai."
_JUDGEMENTS = "gen_ai.evaluation."
"""Events about a span that do not have the attributes of the span."""


def span_view(span: SpanRecord, logs: Iterable[LogRecord] = ()) -> SpanView:
    """A span as the bridge looks at it, with the attributes of its log records behind its own."""
    attributes = _texts(span.attributes)
    for log in logs:
        if _is_about_span(log):
            for key, text in _texts(log.attributes).items():
                attributes.setdefault(key, text)
    code = span.status_code
    return SpanView(
        attributes=attributes,
        scope_name=span.scope.name,
        span_name=span.name,
        status_code=STATUS_CODES[code].title() if 0 <= code < len(STATUS_CODES) else "Unset",
        status_message=span.status_message,
        events=[(event.name, _texts(event.attributes)) for event in span.events],
        resource=_texts(span.resource.attributes),
        start_ns=span.start,
        event_times_ns=[event.time for event in span.events],
    )


def with_logs(span: SpanRecord, row: GenAIRow, logs: Sequence[LogRecord]) -> GenAIRow:
    """The columns of a span, what is missing filled in from its log records.

    Token counts are left as they are: those of the trace come from spans alone, here and in SQL.
    """
    if not row.dialect or not any(map(_is_about_span, logs)):
        return row
    return filled(row, translate(span_view(span, logs)))


def _is_about_span(log: LogRecord) -> bool:
    # Before events had names of their own, an attribute named them.
    name = log.event_name or next((v for k, v in log.attributes if k == "event.name"), "")
    return isinstance(name, str) and name.startswith(_EVENTS) and not name.startswith(_JUDGEMENTS)


_FILLED = (
    *("provider", "request_model", "response_model", "response_id", "finish_reasons"),
    *("agent_name", "tool_name", "tool_call_id", "conversation_id", "user_id"),
    *("time_to_first_token_ns", "error_type"),
)


def filled(row: GenAIRow, found: Canonical) -> GenAIRow:
    """A row in which what is missing is taken from ``found``."""
    missing = [name for name in _FILLED if getattr(row, name) in ("", None, (), [])]
    return row._replace(**{name: getattr(found, name) for name in missing})


def _texts(attributes: Attributes) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in attributes:
        found.setdefault(key, attribute_text(_plain(value)))
    return found


def _plain(value: Value) -> object:
    """A value as :func:`attribute_text` takes it."""
    match value:
        case KvList():
            members: dict[str, object] = {}
            for key, member in value:
                members.setdefault(key, _plain(member))
            return members
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value
