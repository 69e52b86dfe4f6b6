"""Pages while traces arrive. Each test has a store of its own: it changes it."""

from __future__ import annotations

import dataclasses

import pytest

from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.sessions import find_sessions
from tests.search.data import SECOND, START, draw_traces, load, store_of
from tests.search.model import Span, Trace
from tests.search.test_paging import pages
from tests.search.test_sessions import all_of, sessions_of


def moved(trace: Trace, number: int, seconds: int) -> Trace:
    spans = [dataclasses.replace(s, start=s.start + seconds * SECOND) for s in trace.spans]
    return dataclasses.replace(trace, number=number, spans=tuple(spans), logs=())


@pytest.mark.parametrize(
    "order",
    [[], *(pytest.param([by], marks=pytest.mark.slow) for by in ("execution_time DESC", "name"))],
)
def test_what_arrives_meanwhile_is_on_no_page(
    tmp_path_factory: pytest.TempPathFactory, order: list[str]
) -> None:
    traces = [dataclasses.replace(t, experiment="") for t in draw_traces(30, seed=5)]
    with store_of(tmp_path_factory.mktemp("store"), traces) as store:
        before = [i for page in pages(store, Question("", order, 100)) for i in page]
        found: list[str] = []
        for number, page in enumerate(pages(store, Question("", order, 11))):
            found += page
            # New traces before, between and behind, and earlier spans of traces already told:
            # children are often sent before their parents.
            new = [moved(traces[number], 1000 + number * 10 + n, n * 40_000) for n in (-1, 0, 1)]
            early = Span(77, 0, "late to arrive", START - 10**6 * SECOND, 90 * SECOND)
            told = next(trace for trace in traces if trace.id == page[0])
            load(store, [*new, Trace(told.number, (early,))])
        assert found == before


@pytest.mark.slow
def test_pages_do_not_shift(tmp_path_factory: pytest.TempPathFactory) -> None:
    traces = draw_traces(30, seed=22)
    with store_of(tmp_path_factory.mktemp("store"), traces) as store:
        before = [session["session_id"] for session in all_of(store, Question())]
        first = find_sessions(store, Question(max_results=1))
        # The last session gets a newer trace: it has its place on the pages of this search.
        last = sessions_of(traces)[before[-1]][0]
        later = [dataclasses.replace(s, start=s.start + 10**15) for s in last.spans]
        load(store, [dataclasses.replace(last, number=999, spans=tuple(later))])
        rest = all_of(store, Question(max_results=100, page_token=first.next_page_token))
        found = [session["session_id"] for session in [*first.sessions, *rest]]
        assert found == before
