"""The books of senders and store, compared."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.e2e.load import Ledger
from tests.e2e.reading import UNCOMMITTED, read
from tests.e2e.sending import LOGS, TRACES

_QUERIES = {
    TRACES: "SELECT TraceId, SpanId, count() FROM otel_traces GROUP BY ALL",
    LOGS: "SELECT TraceId, SpanId, count() FROM otel_logs GROUP BY ALL",
    "rejects": "SELECT Reason, count() FROM otlp_rejects GROUP BY ALL",
    "logged rejects": (
        "SELECT arraySum(arrayMap(m -> arraySum(mapValues(m)), RequestRejects)) FROM otlp_batches"
    ),
    "requests": "SELECT arrayJoin(RequestHashes) AS h, count() FROM otlp_batches GROUP BY h",
    **UNCOMMITTED,
}


def assert_exactly_once(store: Path | str, ledger: Ledger) -> None:
    """Everything was acknowledged at last, and is in the store once, with nothing beside it."""
    assert ledger.refused == []
    assert ledger.misjudged == []
    found = read(store, _QUERIES)
    for signal in (TRACES, LOGS):
        stored = Counter({(trace, span): count for trace, span, count in found[signal]})
        sent = ledger.keys(signal)
        assert set(sent.values()) <= {1}
        assert sorted(sent - stored) == [], "acknowledged and lost"
        assert sorted(stored - sent) == [], "stored twice, or never sent"
    assert found["rejects"] == [["trace_id_zero", ledger.rejects]]
    assert sum(row[0] for row in found["logged rejects"]) == ledger.rejects
    assert len(found["requests"]) == len(ledger)
    assert {count for _, count in found["requests"]} == {1}
    for name in UNCOMMITTED:
        assert found[name] == [[0]], name
