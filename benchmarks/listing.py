"""Listing and totalling in a large store. Prints a table per size of the store.

    python benchmarks/listing.py [--traces 10000,100000] [--store DIRECTORY] [--rounds 20]

Each size gets an embedded store of its own with 5 spans per trace on average, spread over a week;
``--traces 1000000`` (5 M spans) takes about a minute to make and 0.3 GB. With ``--store`` the store
stays, and is used again if it is there. Rows are made by the engine, GenAI columns included. CPU
time, of all threads, is there for machines that do other work meanwhile.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from spanbridge_ingest.jaeger.chunks import chunks
from spanbridge_ingest.jaeger.question import TraceQuestion
from spanbridge_ingest.jaeger.search import find_ids
from spanbridge_ingest.query.traces import list_traces
from spanbridge_ingest.store import ClickHouseStore, open_store
from spanbridge_semconv import genai_columns

_WEEK_NS = 7 * 86400 * 10**9
_INSERTS = 40
_GENERATE = Path(__file__).parent / "sql" / "generate_traces.sql"


@contextmanager
def store_with(traces: int, directory: Path) -> Iterator[ClickHouseStore]:
    """A store with so many traces in the week that ends about now."""
    store = open_store(directory=directory)
    try:
        [(rows,)] = store.query("SELECT count() FROM otel_traces")
        if not rows:
            _fill(store, traces)
        yield store
    finally:
        store.close()


def _fill(store: ClickHouseStore, traces: int) -> None:
    text = _GENERATE.read_text("utf-8")
    begin = time.time_ns() - _WEEK_NS
    step = max(traces // _INSERTS, 1000)
    for first in range(0, traces, step):
        values: dict[str, object] = {
            "begin": begin,
            "length": _WEEK_NS,
            "traces": traces,
            "first": first,
            "count": min(step, traces - first),
            "tuple": "'" + genai_columns()[0].type.replace("'", "\\'") + "'",
        }
        statement = text
        for name, value in values.items():
            statement = re.sub(rf"\{{{name}:\w+\}}", str(value).replace("\\", r"\\"), statement)
        store.engine.command(statement, {"insert_allow_materialized_columns": "1"})


def _measured(rounds: int, work: Callable[[], object]) -> str:
    work()
    took, cpu = [], []
    for _ in range(rounds):
        started, used = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    cut = quantiles(took, n=20)
    return f"{min(took):7.0f} {cut[9]:7.0f} {cut[18]:7.0f} {median(cpu):7.0f}"


def measure(store: ClickHouseStore, rounds: int) -> None:
    """Print what each way of looking takes."""
    [(traces, first, last)] = store.query(
        "SELECT count(), toUnixTimestamp(min(Start)), toUnixTimestamp(max(Start)) "
        "FROM otel_traces_trace_id_ts"
    )
    [(spans,)] = store.query("SELECT count() FROM otel_traces")
    assert isinstance(first, int)
    assert isinstance(last, int)
    middle = (first + last) // 2 * 10**9
    cursor = list_traces(store, end=middle, limit=100).next_cursor
    hourly = (
        "SELECT toStartOfHour(Timestamp), RequestModel, sum(InputTokens), sum(OutputTokens) "
        "FROM otel_traces_usage(since = {since:UInt32}, until = {until:UInt32}) GROUP BY 1, 2"
    )
    million_s = int((last - first) * min(1.0, 1_000_000 / int(str(spans))))

    def usage(seconds: int) -> object:
        return store.query(hourly, {"since": last - seconds, "until": last + 1})

    print(f"\n{traces} traces, {spans} spans      ms: least  median     p95     CPU")
    for name, work in {
        "newest 100, totals": lambda: list_traces(store, limit=100),
        "100 after a cursor in the middle": lambda: list_traces(store, limit=100, cursor=cursor),
        "newest 100 of a service (1 of 20)": lambda: list_traces(
            store, limit=100, service="service-3"
        ),
        "newest 100 of a rare service": lambda: list_traces(
            store, limit=100, service="service-999"
        ),
        "newest 20, whole, for Jaeger": lambda: _whole(store, TraceQuestion(depth=20)),
        "newest 20 of a service, for Jaeger": lambda: _whole(
            store, TraceQuestion(service="service-3", depth=20)
        ),
        "newest 20 that failed, for Jaeger": lambda: _whole(
            store, TraceQuestion(attributes=(("error", "true"),), depth=20)
        ),
        "newest ids, attribute nobody has": lambda: find_ids(
            store, TraceQuestion(attributes=(("nobody", "x"),), depth=20)
        ),
        "usage per hour and model, an hour": lambda: usage(3600),
        "the same, at most 1 M spans": lambda: usage(million_s),
    }.items():
        few = rounds if "newest" in name or "cursor" in name else max(2, rounds // 5)
        print(f"{name:36s} {_measured(few, work)}", flush=True)


def _whole(store: ClickHouseStore, question: TraceQuestion) -> object:
    return list(chunks(store, find_ids(store, question)))


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", default="10000,100000")
    parser.add_argument("--store", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    for traces in map(int, options.traces.split(",")):
        with tempfile.TemporaryDirectory() as directory:
            base = options.store or Path(directory)
            with store_with(traces, base / str(traces)) as store:
                measure(store, options.rounds)


if __name__ == "__main__":
    main()
