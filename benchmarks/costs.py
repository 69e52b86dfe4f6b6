"""Costs of a week of a million calls, as a dashboard asks for them. Prints one JSON document.

python -m benchmarks.costs
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from spanbridge_ingest.prices.rates import RateKeeper
from tests.query.loading import embedded_store

_SPANS = 1_000_000
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


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, embedded_store(Path(folder) / "store") as store:
        for _ in range(10):
            store.engine.command(_FILL.format(spans=_SPANS // 10))
        RateKeeper(store).refresh()
        took = []
        for _ in range(_TRIES):
            wall, cpu = time.perf_counter(), time.process_time()
            rows = store.query(_ASK)
            took.append((time.perf_counter() - wall, time.process_time() - cpu))
    print(
        json.dumps(
            {
                "spans": _SPANS,
                "rows": len(rows),
                "wall_s": [round(wall, 3) for wall, _ in took],
                "cpu_s": [round(cpu, 3) for _, cpu in took],
            }
        )
    )


if __name__ == "__main__":
    main()
