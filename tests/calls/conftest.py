"""A store with the package's prices, which a module opens once and each test finds empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spanbridge_ingest.prices.refresh import fill
from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import embedded_store

_FILLED = (
    *("otel_traces", "otel_traces_trace_id_ts", "otlp_batches", "trace_calls"),
    *("trace_calls_progress", "model_price_rates"),
)


@pytest.fixture(scope="module")
def _opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("calls")) as opened:
        fill(opened)
        yield opened


@pytest.fixture
def store(_opened: ClickHouseStore) -> ClickHouseStore:
    for table in _FILLED:
        _opened.engine.command(f"TRUNCATE TABLE {table}")
    return _opened
