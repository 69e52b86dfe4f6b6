"""The books of senders and store, compared."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.e2e.load import Ledger
from tests.e2e.reading import UNCOMMITTED, read
from tests.e2e.sending import LOGS, TRACES

_COMMITTED = "BatchId IN (SELECT BatchId FROM otlp_batches)"
_QUERIES = {
    TRACES: f"SELECT TraceId, SpanId, count() FROM otel_traces WHERE {_COMMITTED} GROUP BY ALL",
    LOGS: f"SELECT TraceId, SpanId, count() FROM otel_logs WHERE {_COMMITTED} GROUP BY ALL",
    "rejects": f"SELECT Reason, count() FROM otlp_rejects WHERE {_COMMITTED} GROUP BY ALL",
    "logged rejects": (
        "SELECT arraySum(arrayMap(m -> arraySum(mapValues(m)), RequestRejects)) FROM otlp_batches"
    ),
    "requests": "SELECT arrayJoin(RequestHashes) AS h, count() FROM otlp_batches GROUP BY h",
    **UNCOMMITTED,
}


def assert_exactly_once(store: Path | str, ledger: Ledger, *, settled: bool = True) -> None:
    """Everything was acknowledged at last, and is in the store once.

    ``settled`` wants nothing beside it: what failed writes left behind is gone.
    """
    assert ledger.refused == []
    assert ledger.misjudged == []
    found = read(store, _QUERIES)
    for signal in (TRACES, LOGS):
        stored = Counter({(trace, span): count for trace, span, count in found[signal]})
        sent = ledger.keys(signal)
        assert set(sent.values()) <= {1}
        assert sorted(sent - stored) == [], "acknowledged and lost"
        assert sorted(stored - sent) == [], "stored twice, or never sent"
    assert found["rejects"] == ([["trace_id_zero", ledger.rejects]] if ledger.rejects else [])
    assert sum(row[0] for row in found["logged rejects"]) == ledger.rejects
    assert len(found["requests"]) == len(ledger)
    assert {count for _, count in found["requests"]} == {1}
    left = {name: found[name][0][0] for name in UNCOMMITTED}
    print(f"rows of batches that were not committed: {left}")
    assert not settled or not any(left.values()), left
