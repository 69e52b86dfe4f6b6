"""Many spans at once: what is known of their traces decides whose usage is stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spanbridge_semconv.emit.memory import UsageMemory, verdict_by_id
from spanbridge_semconv.emit.model import Emitted, SpanContent
from spanbridge_semconv.emit.targets import check, emit_seen, see
from spanbridge_semconv.model import Canonical
from spanbridge_semconv.totals import SpanTotals, TotalsSpan
from spanbridge_semconv.usage import Usage


@dataclass(frozen=True, slots=True)
class IdentifiedSpan:
    """A span and its place in its trace; ids are texts of any form, '' for no parent."""

    trace_id: str
    span_id: str
    parent_span_id: str
    content: SpanContent


def emit_all(
    spans: Sequence[IdentifiedSpan], to: str, memory: UsageMemory | None = None
) -> list[Emitted]:
    """Translate the spans of one request, each as :func:`spanbridge_semconv.emit.emit` does.

    Args:
        spans: spans of any number of traces.
        to: one of :data:`spanbridge_semconv.emit.TARGETS`.
        memory: knows the spans of earlier requests, and remembers these. Without it, each request
            is taken for whole traces.

    Returns:
        The spans in the target dialect, in their order.

    Raises:
        ValueError: there is no target of that name.
    """
    check(to)
    read = [see(span.content) for span in spans]
    verdicts = judge(spans, [found for _, found in read], memory)
    return [
        emit_seen(span.content, seen, found, to, (verdict.model_call, verdict.usage_counted))
        for span, (seen, found), verdict in zip(spans, read, verdicts, strict=True)
    ]


def judge(
    spans: Sequence[IdentifiedSpan], found: Sequence[Canonical], memory: UsageMemory | None
) -> list[SpanTotals]:
    """Which spans stand for a model call, and whose usage counts."""
    by_trace: dict[str, list[TotalsSpan]] = {}
    for span, canonical in zip(spans, found, strict=True):
        by_trace.setdefault(span.trace_id, []).append(_totals_span(span, canonical))
    verdicts = {
        trace_id: verdict_by_id(members) if memory is None else memory.judge(trace_id, members)
        for trace_id, members in by_trace.items()
    }
    return [verdicts[span.trace_id][span.span_id] for span in spans]


def _totals_span(span: IdentifiedSpan, found: Canonical) -> TotalsSpan:
    content = span.content
    return TotalsSpan(
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        span_type=found.span_type,
        usage=Usage(**{name: getattr(found, name) for name in Usage.__dataclass_fields__}),
        response_id=found.response_id,
        status_code=content.status_code,
        call_part=found.call_part,
        start_ns=content.start_ns or 0,
        end_ns=content.end_ns or 0,
        scope_name=content.scope_name,
        request_model=found.request_model,
    )
