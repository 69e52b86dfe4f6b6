"""Traces in pieces that a client can take: the rules of ``GetTraces`` and ``FindTraces``.

A piece has spans of one trace, at least one; the pieces of a trace follow one another. Reading is
blocking; every step reads a bounded number of spans, however large a trace is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, TracesData

from spanbridge_ingest.errors import StoreError
from spanbridge_ingest.jaeger.spans import Judged, speakable, with_genai
from spanbridge_ingest.query import genai, otlp, rows
from spanbridge_ingest.query.genai import GenAIRow, Identified, SummaryRow
from spanbridge_ingest.query.reading import RESULT_TOO_LARGE, Reader, ask
from spanbridge_ingest.query.rows import LogRow, SpanRecord, SpanRow
from spanbridge_semconv import SpanTotals
from spanbridge_semconv.emit import UsageMemory

CHUNK_BYTES: Final = 3 * 1024**2
"""Size of a piece, below the 4 MiB that gRPC takes unless told. A larger span stands alone."""

PAGE_SPANS: Final = 1000
"""Spans that are read at once."""

PAGE_BYTES: Final = 32 * 1024**2
"""Of spans that are read at once: here they take some ten times as much. A larger one is read
alone."""

MAX_JUDGED_SPANS: Final = 50_000
"""Of a larger trace, whose usage counts is found out page by page."""

MAX_LOGS: Final = 10_000
"""Log records of a trace that are looked at for what its spans lack."""

_SIZES_AT_ONCE: Final = 500
_SHRINKS: Final = 10
"""By how much fewer spans are tried after too large ones; a page of one span has no limit."""
_ALL_ROWS: Final = 2**32 - 1
_OTLP: Final = len(SpanRow._fields)
_FRAME: Final = 16
"""Bytes that a nested message takes beyond its own, at most."""


def chunks(store: Reader, trace_ids: Sequence[str]) -> Iterator[list[TracesData]]:
    """The traces in this order, those that there are, a few pieces at a time.

    Raises:
        StoreError: the store did not answer.
    """
    wanted = list(dict.fromkeys(trace_ids))
    for start in range(0, len(wanted), _SIZES_AT_ONCE):
        some = wanted[start : start + _SIZES_AT_ONCE]
        sizes = dict(ask(store, "trace_sizes", trace_ids=some))
        for group in _groups([trace_id for trace_id in some if trace_id in sizes], sizes):
            together = None if sizes[group[0]] > PAGE_SPANS else _together(store, group)
            if together is not None:
                yield together
                continue
            for trace_id in group:
                yield from _pages(store, trace_id, sizes[trace_id])


def _groups(trace_ids: Sequence[str], sizes: dict[str, int]) -> Iterator[list[str]]:
    """Neighbours that can be read at once; one that is too large for that stands alone."""
    group: list[str] = []
    count = 0
    for trace_id in trace_ids:
        if group and count + sizes[trace_id] > PAGE_SPANS:
            yield group
            group, count = [], 0
        group.append(trace_id)
        count += sizes[trace_id]
    if group:
        yield group


def _together(store: Reader, trace_ids: Sequence[str]) -> list[TracesData] | None:
    """All spans of some traces; None if they are too large for that."""
    read = _read(store, trace_ids, "", _ALL_ROWS, PAGE_BYTES)
    if read is None:
        return None
    records, spoken = read
    context = _Context(store, trace_ids) if spoken else None
    return [
        piece
        for trace_id in trace_ids
        if trace_id in records
        for piece in divided(_request(records[trace_id], spoken, context))
    ]


def _pages(store: Reader, trace_id: str, count: int) -> Iterator[list[TracesData]]:
    context: _Context | None = None
    after, page = "", PAGE_SPANS
    while True:
        read = _read(store, [trace_id], after, page, PAGE_BYTES if page > 1 else 0)
        if read is None:
            page //= _SHRINKS
            continue
        records, spoken = read
        own = records.get(trace_id, [])
        if not own:
            return
        if spoken and context is None:
            context = _Context(store, [trace_id], judged=count <= MAX_JUDGED_SPANS)
        after = max(record.span_id for record in own)
        yield divided(_request(own, spoken, context))
        if len(own) < page:
            return
        page = min(page * _SHRINKS, PAGE_SPANS)


class _Context:
    """What has to be known of whole traces to translate spans of them."""

    def __init__(self, store: Reader, trace_ids: Sequence[str], judged: bool = True) -> None:
        self.logs = _logs(store, trace_ids)
        self.memory = Judged(_verdicts(store, trace_ids)) if judged else UsageMemory(traces=1)


def _request(
    spans: Sequence[SpanRecord], spoken: frozenset[tuple[str, str]], context: _Context | None
) -> ExportTraceServiceRequest:
    """Spans of one trace as OTLP."""
    if context is None:
        return otlp.rebuild_request(spans)
    return with_genai(spans, context.logs.get(spans[0].trace_id, ()), spoken, context.memory)


def _read(
    store: Reader, trace_ids: Sequence[str], after: str, limit: int, size: int
) -> tuple[dict[str, list[SpanRecord]], frozenset[tuple[str, str]]] | None:
    """Spans by trace, in order of start, and the ids of those that are of a GenAI dialect.

    None if they take more than ``size`` bytes.
    """
    asked = {"trace_ids": list(trace_ids), "after": after, "limit": limit}
    try:
        rows_found = ask(store, "trace_spans", most_bytes=size, **asked)
    except StoreError as error:
        if error.code != RESULT_TOO_LARGE:
            raise
        return None
    found: defaultdict[str, list[SpanRecord]] = defaultdict(list)
    spoken: set[tuple[str, str]] = set()
    for row in rows_found:
        record = speakable(rows.span(SpanRow(*row[:_OTLP])))
        found[record.trace_id].append(record)
        if GenAIRow(*row[_OTLP:-1]).dialect:
            spoken.add((record.trace_id, record.span_id))
    for own in found.values():
        own.sort(key=lambda record: (record.start, record.span_id))
    return found, frozenset(spoken)


def _verdicts(store: Reader, trace_ids: Sequence[str]) -> dict[tuple[str, str], SpanTotals]:
    """Whose usage counts, by trace and span."""
    found: defaultdict[str, list[SummaryRow]] = defaultdict(list)
    for row in ask(store, "list_spans", trace_ids=list(trace_ids)):
        summary = SummaryRow(*row)
        found[summary.trace_id].append(summary)
    verdicts: dict[tuple[str, str], SpanTotals] = {}
    for trace_id, own in found.items():
        own.sort(key=lambda span: (span.start, span.span_id))
        counted = genai.totals([(_identified(span), span) for span in own])
        for span, verdict in zip(own, counted.spans, strict=True):
            verdicts[trace_id, span.span_id] = verdict
    return verdicts


def _identified(span: SummaryRow) -> Identified:
    start, end = span.bounds()
    return Identified(
        span.span_id, span.parent_span_id, span.status_code, start, end, span.scope_name
    )


def _logs(store: Reader, trace_ids: Sequence[str]) -> dict[str, list[rows.LogRecord]]:
    found: defaultdict[str, list[rows.LogRecord]] = defaultdict(list)
    for row in ask(store, "trace_logs", trace_ids=list(trace_ids), limit=MAX_LOGS):
        log = rows.log(LogRow(*row))
        found[log.trace_id].append(log)
    return found


def divided(request: ExportTraceServiceRequest, limit: int = CHUNK_BYTES) -> list[TracesData]:
    """The spans of one trace in pieces of at most ``limit`` bytes, or of one span."""
    if request.ByteSize() <= limit:
        return [TracesData(resource_spans=request.resource_spans)]
    pieces: list[TracesData] = []
    size = limit
    for resource in request.resource_spans:
        around: ResourceSpans | None = None
        for scope in resource.scope_spans:
            inner: ScopeSpans | None = None
            head = resource.resource.ByteSize() + scope.scope.ByteSize()
            head += len(resource.schema_url) + len(scope.schema_url) + 4 * _FRAME
            for span in scope.spans:
                needed = span.ByteSize() + _FRAME
                if size + needed + (0 if inner else head) > limit:
                    pieces.append(TracesData())
                    size, around, inner = 0, None, None
                if inner is None:
                    size += head
                    if around is None:
                        around = pieces[-1].resource_spans.add(schema_url=resource.schema_url)
                        around.resource.CopyFrom(resource.resource)
                    inner = around.scope_spans.add(schema_url=scope.schema_url)
                    inner.scope.CopyFrom(scope.scope)
                inner.spans.append(span)
                size += needed
    return pieces
