"""Searching by cost finds what documents say they cost."""

from __future__ import annotations

import pytest

from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.query import traces
from spanbridge_ingest.query.search.asking import Asking
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.run import find
from spanbridge_ingest.store import ClickHouseStore
from tests.prices.spans import Call, recorded_with_real_names, trace
from tests.query.loading import write


@pytest.fixture(scope="module")
def costs(store: ClickHouseStore) -> dict[str, float]:
    """What the documents of the traces that have a cost say, by trace id."""
    write(store, *recorded_with_real_names())
    write(store, trace(Call(), Call(model="nobody"))[1])
    write(store, trace(Call(model="nobody"))[1])
    RateKeeper(store).refresh()
    ids = [each["trace_id"] for each in traces.list_traces(store, limit=500).traces]
    documents = traces.trace_documents(store, ids)
    known = {name: document["cost_usd"] for name, document in documents.items()}
    assert None in known.values()
    return {name: usd for name, usd in known.items() if usd is not None}


def found(store: ClickHouseStore, text: str, *order: str) -> list[str]:
    patient = Asking(store, max_seconds=100)
    question = Question(text, list(order), 500)
    return [each.trace_id for each in find(store, question, patient).traces]


@pytest.mark.parametrize(
    "share", [0.5, *(pytest.param(share, marks=pytest.mark.slow) for share in (0.1, 0.9))]
)
def test_conditions(store: ClickHouseStore, costs: dict[str, float], share: float) -> None:
    distinct = sorted(set(costs.values()))
    place = int(len(distinct) * share)
    # Between two of them: sums of doubles may differ in their last digit.
    between = round((distinct[place - 1] + distinct[place]) / 2, 12)
    less = {name for name, usd in costs.items() if usd < between}
    assert 0 < len(less) < len(costs)
    assert set(found(store, f"cost_usd < {between:.12f}")) == less
    assert set(found(store, f"cost_usd >= {between:.12f}")) == costs.keys() - less


def test_what_has_a_cost(store: ClickHouseStore, costs: dict[str, float]) -> None:
    assert set(found(store, "cost_usd IS NOT NULL")) == costs.keys()
    assert not costs.keys() & set(found(store, "cost_usd IS NULL"))


def test_order(store: ClickHouseStore, costs: dict[str, float]) -> None:
    first = found(store, "", "cost_usd DESC")[: len(costs)]
    ordered = [costs[name] for name in first]
    assert ordered == pytest.approx(sorted(costs.values(), reverse=True))
