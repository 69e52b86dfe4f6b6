"""Rates for SQL follow the prices and the names that turn up; what has none is reported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spanbridge_ingest.prices import rates, table
from spanbridge_ingest.prices.own import own_price
from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.prices.unknown import unknown_prices
from spanbridge_ingest.store import ClickHouseStore
from tests.prices.spans import SECOND, START, Call, trace
from tests.query.loading import write

Costs = Callable[[str], list[float | None]]


@pytest.fixture
def costs(store: ClickHouseStore) -> Costs:
    def read(trace_id: str) -> list[float | None]:
        rows = store.query(
            "SELECT CostUsd FROM otel_traces_cost WHERE TraceId = {trace:String} ORDER BY SpanId",
            {"trace": trace_id},
        )
        return [usd for (usd,) in rows]  # type: ignore[misc]

    return read


def store_calls(store: ClickHouseStore, *calls: Call) -> str:
    trace_id, request = trace(*calls)
    write(store, request)
    return trace_id


def revisions(store: ClickHouseStore) -> int:
    [(count,)] = store.query("SELECT uniqExact(Revision) FROM model_price_rates")
    return int(str(count))


def own(store: ClickHouseStore, model: str, usd: str = "1") -> None:
    table.add_own(store, own_price("openai", model, {"input": usd, "output": usd}))


def test_a_name_has_a_cost_in_sql_after_the_next_look(store: ClickHouseStore, costs: Costs) -> None:
    keeper = RateKeeper(store)
    keeper.refresh()
    trace_id = store_calls(store, Call(model="gpt-4-turbo", input=1_000_000, output=0))
    assert costs(trace_id) == [None]
    assert keeper.refresh()
    assert costs(trace_id) == [10]
    assert not keeper.refresh()


def test_an_own_price_changes_costs_of_spans_that_are_there(
    store: ClickHouseStore, costs: Costs
) -> None:
    keeper = RateKeeper(store)
    trace_id = store_calls(store, Call(model="model-a", input=1_000_000, output=1_000_000))
    keeper.refresh()
    assert costs(trace_id) == [None]
    own(store, "model-a", "2")
    assert keeper.refresh()
    assert costs(trace_id) == [4]
    table.remove_own(store, [price for price in table.current(store) if price.own])
    assert keeper.refresh()
    assert costs(trace_id) == [None]


def test_instances_do_not_take_each_other_s_rates_away(
    store: ClickHouseStore, costs: Costs
) -> None:
    one, two = RateKeeper(store), RateKeeper(store)
    one.refresh()
    two.refresh()
    own(store, "model-b")
    trace_id = store_calls(store, Call(model="model-b", input=1_000_000, output=0))
    one.refresh()
    two._looked_until = 2**32 - 1  # it sees nothing that is new
    store_calls(store, Call(model="gpt-3.5-turbo"))
    two.refresh()
    assert costs(trace_id) == [1]


def test_old_revisions_go_and_never_the_one_that_counts(store: ClickHouseStore) -> None:
    keeper = RateKeeper(store)
    for usd in ("1", "2", "3", "4"):
        own(store, "model-c", usd)
        store_calls(store, Call(model="model-c"))
        keeper.refresh()
    assert revisions(store) == 2


def test_names_without_end_are_cut_off(
    store: ClickHouseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MAX_NAMES", 3)
    store_calls(store, *(Call(model=f"gpt-4o-{n}") for n in range(9)))
    keeper = RateKeeper(store)
    keeper.refresh()
    keeper.refresh()
    assert len(keeper._names) == 3


def test_models_without_a_price_are_reported_with_what_they_used(store: ClickHouseStore) -> None:
    start = START + 10**6 * SECOND
    store_calls(
        store,
        Call(model="nobody", start=start, input=10, output=5),
        Call(model="nobody", start=start + SECOND, input=1, output=2),
        Call(model="nobody", response_model="nobody-1", start=start, input=1000, output=0),
        Call(model="gpt-4o", start=start),
        Call(model="gpt-4o", start=start, input=900, output=None),
        Call(model="text-embedding-3-small", operation="embeddings", start=start, output=None),
    )
    RateKeeper(store).refresh()
    found = unknown_prices(store, start // SECOND)
    names = [(row["request_model"], row["response_model"], row["priced"]) for row in found]
    assert names == [
        ("nobody", "nobody-1", False),
        ("gpt-4o", "", True),
        ("nobody", "", False),
    ]
    assert found[2] == {
        "provider": "openai",
        "request_model": "nobody",
        "response_model": "",
        "spans": 2,
        "input_tokens": 11,
        "output_tokens": 7,
        "first_seen_unix_nano": start,
        "last_seen_unix_nano": start + SECOND,
        "priced": False,
    }
