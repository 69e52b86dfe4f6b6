"""The GenAI columns of a span, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from spanbridge_semconv import TotalsSpan, TraceTotals, Usage, trace_totals

USAGE_FIELDS = (
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)


class GenAIRow(NamedTuple):
    """The GenAI columns of ``sql/trace_spans.sql``, in order. Absent is '' or None, never 0."""

    dialect: str
    span_type: str
    operation: str
    provider: str
    request_model: str
    response_model: str
    response_id: str
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    finish_reasons: Sequence[str]
    agent_name: str
    tool_name: str
    tool_call_id: str
    conversation_id: str
    user_id: str
    time_to_first_token_ns: int | None
    error_type: str
    call_part: str
    input: str
    output: str


class SummaryRow(NamedTuple):
    """A span as a list of traces needs it: the columns of ``sql/list_spans.sql``, in order."""

    trace_id: str
    span_id: str
    parent_span_id: str
    start: int
    duration: int
    name: str
    service_name: str
    status_code: str
    span_type: str
    provider: str
    request_model: str
    response_model: str
    response_id: str
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    conversation_id: str
    user_id: str
    call_part: str
    scope_name: str
    extra_start: str
    extra_end: str
    trace_attributes: Mapping[str, str]
    experiment: str
    evaluated: bool

    def bounds(self) -> tuple[int, int]:
        """Start and end in ns since the epoch, also where the columns cannot hold them."""
        start = int(self.extra_start) if self.extra_start else self.start
        return start, int(self.extra_end) if self.extra_end else start + self.duration


def usage(row: GenAIRow | SummaryRow) -> Usage:
    """The token counts of a row."""
    return Usage(*(getattr(row, name) for name in USAGE_FIELDS))


def usage_document(counts: Usage | None) -> dict[str, int | None] | None:
    """Token counts as JSON; None when nothing was counted."""
    if counts is None:
        return None
    document = {name: getattr(counts, name) for name in USAGE_FIELDS}
    return document if any(count is not None for count in document.values()) else None


class Identified(NamedTuple):
    """What the totals need to know of a span beside its GenAI columns; times in ns."""

    span_id: str
    parent_span_id: str
    status_code: str
    start: int
    end: int
    scope_name: str


def totals(spans: Sequence[tuple[Identified, GenAIRow | SummaryRow]]) -> TraceTotals:
    """The model calls and counted usage of one trace."""
    return trace_totals(
        [
            TotalsSpan(
                span_id=span.span_id,
                parent_span_id=span.parent_span_id,
                span_type=row.span_type,
                usage=usage(row),
                response_id=row.response_id,
                status_code=span.status_code,
                call_part=row.call_part,
                start_ns=span.start,
                end_ns=span.end,
                scope_name=span.scope_name,
                request_model=row.request_model,
            )
            for span, row in spans
        ]
    )


def first(values: Sequence[Any]) -> str:
    """The first value that is there, or ''."""
    return next((value for value in values if value), "")
