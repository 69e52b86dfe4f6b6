"""Sessions: found by their traces, given whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.search import sessions, slices
from spanbridge_ingest.query.search.nodes import Field
from spanbridge_ingest.query.search.parse import parse_filter
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.sessions import find_sessions
from spanbridge_ingest.query.traces import trace_document
from spanbridge_ingest.store import ClickHouseStore
from tests.search.data import draw_traces, store_of
from tests.search.model import Trace, holds, value_of_trace

TRACES = draw_traces(60, seed=21)
SESSION = Field("session_id")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with store_of(tmp_path_factory.mktemp("store"), TRACES) as store:
        yield store


def sessions_of(traces: list[Trace]) -> dict[str, list[Trace]]:
    found: dict[str, list[Trace]] = {}
    for trace in sorted(traces, key=lambda trace: (trace.start, trace.id)):
        if session := value_of_trace(SESSION, trace):
            found.setdefault(session, []).append(trace)
    return found


def newest_first(named: dict[str, list[Trace]]) -> list[str]:
    latest = {name: max(trace.start for trace in own) for name, own in named.items()}
    return sorted(named, key=lambda name: (-latest[name], name))


def all_of(store: ClickHouseStore, question: Question) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = find_sessions(store, question)
        found += page.sessions
        if page.next_page_token is None:
            return found
        question = dataclasses.replace(question, page_token=page.next_page_token)


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("least", [5, 4000])
def test_sessions_come_newest_first_and_whole(
    store: ClickHouseStore, size: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "_LEAST_SLICE", least)
    monkeypatch.setattr(slices, "_FEW_LEVELS", (0.9, 0.7, 0.0))
    wanted = sessions_of(TRACES)
    found = all_of(store, Question(max_results=size))
    assert [session["session_id"] for session in found] == newest_first(wanted)
    for session in found:
        own = wanted[session["session_id"]]
        assert session["trace_ids"] == [trace.id for trace in own]
        assert session["trace_count"] == len(own)
        assert session["start_time_unix_nano"] == own[0].start
        spans = [span for trace in own for span in trace.spans]
        assert session["end_time_unix_nano"] == max(span.end for span in spans)


def test_usage_and_user_are_those_of_the_traces(store: ClickHouseStore) -> None:
    session = all_of(store, Question())[0]
    documents = [trace_document(store, trace_id) for trace_id in session["trace_ids"]]
    usages = [document["usage"] for document in documents if document["usage"]]
    assert session["usage"]["input_tokens"] == sum(u["input_tokens"] or 0 for u in usages)
    assert session["user_id"] == next((d["user_id"] for d in documents if d["user_id"]), "")


@pytest.mark.parametrize(
    "text", ["status = 'ERROR'", "session_id = 's1'", "tag.env = 'yes'", "name = 'nobody'"]
)
@pytest.mark.parametrize("few", [1, 1000])
def test_a_session_is_found_by_one_of_its_traces(
    store: ClickHouseStore, text: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_FEW", few)
    monkeypatch.setattr(slices, "_LEAST_SLICE", 5)
    node = parse_filter(text)
    whole = sessions_of(TRACES)
    wanted = {name for name, own in whole.items() if any(holds(node, trace) for trace in own)}
    found = [session["session_id"] for session in all_of(store, Question(text))]
    assert found == [name for name in newest_first(whole) if name in wanted]


def test_a_time_in_the_filter_is_that_of_a_trace(store: ClickHouseStore) -> None:
    whole = sessions_of(TRACES)
    last = max(trace.start for own in whole.values() for trace in own)
    found = all_of(store, Question(f"timestamp >= {last // 1_000_000}"))
    wanted = {n for n, own in whole.items() if any(t.start // 10**6 >= last // 10**6 for t in own)}
    assert {session["session_id"] for session in found} == wanted


def test_sessions_have_one_order(store: ClickHouseStore) -> None:
    with pytest.raises(BadQueryError, match="one order"):
        find_sessions(store, Question(order_by=["name"]))
