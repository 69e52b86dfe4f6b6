"""Costs in SQL are those in Python."""

from __future__ import annotations

import math
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanbridge_ingest.prices import table
from spanbridge_ingest.prices.own import own_price
from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.query.costs import trace_cost
from spanbridge_ingest.query.genai import SummaryRow
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_semconv import SpanTotals
from tests.prices.spans import SECOND, START, Call, recorded_with_real_names, trace
from tests.query.loading import write

MODELS = [
    ("openai", "gpt-4o"),
    ("openai", "ft:gpt-4o:ours"),
    ("openai.chat", "gpt-4o-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("gcp.vertex_ai", "gemini-2.5-pro"),
    ("deepseek", "deepseek-chat"),
    ("deepseek", "deepseek-v4-pro"),
    ("perplexity", "sonar-pro"),
    ("perplexity", "sonar-deep-research"),
    ("openai", "text-embedding-3-small"),
    ("openai", "whisper-1"),
    ("", "claude-3-5-haiku-latest"),
    ("ours", "own-model"),
    ("ours", "unheard-of"),
    ("", ""),
]
COUNTS = st.none() | st.integers(0, 5) | st.integers(0, 400_000) | st.just(2**62)
CALLS = st.builds(
    lambda names, response, operation, start, counts: Call(
        names[1], response, names[0], operation, start, *counts
    ),
    st.sampled_from(MODELS),
    st.sampled_from(["", "gpt-4o-2024-08-06", "own-model", "unheard-of"]),
    st.sampled_from(["chat", "embeddings", "invoke_agent"]),
    st.integers(0, 2**63 - SECOND) | st.integers(START, START + 40 * 86_400 * SECOND),
    st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
)


@pytest.fixture(scope="module", autouse=True)
def own_prices(store: ClickHouseStore) -> None:
    usd = {"input": "1.25", "output": "0.0000001", "cache_read": "0", "request": "0.002"}
    for rest in (
        {"valid_to": "2026-06-01T12:34:56Z"},
        {"valid_from": "2026-06-20", "above_tokens": 1000},
    ):
        table.add_own(store, own_price("ours", "own-model", usd, **rest))  # type: ignore[arg-type]


def sql_costs(store: ClickHouseStore, trace_ids: list[str]) -> dict[str, float | None]:
    rows = store.query(
        "SELECT SpanId, CostUsd FROM otel_traces_cost WHERE TraceId IN {traces:Array(String)}",
        {"traces": trace_ids},
    )
    return {str(span_id): usd for span_id, usd in rows}  # type: ignore[misc]


def python_costs(store: ClickHouseStore, trace_ids: list[str]) -> dict[str, float | None]:
    sql = (files("spanbridge_ingest.query") / "sql" / "list_spans.sql").read_text("utf-8")
    found = store.query(sql, {"database": "default", "trace_ids": trace_ids})
    rows = [SummaryRow(*row) for row in found]  # type: ignore[arg-type]
    spans = [(row.start, row) for row in rows]
    costs = trace_cost(table.book(store), spans, [SpanTotals()] * len(spans)).spans
    return {
        row.span_id: cost
        for row, cost in zip(rows, costs, strict=True)
        if row.input_tokens is not None or row.output_tokens is not None
    }


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=0)


def differing(store: ClickHouseStore, trace_ids: list[str]) -> list[object]:
    by_sql, by_python = sql_costs(store, trace_ids), python_costs(store, trace_ids)
    assert by_sql.keys() == by_python.keys()
    return [
        (span_id, usd, by_sql[span_id])
        for span_id, usd in by_python.items()
        if not same(usd, by_sql[span_id])
    ]


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(calls=st.lists(CALLS, min_size=40, max_size=80))
def test_any_call_costs_the_same(store: ClickHouseStore, calls: list[Call]) -> None:
    trace_id, request = trace(*calls)
    write(store, request)
    RateKeeper(store).refresh()
    assert not differing(store, [trace_id])


def test_recorded_traces_with_real_models_cost_the_same(store: ClickHouseStore) -> None:
    requests = recorded_with_real_names()
    write(store, *requests)
    RateKeeper(store).refresh()
    trace_ids = sorted(
        {
            span.trace_id.hex()
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }
    )
    assert not differing(store, trace_ids)
    costs = python_costs(store, trace_ids)
    assert sum(cost is not None for cost in costs.values()) > len(costs) / 2


def test_the_view_filters_by_time_before_it_joins(store: ClickHouseStore) -> None:
    plan = store.query(
        "EXPLAIN indexes = 1 SELECT sum(CostUsd) FROM otel_traces_cost "
        "WHERE Timestamp >= '2027-01-01' AND ServiceName = 'shop'"
    )
    text = "\n".join(str(line) for (line,) in plan)
    assert "idx_timestamp" in text
    assert "ServiceName" in text
