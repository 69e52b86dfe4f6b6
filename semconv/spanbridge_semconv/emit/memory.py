"""What earlier requests said about a trace, so that parents that come later are seen through.

Spans of one trace arrive in several requests. Children end before their parents, so that what lies
below a span has mostly been seen when the span comes; a child that comes after its parent cannot
change what was said about the parent.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from spanbridge_semconv.totals import SpanTotals, TotalsSpan, trace_totals


class UsageMemory:
    """Remembers spans of the latest traces; safe to share between threads.

    Args:
        traces: how many traces are remembered; those that were idle longest are forgotten first.
        spans: how many spans of one trace are remembered, the latest.
    """

    def __init__(self, traces: int = 4096, spans: int = 2048) -> None:
        self._max_traces = traces
        self._max_spans = spans
        self._traces: OrderedDict[str, dict[str, TotalsSpan]] = OrderedDict()
        self._lock = threading.Lock()

    def judge(self, trace_id: str, spans: Sequence[TotalsSpan]) -> dict[str, SpanTotals]:
        """Which spans stand for a model call and whose usage counts, given what came before.

        Args:
            trace_id: the trace that all of them belong to.
            spans: the spans of one request. A span that was seen before counts as new.

        Returns:
            A verdict for each span id of the request. Copies of one span get the same verdict.
        """
        with self._lock:
            known = self._traces.pop(trace_id, {})
            for span in spans:
                known.pop(span.span_id, None)
            verdicts = verdict_by_id([*known.values(), *spans])
            self._traces[trace_id] = known
            self._remember(known, spans)
        return {span.span_id: verdicts[span.span_id] for span in spans}

    def _remember(self, known: dict[str, TotalsSpan], spans: Iterable[TotalsSpan]) -> None:
        known.update((span.span_id, span) for span in spans)
        while len(known) > self._max_spans:
            del known[next(iter(known))]
        while len(self._traces) > self._max_traces:
            self._traces.popitem(last=False)


def verdict_by_id(spans: Sequence[TotalsSpan]) -> dict[str, SpanTotals]:
    """The totals of a trace by span id; what holds for one copy of a span holds for all."""
    verdicts: dict[str, SpanTotals] = {}
    for span, verdict in zip(spans, trace_totals(spans).spans, strict=True):
        other = verdicts.get(span.span_id, SpanTotals())
        verdicts[span.span_id] = SpanTotals(
            model_call=verdict.model_call or other.model_call,
            usage_counted=verdict.usage_counted or other.usage_counted,
        )
    return verdicts
