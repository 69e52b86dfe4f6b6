"""Search on a server, over HTTP: bound parameters and limits take another way there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanbridge_ingest.clickhouse_http import FrontOptions, request
from spanbridge_ingest.query.errors import BadQueryError, TooMuchError
from spanbridge_ingest.query.search.asking import Asking
from spanbridge_ingest.query.search.parse import parse_filter
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.run import find
from spanbridge_ingest.query.search.sessions import find_sessions
from spanbridge_ingest.store import ClickHouseStore, open_store
from tests.clickhouse_http.serving import serve
from tests.search.data import draw_traces, load
from tests.search.model import holds

TRACES = draw_traces(20, seed=3)
MANY = ", ".join(f"'value {n}'" for n in range(700))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    path: Path = tmp_path_factory.mktemp("engine")
    with serve(path, FrontOptions(readonly=False, max_queries=16)) as front:
        store = open_store(url=front.url)
        try:
            load(store, TRACES)
            yield store
        finally:
            store.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "status = 'ERROR'",
        "tag.env = 'yes'",
        "session_id = 's1' OR name LIKE '%a%'",
        f"name IN ({MANY}, 'agent')",
        r"text LIKE '%100\%%'",
        'span.attributes.`it\'s ``odd`` "key"` IS NOT NULL',
    ],
)
def test_answers_are_the_same(store: ClickHouseStore, text: str) -> None:
    wanted = {trace.id for trace in TRACES if holds(parse_filter(text), trace)}
    assert {trace.trace_id for trace in find(store, Question(text)).traces} == wanted


def test_more_ids_than_a_field_of_a_form_holds(
    store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, sizes = request._form, []

    def limited(content_type: str, body: bytes) -> dict[str, str]:
        fields = form(content_type, body)
        if body:
            sizes.append(sum(map(len, fields.values())))
        # As a server does.
        assert all(len(value.encode()) <= 128 << 10 for value in fields.values())
        return fields

    monkeypatch.setattr(request, "_form", limited)
    others = [f"{number:032x}" for number in range(10_000, 15_000)] + ["'\\"] * 30_000
    sql = "SELECT DISTINCT TraceId FROM otel_traces WHERE TraceId IN {ids:Array(String)}"
    ids = [trace.id for trace in TRACES]
    found = store.query(f"{sql} AND {{ids:Array(String)}}[5_001] = ''", {"ids": others + ids})
    assert found == []
    found = store.query(sql, {"ids": [*ids[:10], *others, *ids[10:15]]})
    assert {trace_id for (trace_id,) in found} == set(ids[:15])
    assert len(sizes) == 2
    assert min(sizes) > 200_000


def test_sessions(store: ClickHouseStore) -> None:
    assert find_sessions(store, Question("status != 'ERROR'")).sessions


def test_what_the_engine_refuses_is_told(store: ClickHouseStore) -> None:
    with pytest.raises(BadQueryError, match="no regular expression"):
        find(store, Question("name RLIKE '('"))
    asking = Asking(store, max_seconds=0.5)
    with pytest.raises(TooMuchError, match="took more than"):
        asking.rows("SELECT count() FROM numbers(1000000000000)", asking.parameters())
