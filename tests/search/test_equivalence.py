"""What the engine answers is what the language means, for random filters over random traces."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanbridge_ingest.query.search import run, slices
from spanbridge_ingest.query.search.fields import FIELDS
from spanbridge_ingest.query.search.nodes import Comparison, Node
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.run import Found, find
from spanbridge_ingest.store import ClickHouseStore
from tests.search.data import draw_traces, store_of
from tests.search.filters import NOT_RANDOM, comparisons_of, expressions
from tests.search.model import Trace, holds

TRACES = draw_traces(70, seed=4)
_RELAXED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with store_of(tmp_path_factory.mktemp("store"), TRACES) as store:
        yield store


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of time as in a large store, bounds and all."""
    monkeypatch.setattr(slices, "_LEAST_SLICE", 5)
    monkeypatch.setattr(slices, "_LEVELS", (0.9, 0.5, 0.0))
    monkeypatch.setattr(slices, "_LATER", 0)
    monkeypatch.setattr(run, "_SPARE", 0)


def found(store: ClickHouseStore, text: str, page: int = 100, order: str = "") -> list[Found]:
    """All pages together."""
    traces: list[Found] = []
    token: str | None = None
    while True:
        orders = [order] if order else []
        answer = find(store, Question(text, orders, page, token))
        traces += answer.traces
        token = answer.token_behind(len(answer.traces)) if answer.traces else None
        if token is None:
            return traces


def expected(node: Node | None) -> list[Trace]:
    there = [trace for trace in TRACES if holds(node, trace)]
    return sorted(there, key=lambda trace: (-trace.start, trace.id))


def check(store: ClickHouseStore, node: Node, page: int = 100) -> None:
    assert [trace.trace_id for trace in found(store, str(node), page)] == [
        trace.id for trace in expected(node)
    ]


@settings(_RELAXED, max_examples=25)
@given(node=expressions(), page=st.sampled_from([20, 100]))
def test_random_filters(store: ClickHouseStore, small_slices: None, node: Node, page: int) -> None:
    check(store, node, page)


@pytest.mark.slow
@settings(_RELAXED, max_examples=100)
@given(node=expressions(12), page=st.sampled_from([7, 20, 100]))
def test_many_random_filters(
    store: ClickHouseStore, small_slices: None, node: Node, page: int
) -> None:
    check(store, node, page)


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in NOT_RANDOM])
def test_every_field_with_every_operator(store: ClickHouseStore, name: str) -> None:
    @settings(_RELAXED, max_examples=12, derandomize=True)
    @given(comparison=comparisons_of(name))
    def some(comparison: Comparison) -> None:
        check(store, comparison)

    some()


def test_the_newest_come_first(store: ClickHouseStore, small_slices: None) -> None:
    traces = found(store, "", page=9)
    assert [trace.trace_id for trace in traces] == [trace.id for trace in expected(None)]
    assert all(a.began >= b.began for a, b in pairwise(traces))
