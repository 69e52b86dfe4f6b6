"""Finding traces: the newest of those that have a span which satisfies a question.

Blocking; safe to call from any thread.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from spanbridge_ingest.jaeger.asking import ask
from spanbridge_ingest.jaeger.conditions import Bound, condition
from spanbridge_ingest.jaeger.question import (
    DEFAULT_DEPTH,
    LAST_NS,
    TraceQuestion,
    shown_service,
)
from spanbridge_ingest.query.reading import Reader

_NS: Final = 1_000_000_000
_LAST_SECOND: Final = 2**32 - 1
_FIRST_WINDOW_NS: Final = 60 * _NS
_WINDOW_GROWTH: Final = 8


class ServiceSummary(NamedTuple):
    """The spans of one service in a trace."""

    name: str
    spans: int
    errors: int


class TraceSummary(NamedTuple):
    """A trace in a list: the columns of ``sql/summaries.sql``, in order. Times are ns."""

    trace_id: str
    root_service: str
    root_operation: str
    start: int
    end: int
    spans: int
    errors: int
    orphans: int
    services: list[ServiceSummary]


def find_ids(store: Reader, question: TraceQuestion) -> list[str]:
    """The ids of the traces, those with the latest matching span first.

    Time is searched backwards in windows that widen, so that the newest few of many are found
    without looking at all of them.

    Raises:
        BadQueryError: the question cannot be asked.
        StoreError: the store did not answer, or not in time.
    """
    question.checked()
    depth = question.depth or DEFAULT_DEPTH
    first = max(question.start_min or 0, 0)
    until = min(LAST_NS if question.start_max is None else question.start_max, LAST_NS)
    if until <= first:
        return []
    [(count, earliest, latest)] = ask(
        store,
        "bounds",
        since=min(first // _NS, _LAST_SECOND),
        until=min((until - 1) // _NS, _LAST_SECOND),
    )
    if not count:
        return []
    first = max(first, earliest * _NS)
    if latest < _LAST_SECOND:
        # The index has no later second: what stands there may be later.
        until = min(until, (latest + 1) * _NS)
    bound = Bound()
    text = condition(question, bound)
    window = _FIRST_WINDOW_NS
    while True:
        since = max(until - window, first)
        found = ask(
            store, "found_traces", text, since=since, until=until, depth=depth, **bound.values
        )
        if len(found) >= depth or since <= first:
            return [trace_id for (trace_id,) in found]
        window *= _WINDOW_GROWTH


def times(store: Reader, trace_ids: list[str]) -> dict[str, tuple[int, int]]:
    """Between which times, in ns, the spans of traces began, as far as there are such traces."""
    found = ask(store, "trace_times", trace_ids=trace_ids)
    return {trace_id: (first * _NS, (last + 1) * _NS) for trace_id, first, last in found}


def summaries(store: Reader, trace_ids: list[str]) -> list[TraceSummary]:
    """The traces in this order, as far as there are such."""
    rows = ask(store, "summaries", trace_ids=trace_ids)
    found = {row[0]: TraceSummary(*row) for row in rows}
    return [
        trace._replace(
            # Without an operation there is no root.
            root_service=trace.root_operation and shown_service(trace.root_service),
            services=[ServiceSummary(shown_service(name), *rest) for name, *rest in trace.services],
        )
        for trace in map(found.get, trace_ids)
        if trace is not None
    ]
