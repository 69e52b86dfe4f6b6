"""Costs of a week of a million calls, as a dashboard asks for them."""

from __future__ import annotations

import time

import pytest

from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.store import ClickHouseStore

_SPANS = 1_000_000
_ALLOWED_S = 1.0
_TRIES = 5

_FILL = """
INSERT INTO otel_traces
    (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, SpanAttributes)
SELECT
    now64(9) - toIntervalSecond(number * 7919 % 604800),
    hex(generateUUIDv4(1)),
    hex(rand64()),
    'chat',
    'Client',
    concat('service-', toString(number % 5)),
    map(
        'gen_ai.operation.name', 'chat',
        'gen_ai.provider.name', ['openai', 'anthropic', 'deepseek', 'gcp.gemini'][number % 4 + 1],
        'gen_ai.request.model',
        ['gpt-4o', 'claude-sonnet-4-5', 'deepseek-chat', 'gemini-2.5-pro'][number % 4 + 1],
        'gen_ai.response.model', ['', 'nobody-', 'unknown-'][number % 3 + 1],
        'gen_ai.usage.input_tokens', toString(number % 300000),
        'gen_ai.usage.output_tokens', toString(number % 900)
    )
FROM numbers({spans})
"""

_ASK = """
SELECT toStartOfDay(Timestamp) AS day, ServiceName, sum(CostUsd), countIf(CostUsd IS NULL)
FROM otel_traces_cost
WHERE Timestamp >= now() - INTERVAL 8 DAY
GROUP BY day, ServiceName
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_week_of_a_million_calls_takes_less_than_a_second_of_a_core(
    store: ClickHouseStore,
) -> None:
    for _ in range(10):
        store.engine.command(_FILL.format(spans=_SPANS // 10))
    RateKeeper(store).refresh()
    took = []
    for _ in range(_TRIES):
        # Of this process, in which the engine is: not of what else the machine is doing.
        started = time.process_time()
        rows = store.query(_ASK)
        took.append(time.process_time() - started)
    print("seconds of a core:", [round(t, 3) for t in took])
    assert len(rows) >= 35
    assert sum(int(str(unknown)) for *_, unknown in rows) == 0
    assert min(took) < _ALLOWED_S
