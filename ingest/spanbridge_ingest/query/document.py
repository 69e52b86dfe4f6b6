"""The trace document: what the HTTP API, the CLI and the SDK's readers share. Pure.

Attribute values are typed as they were sent (:func:`spanbridge_ingest.query.values.to_json` says
how what JSON cannot spell appears). Names of kinds and statuses are upper case. Absent text is
``""``, absent numbers are null.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from spanbridge_ingest.prices.book import PriceBook
from spanbridge_ingest.query import genai
from spanbridge_ingest.query.costs import NO_PRICES, trace_cost
from spanbridge_ingest.query.facts import gather
from spanbridge_ingest.query.genai import GenAIRow, Identified
from spanbridge_ingest.query.logged import with_logs
from spanbridge_ingest.query.overlay import NOTHING_SAID, Overlay
from spanbridge_ingest.query.previews import request_preview, response_preview
from spanbridge_ingest.query.rows import STATUS_CODES, LogRecord, Resource, SpanRecord
from spanbridge_ingest.query.span_document import Document, span_document, word
from spanbridge_ingest.query.wrappers import fill_calls
from spanbridge_semconv import TraceTotals


def trace_document(
    spans: Sequence[tuple[SpanRecord, GenAIRow]],
    logs: Iterable[LogRecord] = (),
    prices: PriceBook = NO_PRICES,
    said: Overlay = NOTHING_SAID,
    experiment: str = "",
) -> Document:
    """The document of one trace.

    Args:
        spans: every span of the trace once, at least one, in order of start.
        logs: the log records of the trace, in order of time.
        prices: what costs are computed with.
        said: the tags and assessments that are stored beside the spans.
        experiment: the experiment that was named beside the spans, if one was.
    """
    by_span: defaultdict[str, dict[LogRecord, None]] = defaultdict(dict)
    for log in logs:
        # A record that was sent twice is equal in everything: keep one.
        by_span[log.span_id][log] = None
    logged = [list(by_span[span.span_id]) for span, _ in spans]
    counted = _totals(spans)
    cost = trace_cost(prices, [(span.start, row) for span, row in spans], counted.spans)
    records = [span for span, _ in spans]
    rows = [with_logs(*span, own) for span, own in zip(spans, logged, strict=True)]
    parts = zip(records, rows, logged, counted.spans, cost.spans, strict=True)
    documents = [span_document(*part) for part in parts]
    fill_calls(documents)
    position = root_position([(s.span_id, s.parent_span_id) for s in records])
    root, shown = records[position], documents[position]
    facts = gather([(d["attributes"], d["details"]) for d in documents], experiment)
    status = word(STATUS_CODES, root.status_code)
    return {
        "trace_id": root.trace_id,
        "name": root.name,
        "start_time_unix_nano": min(span.start for span in records),
        "end_time_unix_nano": max(span.end for span in records),
        "status": status,
        "state": facts.state(None if root.parent_span_id else status),
        "service_name": service_name(root.resource),
        "session_id": genai.first([row.conversation_id for row in rows]) or facts.session_id,
        "user_id": genai.first([row.user_id for row in rows]) or facts.user_id,
        "experiment_id": facts.experiment_id,
        "run_id": facts.run_id,
        "client_request_id": facts.value("client_request_id"),
        "request_preview": facts.value("request_preview") or request_preview(shown),
        "response_preview": facts.value("response_preview") or response_preview(shown),
        "tags": facts.tagged(said.tags),
        "metadata": facts.metadata,
        "model_calls": counted.model_calls,
        "usage": genai.usage_document(counted.usage),
        "cost_usd": cost.total,
        "cost_unknown_calls": cost.unknown,
        "assessments": list(said.assessments),
        "spans": documents,
    }


def _totals(spans: Sequence[tuple[SpanRecord, GenAIRow]]) -> TraceTotals:
    return genai.totals(
        [
            (
                Identified(
                    span_id=span.span_id,
                    parent_span_id=span.parent_span_id,
                    status_code=word(STATUS_CODES, span.status_code),
                    start=span.start,
                    end=span.end,
                    scope_name=span.scope.name,
                ),
                row,
            )
            for span, row in spans
        ]
    )


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
