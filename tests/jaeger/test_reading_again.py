"""What Jaeger gets of a span reads as the span: its own attributes are there, and the mark says so.

A span is shown by :mod:`spanbridge_ingest.jaeger.spans`; here it is read as a store would read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.jaeger.spans import _restate as restate
from spanbridge_semconv import Canonical
from tests.emit import traces
from tests.emit.traces import ReadSpan
from tests.semconv import corpus

PASSING = ("dialect", "input", "output")
"""The mark names the dialect of the words beside; those are shown as the input and output."""

PART = "Jaeger has no word for one part of a call that was reported as two spans: that is a CHAIN"
IMPLIED = "the type of a span implies an operation; the emitter named none"
SINCE = "it stood in a message, a payload or a log record, and has an attribute of its own now"
ASIDE = "a translation moves the emitter's word aside; Jaeger gets what was sent, so it stays"

EXCEPTIONS = {PART: 40, IMPLIED: 2, SINCE: 11, ASIDE: 29}
"""How many values of recorded spans differ."""


def test_a_span_shown_reads_as_the_span_but_for() -> None:
    counted: Counter[str] = Counter()
    unexplained = []
    for name, old, new in _shown():
        for field in set(Canonical.__dataclass_fields__) - set(PASSING):
            was, now = getattr(old.found, field), getattr(new.found, field)
            if was != now and (why := _reason(field, was, now, old)):
                counted[why] += 1
            elif was != now:
                unexplained.append((name, field, was, now))
    assert unexplained == []
    assert dict(counted) == EXCEPTIONS


def _shown() -> Iterator[tuple[str, ReadSpan, ReadSpan]]:
    for case in corpus.cases():
        before = traces.before(case)
        shown = traces.request(case)
        pairs = zip(_spans(shown), _spans(traces.translated(case, "otel")), strict=True)
        for span, translated in pairs:
            restate(span, translated.attributes)
        after = traces.read(shown, traces.logs(case))
        assert [t.usage for t in after.traces.values()] == [t.usage for t in before.traces.values()]
        for old, new in zip(before.spans, after.spans, strict=True):
            yield f"{case} {old.message.name}", old, new


def _spans(request: ExportTraceServiceRequest) -> Iterator[Any]:
    for block in request.resource_spans:
        for scope in block.scope_spans:
            yield from scope.spans


def _reason(field: str, was: Any, now: Any, old: ReadSpan) -> str:
    if old.found.call_part and field in ("call_part", "operation", "span_type"):
        return PART
    if field == "operation" and was == "":
        return IMPLIED
    if field == "finish_reasons" and was == ():
        return SINCE
    sent = {str(value) for value in old.attributes.values()}
    texts = now if isinstance(now, tuple) else (now,)
    return (
        ASIDE
        if field in ("response_model", "finish_reasons")
        and {str(texts[0]), str(list(texts))} & sent
        else ""
    )
