"""Orders and pages: every trace once, in its place, whatever arrives meanwhile."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanbridge_ingest.errors import StoreUnavailableError
from spanbridge_ingest.query.errors import BadQueryError, TooMuchError
from spanbridge_ingest.query.search.asking import Asking
from spanbridge_ingest.query.search.nodes import Field
from spanbridge_ingest.query.search.order import SORTABLE
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.run import find
from spanbridge_ingest.store import ClickHouseStore
from tests.search.data import START, TAGS, draw_traces, store_of
from tests.search.model import Trace, value_of_trace

TRACES = draw_traces(60, seed=11)
_TOTALS = ("total_tokens", "cost_usd")
FIELDS = [Field(name) for name in SORTABLE if name not in ("tag", "metadata", *_TOTALS)]
FIELDS += [Field("tag", tag) for tag in TAGS] + [Field("metadata", "k"), Field("tag", "absent")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with store_of(tmp_path_factory.mktemp("store"), TRACES) as store:
        yield store


def pages(store: ClickHouseStore, question: Question) -> Iterator[list[str]]:
    while True:
        page = find(store, question)
        yield [trace.trace_id for trace in page.traces]
        token = page.token_behind(len(page.traces)) if page.traces else None
        if token is None:
            return
        question = dataclasses.replace(question, page_token=token)


def in_order(traces: list[Trace], orders: list[tuple[Field, bool]]) -> list[str]:
    found = sorted(traces, key=lambda trace: (-trace.start, trace.id))
    for field, descending in reversed(orders):
        values = {trace.id: value_of_trace(field, trace) for trace in traces}
        there = [trace for trace in found if values[trace.id] is not None]
        absent = [trace for trace in found if values[trace.id] is None]

        def key(trace: Trace, values: dict[str, object] = values) -> object:
            value = values[trace.id]
            return value.encode() if isinstance(value, str) else value

        # Stable also where it descends.
        found = sorted(there, key=key, reverse=False)  # type: ignore[arg-type]
        if descending:
            found = sorted(there[::-1], key=key)[::-1]  # type: ignore[arg-type]
        found += absent
    return [trace.id for trace in found]


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    orders=st.lists(
        st.tuples(st.sampled_from(FIELDS), st.booleans()), min_size=1, max_size=3, unique_by=str
    ),
    size=st.sampled_from([17, 60]),
)
def test_any_order(store: ClickHouseStore, orders: list[tuple[Field, bool]], size: int) -> None:
    texts = [f"{field} {'DESC' if descending else 'asc'}" for field, descending in orders]
    found = [name for page in pages(store, Question("", texts, size)) for name in page]
    assert found == in_order(TRACES, orders)


def test_pages_are_full_but_the_last(store: ClickHouseStore) -> None:
    assert [len(page) for page in pages(store, Question("", max_results=25))] == [25, 25, 10]
    assert [len(page) for page in pages(store, Question("", max_results=30))] == [30, 30]


def test_a_token_belongs_to_its_question(store: ClickHouseStore) -> None:
    asked = Question("name != 'x'", ["name"], 5)
    token = find(store, asked).token_behind(5)
    assert token is not None
    for other in (
        Question("name != 'y'", ["name"], 5, token),
        Question("name != 'x'", ["name DESC"], 5, token),
        Question("name != 'x'", [], 5, token),
        Question("name != 'x'", ["name"], 5, token, ["1"]),
        Question("name != 'x'", ["name"], 5, token[:-4] + "AAAA"),
        Question("name != 'x'", ["name"], 5, "nonsense"),
        Question("name != 'x'", ["name"], 5, "é"),
        Question("name != 'x'", ["name"], 5, ""),
    ):
        with pytest.raises(BadQueryError, match="not of this search"):
            find(store, other)
    # Another size of page is the same question.
    assert find(store, Question("name != 'x'", ["name"], 9, token)).traces


def test_time_conditions_bound_the_starts(store: ClickHouseStore) -> None:
    ms = START // 1_000_000 + 1000
    for text, holds in {
        f"timestamp > {ms}": lambda s: s // 1_000_000 > ms,
        f"timestamp >= {ms}": lambda s: s // 1_000_000 >= ms,
        f"timestamp < {ms}": lambda s: s // 1_000_000 < ms,
        f"timestamp <= {ms} AND timestamp > 5": lambda s: s // 1_000_000 <= ms,
        f"timestamp = {ms}": lambda s: s // 1_000_000 == ms,
        f"timestamp > {ms} AND timestamp < {ms}": lambda s: False,
        f"timestamp > {2**62}": lambda s: False,
        "timestamp < -5": lambda s: False,
    }.items():
        wanted = in_order([trace for trace in TRACES if holds(trace.start)], [])
        assert [i for page in pages(store, Question(text, [], 13)) for i in page] == wanted, text


def test_a_search_takes_no_longer_than_it_may(store: ClickHouseStore) -> None:
    with pytest.raises(TooMuchError, match="took more than"):
        find(store, Question(), Asking(store, max_seconds=0))

    class Slow:
        def query(self, sql: str, parameters: object = None) -> list[tuple[object, ...]]:
            raise StoreUnavailableError("the store failed while reading", 159)

    class Large:
        def query(self, sql: str, parameters: object = None) -> list[tuple[object, ...]]:
            raise StoreUnavailableError("the store failed while reading", 241)

    with pytest.raises(TooMuchError, match="took more than 30 s") as slow:
        find(Slow(), Question())
    assert "narrow it by time" in slow.value.hint
    with pytest.raises(TooMuchError, match="memory"):
        find(Large(), Question())


def test_the_engine_stops_a_query_that_takes_too_long(store: ClickHouseStore) -> None:
    asking = Asking(store, max_seconds=0.5)
    with pytest.raises(TooMuchError, match=r"took more than 0\.5 s"):
        asking.rows("SELECT count() FROM numbers(1000000000000)", asking.parameters())


_EACH = (
    "session_id = 's1'",
    "metadata.k = 'x'",
    "tag.env = 'x'",
    "status = 'OK'",
    "text LIKE '%a%'",
    "name != 'x'",
    "NOT name = 'x'",
    "(name = 'x' OR session_id = 's2')",
    "feedback.quality >= 0",
    "experiment_id IN ('1', '2')",
)


@pytest.mark.slow
@pytest.mark.parametrize("joined", [" AND ", " OR "])
def test_a_filter_at_its_limits_stays_a_query_the_engine_takes(
    store: ClickHouseStore, joined: str
) -> None:
    for each in _EACH:
        count = 25 if "OR" in each else 50
        text = joined.join([each] * count)
        alone = [trace.trace_id for trace in find(store, Question(each)).traces]
        assert [trace.trace_id for trace in find(store, Question(text)).traces] == alone, each
    mixed = joined.join([f"({' AND '.join(_EACH[:4])})", *_EACH] * 3)
    find(store, Question(mixed))


@pytest.mark.parametrize("pattern", ["a(b", "*", "(?P<n", "((a{1000}){1000})", "[z-a]", r"\8"])
def test_a_pattern_that_is_none_is_refused_at_its_place(
    store: ClickHouseStore, pattern: str
) -> None:
    with pytest.raises(BadQueryError, match="no regular expression") as refused:
        find(store, Question(f"status = 'OK' AND name RLIKE '{pattern}'"))
    assert str(refused.value).splitlines()[-1] == " " * 29 + "^"


def test_a_pattern_that_would_take_forever_elsewhere(store: ClickHouseStore) -> None:
    assert not find(store, Question("text RLIKE '^(a+)+(a|aa)+((a*)*)*b{500}$'")).traces
