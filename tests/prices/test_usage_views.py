"""The views that dashboards sum up say what documents and lists of traces say."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.query import traces
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_ingest.store.calls import CallKeeper
from tests.prices.spans import SECOND, START, Call, recorded_with_real_names, trace
from tests.query.loading import write

DOCS = Path(__file__).parents[2] / "docs"

TOKENS = {
    "InputTokens": "input_tokens",
    "OutputTokens": "output_tokens",
    "TotalTokens": "total_tokens",
    "CacheReadTokens": "cache_read_tokens",
    "CacheWriteTokens": "cache_write_tokens",
    "ReasoningTokens": "reasoning_tokens",
}


@pytest.fixture(scope="module", autouse=True)
def recorded(store: ClickHouseStore) -> None:
    write(store, *recorded_with_real_names())
    # Nobody knows what this one costs.
    _, request = trace(Call(), Call(model="nobody"), Call(start=START + 3 * SECOND))
    tag = request.resource_spans[0].scope_spans[0].spans[0].attributes.add()
    tag.key, tag.value.string_value = "mlflow.traceTag.env", "test"
    write(store, request)
    RateKeeper(store).refresh()


def rows(
    store: ClickHouseStore, view: str, *columns: str, trace_id: str = ""
) -> list[dict[str, Any]]:
    window = "since = '2020-01-01', until = '2100-01-01'"
    found = store.query(
        f"SELECT {', '.join(columns)} FROM {view}({window}) "
        "WHERE TraceId = {trace:String} OR {trace:String} = ''",
        {"trace": trace_id},
    )
    return [dict(zip(columns, row, strict=True)) for row in found]


def read_list(store: ClickHouseStore) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    cursor = None
    while True:
        page = traces.list_traces(store, limit=500, cursor=cursor)
        found |= {item["trace_id"]: item for item in page.traces}
        if (cursor := page.next_cursor) is None:
            return found


@pytest.fixture(scope="module")
def listed(store: ClickHouseStore, recorded: None) -> dict[str, dict[str, Any]]:
    """The traces of the list by their ids, before any test adds one."""
    return read_list(store)


@pytest.fixture(scope="module")
def documents(
    store: ClickHouseStore, listed: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    return traces.trace_documents(store, list(listed))


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12)


def test_usage_is_that_of_the_documents(
    store: ClickHouseStore, documents: dict[str, dict[str, Any]]
) -> None:
    found = {
        (row["TraceId"], row["SpanId"]): row
        for row in rows(
            store,
            "otel_traces_usage",
            *("TraceId", "SpanId", "SpanType", "ModelCall", "UsageCounted", "CostUsd", *TOKENS),
        )
    }
    expected = {
        (trace_id, span["span_id"]): span
        for trace_id, document in documents.items()
        for span in document["spans"]
        if span["model_call"] or span["usage_counted"]
    }
    assert found.keys() == expected.keys()
    for key, span in expected.items():
        row, counts = found[key], span["usage_counted"]
        told = (row["SpanType"], bool(row["ModelCall"]), bool(row["UsageCounted"]))
        assert told == (span["span_type"], span["model_call"], counts)
        tokens = span["usage"] if counts else dict.fromkeys(TOKENS.values())
        assert {name: row[column] for column, name in TOKENS.items()} == tokens
        assert same(row["CostUsd"], span["cost_usd"] if counts else None), key
    costs = [row["CostUsd"] for row in found.values() if row["UsageCounted"]]
    assert sum(cost is not None for cost in costs) > len(costs) / 2


def test_totals_are_those_of_the_list(
    store: ClickHouseStore, listed: dict[str, dict[str, Any]]
) -> None:
    found = {
        row["TraceId"]: row
        for row in rows(
            store,
            "otel_trace_totals",
            *("TraceId", "ModelCalls", "Models", "CostUsd", "CostUnknownCalls", *TOKENS),
        )
    }
    expected = {
        trace_id: item for trace_id, item in listed.items() if item["model_calls"] or item["usage"]
    }
    assert found.keys() == expected.keys()
    for trace_id, item in expected.items():
        row = found[trace_id]
        shown = (row["ModelCalls"], row["Models"], row["CostUnknownCalls"])
        assert shown == (item["model_calls"], item["models"], item["cost_unknown_calls"])
        tokens = item["usage"] or dict.fromkeys(TOKENS.values())
        assert {name: row[column] for column, name in TOKENS.items()} == tokens
        assert same(row["CostUsd"], item["cost_usd"]), trace_id
    assert any(item["cost_unknown_calls"] and item["cost_usd"] for item in expected.values())


def test_totals_tell_failed_calls_and_how_long_calls_took(
    store: ClickHouseStore, documents: dict[str, dict[str, Any]]
) -> None:
    failed = 0
    for row in rows(
        store, "otel_trace_totals", *("TraceId", "FailedModelCalls", "ModelCallDuration")
    ):
        calls = [span for span in documents[row["TraceId"]]["spans"] if span["model_call"]]
        failures = sum(span["status"]["code"] == "ERROR" for span in calls)
        assert row["FailedModelCalls"] == failures
        assert row["ModelCallDuration"] == sum(
            span["end_time_unix_nano"] - span["start_time_unix_nano"] for span in calls
        )
        failed += failures
    assert failed


def test_what_a_wrapper_repeats_is_not_paid_again(
    store: ClickHouseStore, listed: dict[str, dict[str, Any]]
) -> None:
    paid = rows(store, "otel_traces_usage", "sum(CostUsd)")[0]["sum(CostUsd)"]
    costs = [item["cost_usd"] for item in listed.values()]
    assert same(paid, math.fsum(cost for cost in costs if cost is not None))
    [(every,)] = store.query("SELECT sum(CostUsd) FROM otel_traces_cost")
    assert float(str(every)) > 1.2 * paid


@pytest.mark.parametrize("page", ["guides/cost.md", "reference/usage_views.md"])
def test_documented_queries_run(store: ClickHouseStore, page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    queries = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    assert queries
    CallKeeper(store.engine, store.database).run()
    for query in queries:
        # As long ago as the calls are, and as Grafana fills in a window.
        for written, meant in (
            ("INTERVAL 7 DAY", "INTERVAL 5 YEAR"),
            ("INTERVAL 1 DAY", "INTERVAL 5 YEAR"),
            ("$__fromTime", "toDateTime(1600000000)"),
            ("$__toTime", "toDateTime(2000000000)"),
        ):
            query = query.replace(written, meant)
        assert store.query(query)


@pytest.mark.parametrize("call_first", [True, False])
def test_of_copies_of_a_span_that_one_counts_which_is_a_call(
    store: ClickHouseStore, call_first: bool
) -> None:
    trace_id, request = trace(Call())
    copy = type(request).FromString(request.SerializeToString())
    [operation] = [
        attribute
        for attribute in copy.resource_spans[0].scope_spans[0].spans[1].attributes
        if attribute.key == "gen_ai.operation.name"
    ]
    operation.value.string_value = "something else"
    for each in (request, copy) if call_first else (copy, request):
        write(store, each)

    document = traces.trace_document(store, trace_id)
    spans = [s for s in document["spans"] if s["model_call"]]
    [found] = rows(
        store, "otel_traces_usage", "TraceId", "SpanType", "ModelCall", trace_id=trace_id
    )

    assert [span["span_type"] for span in spans] == ["CHAT_MODEL"]
    assert (found["SpanType"], found["ModelCall"]) == ("CHAT_MODEL", 1)
    assert document["model_calls"] == read_list(store)[trace_id]["model_calls"] == 1
