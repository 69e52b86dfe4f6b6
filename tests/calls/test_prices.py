"""Costs in the table follow the prices."""

from __future__ import annotations

import random

from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_ingest.store.calls import CallKeeper
from tests.calls.comparing import judged, kept
from tests.calls.forests import forest, request
from tests.query.loading import write


def test_other_rates_change_what_was_kept(store: ClickHouseStore) -> None:
    write(store, request(*forest(random.Random(1), 60)))
    keeping = CallKeeper(store.engine, store.database)
    keeping.run()
    unknown = kept(store)

    RateKeeper(store).refresh()
    keeping.run()

    assert kept(store) == judged(store) != unknown
    [(paid, unpaid)] = store.query(
        "SELECT countIf(CostUsd > 0), countIf(UsageCounted AND CostUsd IS NULL) "
        "FROM otel_trace_calls"
    )
    assert paid
    assert unpaid


def test_only_models_whose_rates_changed_are_written_again(store: ClickHouseStore) -> None:
    write(store, request(*forest(random.Random(2), 60)))
    RateKeeper(store).refresh()
    keeping = CallKeeper(store.engine, store.database)
    keeping.run()
    [(before,)] = store.query("SELECT max(Version) FROM trace_calls")

    store.engine.command(
        "INSERT INTO model_price_rates SELECT * REPLACE (Revision + 1 AS Revision, "
        "if(RequestModel = 'gpt-4o', InputUsdPerMTok * 2, InputUsdPerMTok) AS InputUsdPerMTok) "
        "FROM (SELECT * FROM model_price_rates WHERE Revision = "
        "(SELECT max(Revision) FROM model_price_rates))"
    )
    keeping.run()

    assert kept(store) == judged(store)
    # Written again with the next version, as far as they cost something else.
    changed = store.query(
        "SELECT DISTINCT RequestModel FROM trace_calls "
        "GROUP BY TraceId, SpanId, RowHash, RequestModel HAVING uniqExact(CostUsd) > 1"
    )
    assert changed == [("gpt-4o",)]
    [(after,)] = store.query("SELECT max(Version) FROM trace_calls")
    assert int(str(before)) <= int(str(after)) <= int(str(before)) + 2
