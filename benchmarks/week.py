"""A week of a company's traces, made by the engine: what dashboards are measured on.

    python -m benchmarks.week --store DIRECTORY [--spans 1000000]

Eight services in as many shapes (``sql/week/``): agents with tools and loops, retrieval, web
assistants, workflows, batches, teams of agents, embeddings, and one without any model; five
dialects, calls reported twice, failures, an outage of a provider, cache and reasoning tokens,
streams, models without a price, users, sessions, tags, feedback, evaluations and refused spans.

Spans pass through the table as received ones do: it computes their GenAI columns. Two weeks of one
``seed`` and one ``end`` are equal.
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path
from typing import Final

from spanbridge_ingest.prices.rates import RateKeeper
from spanbridge_ingest.prices.refresh import fill as fill_prices
from spanbridge_ingest.store import ClickHouseStore, open_store
from spanbridge_ingest.store.engine import Engine
from spanbridge_ingest.store.names import identifier

SHAPES: Final = (
    *("agent", "retrieval", "assistant", "workflow"),
    *("batch", "team", "plain", "indexing"),
)
SPANS_PER_TRACE: Final = 7.8
WEEK_S: Final = 7 * 86400

_SQL: Final = Path(__file__).parent / "sql" / "week"
_TRACES_PER_INSERT: Final = 12_000
_BATCH_MS: Final = 20_000
_SETTINGS: Final = {
    # Rows of one insert go into one part, and every other core may make them.
    "max_insert_block_size": "200000",
    "max_insert_threads": "2",
    "max_partitions_per_insert_block": "1000",
}


def fill(
    engine: Engine, spans: int = 1_000_000, seed: int = 1, *, end_s: int | None = None
) -> tuple[int, int]:
    """Store a week of about ``spans`` spans, their commit log, feedback, tags, prices and rates.

    Args:
        engine: of a store whose schema is applied and which holds no spans yet.
        spans: how many, give or take a percent.
        seed: another one gives other traces.
        end_s: when the week ends, seconds since the epoch; the last full minute by default.

    Returns:
        When the week begins and ends, seconds since the epoch.
    """
    end = int(time.time()) // 60 * 60 if end_s is None else end_s
    begin, traces = end - WEEK_S, max(int(spans / SPANS_PER_TRACE), 1)
    values = {
        "seed": seed,
        "begin": begin * 10**9,
        # The last traces end within the week.
        "length": (WEEK_S - 60) * 10**9,
        "traces": traces,
        "batch_ms": _BATCH_MS,
    }
    shapes = "\n        UNION ALL\n".join(
        f"SELECT n, h, trace_id, start, hours, env, service, language, spans FROM\n({_text(name)})"
        for name in SHAPES
    )
    rows = _text("rows").replace("{shapes}", shapes)
    for first in range(0, traces, _TRACES_PER_INSERT):
        count = min(_TRACES_PER_INSERT, traces - first)
        statement = _bound(rows, {**values, "first": first, "count": count})
        engine.command(_in(engine, statement), _SETTINGS)
    for statement in _text("aside").split(";\n"):
        engine.command(_in(engine, statement))
    store = ClickHouseStore(engine, engine.database)
    fill_prices(store)
    RateKeeper(store).refresh()
    return begin, end


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8").strip()


def _bound(statement: str, values: dict[str, int]) -> str:
    """An INSERT binds nothing in the embedded engine; these are all numbers of our own."""
    return re.sub(r"\{(\w+):\w+\}", lambda found: str(values[found[1]]), statement)


def _in(engine: Engine, statement: str) -> str:
    database = identifier(engine.database)
    return re.sub(r"\b(INTO|FROM) ((?:otel|otlp|trace)_\w+)", rf"\1 `{database}`.\2", statement)


def main() -> None:
    """Make a week in a new store and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    store = open_store(directory=options.store)
    try:
        started = time.perf_counter()
        begin, end = fill(store.engine, options.spans, options.seed)
        [(rows, traces)] = store.query("SELECT count(), uniqExact(TraceId) FROM otel_traces")
        took = time.perf_counter() - started
        print(f"{rows} spans in {traces} traces from {begin} to {end}, made in {took:.0f} s")
    finally:
        store.close()


if __name__ == "__main__":
    main()
