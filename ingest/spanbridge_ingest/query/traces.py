"""Traces, read from a store.

Blocking; safe to call from any thread. SQL stands in ``sql/``, values are bound parameters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.prices.book import PriceBook
from spanbridge_ingest.prices.table import book
from spanbridge_ingest.query import cursor as cursors
from spanbridge_ingest.query import document, genai, otlp, rows
from spanbridge_ingest.query.costs import trace_cost
from spanbridge_ingest.query.cursor import Cursor
from spanbridge_ingest.query.errors import BadQueryError, NotFoundError, TooMuchError
from spanbridge_ingest.query.facts import gather
from spanbridge_ingest.query.genai import GenAIRow, Identified, SummaryRow
from spanbridge_ingest.query.overlay import EVALUATION, NOTHING_SAID, Overlay, read_overlays
from spanbridge_ingest.query.reading import Reader, ask, valid_trace_id
from spanbridge_ingest.query.rows import LogRow, SpanRow

MAX_TRACE_SPANS: Final = 50_000
"""Spans (and as many log records) of one trace that are read into memory at once."""

MAX_PAGE: Final = 500
"""Traces on one page of a list."""

_OTLP: Final = len(SpanRow._fields)
_NS: Final = 1_000_000_000
_FIRST_WINDOW_S: Final = 60
_WINDOW_GROWTH: Final = 8
_COUNT_GROWTH: Final = 4
_SPARE: Final = 16
"""Traces of the cursor's own second that come before it take no second attempt."""
_READ_AT_ONCE: Final = 2
"""Of so many times the traces of a page the spans are read at once, before their order is known."""
_LAST_SECOND: Final = 2**32 - 1
_LAST_NS: Final = 2**64 - 1
_ALL_ROWS: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class TracePage:
    """One page of a list of traces, newest first; no cursor on the last page."""

    traces: list[dict[str, Any]]
    next_cursor: str | None


# One trace


def trace_document(store: Reader, trace_id: str) -> dict[str, Any]:
    """The document of a trace (:mod:`spanbridge_ingest.query.document`).

    Raises:
        BadQueryError: the id is malformed.
        NotFoundError: there is no such trace.
        TooMuchError: it has more than ``MAX_TRACE_SPANS`` spans.
    """
    trace_id = valid_trace_id(trace_id)
    return _documents(store, [trace_id], _spans(store, trace_id))[trace_id]


