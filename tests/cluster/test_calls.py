"""The table of calls over Distributed tables."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.prices.refresh import fill
from spanbridge_ingest.store import ClickHouseStore, open_store
from spanbridge_ingest.store.calls import CallKeeper
from spanbridge_ingest.store.cluster import sharded_tables
from spanbridge_ingest.store.edits import TraceEdits
from tests.calls.comparing import judged, kept
from tests.calls.forests import forest, request
from tests.query.loading import write

pytestmark = pytest.mark.slow


@pytest.fixture
def store(node: str) -> Iterator[ClickHouseStore]:
    """An empty one, with prices."""
    store = open_store(url=f"{node}/otel", cluster="test")
    try:
        fill(store)
        yield store
    finally:
        store.close()


def test_calls_are_kept_priced_and_deleted(store: ClickHouseStore) -> None:
    assert "trace_calls" in sharded_tables()
    # One for the cluster: every instance asks it.
    assert "trace_calls_progress" not in sharded_tables()
    spans = forest(random.Random(1), 30)
    write(store, request(*spans))
    keeping = CallKeeper(store.engine, store.database)
    keeping.run()
    assert kept(store) == judged(store) != []
    [(stored,)] = store.query("SELECT count() FROM otel.trace_calls_local")
    assert stored

    RateKeeper(store).refresh()
    keeping.run()
    assert kept(store) == judged(store)
    assert store.query("SELECT countIf(CostUsd > 0) > 0 FROM otel.otel_trace_calls") == [(1,)]

    trace_id = spans[0].trace_id.hex()
    TraceEdits(store.engine, store.database).delete_traces([trace_id])
    [(left,)] = store.query(
        "SELECT count() FROM otel.trace_calls_local WHERE TraceId = {id:String}", {"id": trace_id}
    )
    assert left == 0
    keeping.run()
    assert kept(store) == judged(store)