def trace_documents(store: Reader, trace_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The documents of a few traces by their ids, as far as there are such traces.

    All of their spans are read at once: the caller sees to it that they are not too many.
    """
    if not trace_ids:
        return {}
    found = ask(store, "trace_spans", trace_ids=list(trace_ids), after="", limit=_ALL_ROWS)
    return _documents(store, trace_ids, found)


def _documents(
    store: Reader, trace_ids: Sequence[str], found: Sequence[tuple[Any, ...]]
) -> dict[str, dict[str, Any]]:
    spans: defaultdict[str, list[tuple[rows.SpanRecord, GenAIRow, str]]] = defaultdict(list)
    for row in found:
        span = rows.span(SpanRow(*row[:_OTLP]))
        spans[span.trace_id].append((span, GenAIRow(*row[_OTLP:-1]), row[-1]))
    logs: defaultdict[str, list[rows.LogRecord]] = defaultdict(list)
    for log in _logs(store, trace_ids):
        logs[log.trace_id].append(log)
    every = [(span, row) for own in spans.values() for span, row, _ in own]
    said = read_overlays(
        store,
        list(spans),
        {(row.response_id, span.trace_id) for span, row in every if row.response_id},
        {s.trace_id for s, _ in every if any(event.name == EVALUATION for event in s.events)},
    )
    prices = book(store)
    documents: dict[str, dict[str, Any]] = {}
    for trace_id, own in spans.items():
        own.sort(key=lambda span: (span[0].start, span[0].span_id))
        documents[trace_id] = document.trace_document(
            [(span, row) for span, row, _ in own],
            logs[trace_id],
            prices,
            said.get(trace_id, NOTHING_SAID),
            genai.first([experiment for _, _, experiment in own]),
        )
    return documents


def trace_otlp(store: Reader, trace_id: str) -> ExportTraceServiceRequest:
    """A trace as the OTLP request that would bring all of it. Raises as `trace_document`."""
    trace_id = valid_trace_id(trace_id)
    return otlp.rebuild_request(rows.span(SpanRow(*row[:_OTLP])) for row in _spans(store, trace_id))


def _spans(store: Reader, trace_id: str) -> list[tuple[Any, ...]]:
    found = ask(store, "trace_spans", trace_ids=[trace_id], after="", limit=MAX_TRACE_SPANS + 1)
    if not found:
        raise NotFoundError(f"there is no trace {trace_id}", "it may not have arrived yet")
    if len(found) > MAX_TRACE_SPANS:
        raise TooMuchError(
            f"the trace has more than {MAX_TRACE_SPANS} spans",
            "query otel_traces for the part of it that you need",
        )
    return found


def trace_logs(store: Reader, trace_id: str) -> list[rows.LogRecord]:
    """The log records of a trace in order of time, at most ``MAX_TRACE_SPANS``.

    Raises:
        BadQueryError: the id is malformed.
    """
    return _logs(store, [valid_trace_id(trace_id)])


def _logs(store: Reader, trace_ids: Sequence[str]) -> list[rows.LogRecord]:
    found = ask(store, "trace_logs", trace_ids=list(trace_ids), limit=MAX_TRACE_SPANS)
    return [rows.log(LogRow(*row)) for row in found]


# Lists of traces


def list_traces(
    store: Reader,
    start: int | None = None,
    end: int | None = None,
    limit: int = 50,
    cursor: str | None = None,
    service: str | None = None,
) -> TracePage:
    """Traces that began in ``start <= t < end`` (ns since the epoch), newest first.

    Pages do not shift: a trace that arrives while a client turns pages appears on none of the
    pages after its place.

    Args:
        store: where to read.
        start: the earliest start of a trace; None is the beginning of time.
        end: the end of the range, exclusive; None is the end of time.
        limit: traces on the page, 1 to ``MAX_PAGE``.
        cursor: ``next_cursor`` of the page before.
        service: only traces with a span of this service.

    Raises:
        BadQueryError: a parameter is out of range or malformed.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise BadQueryError(f"limit is {limit}", f"limit is 1 to {MAX_PAGE}")
    first = max(start or 0, 0)
    last = Cursor(min(_LAST_NS if end is None else end, _LAST_NS), "")
    if cursor is not None:
        last = min(last, cursors.decode(cursor))
    if last.start < first:
        return TracePage([], None)
    search = _Search(store, first, last, service)
    found = search.newest(limit + 1)
    page = found[:limit]
    if not page:
        return TracePage([], None)
    return TracePage(
        _summaries(store, [own for _, own in page]),
        cursors.encode(page[-1][0]) if len(found) > limit else None,
    )


def trace_summaries(store: Reader, trace_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The traces with these ids as a list shows them, in no order, as far as there are such."""
    return _summaries(store, _summary_rows(store, trace_ids)) if trace_ids else []


def _summaries(store: Reader, traces: Sequence[Sequence[SummaryRow]]) -> list[dict[str, Any]]:
    every = [span for own in traces for span in own]
    said = read_overlays(
        store,
        [own[0].trace_id for own in traces],
        {(span.response_id, span.trace_id) for span in every if span.response_id},
        {span.trace_id for span in every if span.evaluated},
    )
    prices = book(store)
    return [_summary(own, prices, said.get(own[0].trace_id, NOTHING_SAID)) for own in traces]


def _summary_rows(store: Reader, trace_ids: Sequence[str]) -> list[list[SummaryRow]]:
    """The spans of each trace in order of start."""
    spans: defaultdict[str, list[SummaryRow]] = defaultdict(list)
    for row in ask(store, "list_spans", trace_ids=list(trace_ids)):
        summary = SummaryRow(*row)
        spans[summary.trace_id].append(summary)
    return [sorted(own, key=lambda span: (span.start, span.span_id)) for own in spans.values()]


class _Search:
    """Looks for the newest traces in a window of time that widens into the past.

    So a page costs as much as the traces around it, whatever the table holds.
    """

    def __init__(self, store: Reader, first: int, last: Cursor, service: str | None) -> None:
        self._store = store
        self._first = first
        self._last = last
        self._service = service

    def newest(self, wanted: int) -> list[tuple[Cursor, list[SummaryRow]]]:
        """The spans of the ``wanted`` newest traces before the cursor, or of all there are."""
        until = min(self._last.start // _NS, _LAST_SECOND)
        since = min(self._first // _NS, _LAST_SECOND)
        bounds = ask(self._store, "list_bounds", since=since, until=until)
        [(count, earliest, latest)] = bounds
        if not count:
            return []
        window, asked = _FIRST_WINDOW_S, wanted + _SPARE
        while True:
            begin = max(latest - window, earliest)
            candidates = self._candidates(begin, latest, asked)
            seen_all = len(candidates) < asked
            last_round = seen_all and begin <= earliest
            # Asking the index again is cheap, reading spans for too few traces is not.
            if not seen_all or last_round:
                found = self._newest_of(candidates, begin, wanted)
                if len(found) >= wanted or last_round:
                    return found
            if seen_all:
                window *= _WINDOW_GROWTH
            else:
                # Traces of the cursor's own second, and long ones that began before the window,
                # took the places.
                asked *= _COUNT_GROWTH

    def _candidates(self, since: int, until: int, count: int) -> list[str]:
        window = {"since": since, "until": until, "count": count}
        if self._service is None:
            found = ask(self._store, "list_candidates", **window)
        else:
            found = ask(self._store, "list_service_candidates", **window, service=self._service)
        return [trace_id for (trace_id,) in found]

    def _newest_of(
        self, trace_ids: Sequence[str], begin: int, wanted: int
    ) -> list[tuple[Cursor, list[SummaryRow]]]:
        """The ``wanted`` newest of the traces that began at the second ``begin`` or later."""
        if len(trace_ids) > _READ_AT_ONCE * wanted:
            starts = ask(self._store, "list_starts", trace_ids=trace_ids, since=begin)
            places = sorted((Cursor(*row) for row in starts), reverse=True)
            trace_ids = [place.trace_id for place in places if place < self._last]
            groups = [trace_ids[n : n + wanted] for n in range(0, len(trace_ids), wanted)]
        else:
            groups = [list(trace_ids)] if trace_ids else []
        found: list[tuple[Cursor, list[SummaryRow]]] = []
        for group in groups:
            traces = [
                (Cursor(own[0].start, own[0].trace_id), own)
                for own in _summary_rows(self._store, group)
            ]
            # A trace that began before the window competes with traces that were not looked at.
            found += [
                (place, own)
                for place, own in sorted(traces, key=lambda trace: trace[0], reverse=True)
                if place < self._last and place.start >= max(self._first, begin * _NS)
            ]
            if len(found) >= wanted:
                break
        return found[:wanted]


def _summary(spans: Sequence[SummaryRow], prices: PriceBook, said: Overlay) -> dict[str, Any]:
    """One trace of a list, from its spans in order of start."""
    bounds = [span.bounds() for span in spans]
    counted = genai.totals(
        [
            (
                Identified(
                    span_id=span.span_id,
                    parent_span_id=span.parent_span_id,
                    status_code=span.status_code,
                    start=start,
                    end=end,
                    scope_name=span.scope_name,
                ),
                span,
            )
            for span, (start, end) in zip(spans, bounds, strict=True)
        ]
    )
    root = spans[document.root_position([(s.span_id, s.parent_span_id) for s in spans])]
    starts = [start for start, _ in bounds]
    cost = trace_cost(prices, list(zip(starts, spans, strict=True)), counted.spans)
    start, end = min(b for b, _ in bounds), max(e for _, e in bounds)
    models = [
        span.response_model or span.request_model
        for span, share in zip(spans, counted.spans, strict=True)
        if share.model_call
    ]
    facts = gather(
        [(span.trace_attributes, {}) for span in spans],
        genai.first([span.experiment for span in spans]),
    )
    return {
        "trace_id": root.trace_id,
        "name": root.name,
        "start_time_unix_nano": start,
        "end_time_unix_nano": end,
        # A span may end before it begins, by more than JSON numbers may be large.
        "duration_ns": max(end - start, 0),
        "status": root.status_code.upper(),
        "state": facts.state(None if root.parent_span_id else root.status_code),
        "service_name": root.service_name,
        "session_id": genai.first([span.conversation_id for span in spans]) or facts.session_id,
        "user_id": genai.first([span.user_id for span in spans]) or facts.user_id,
        "experiment_id": facts.experiment_id,
        "run_id": facts.run_id,
        "client_request_id": facts.value("client_request_id"),
        "request_preview": facts.value("request_preview"),
        "response_preview": facts.value("response_preview"),
        "tags": facts.tagged(said.tags),
        "metadata": facts.metadata,
        "assessments": list(said.assessments),
        "span_count": len(spans),
        "model_calls": counted.model_calls,
        "usage": genai.usage_document(counted.usage),
        "cost_usd": cost.total,
        "cost_unknown_calls": cost.unknown,
        "models": sorted({model for model in models if model}),
    }
