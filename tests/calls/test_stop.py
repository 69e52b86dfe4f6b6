"""A stop in the middle of judging a backlog does not wait, and the next start judges the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from benchmarks import week
from spanbridge_ingest.store import ClickHouseStore, open_store
from tests.calls.comparing import judged, kept
from tests.e2e.outages import ClickHouse
from tests.e2e.processes import Service, free_port, running, wait_until
from tests.e2e.reading import ask, read
from tests.query.loading import embedded_store

pytestmark = pytest.mark.slow

_EVERY = ("--calls-every-s", "1")
_STOP_S = 5.0
"""What closing the store may take before a stop leaves it, and says so."""
_LONG_S = 180.0
_SPANS, _COPIES = 8_000, 8
_JUDGING = (
    "SELECT count() AS n FROM system.processes WHERE query LIKE 'INSERT INTO%trace_calls%' "
    "AND query NOT LIKE '%system.processes%'"
)
_DONE = "SELECT count() AS n FROM trace_calls_progress FINAL WHERE Since = 0"


def pile_up(store: ClickHouseStore) -> None:
    """Store a week, and traces like those of it that all came at once: one slice of them."""
    week.fill(store.engine, _SPANS)
    rows = store.query(
        "SELECT name FROM system.columns WHERE table = 'otel_traces' AND default_kind "
        "NOT IN ('ALIAS', 'MATERIALIZED') AND database = {database:String}",
        {"database": store.database},
    )
    names = [str(name) for (name,) in rows]
    other = {
        "TraceId": "concat(substring(TraceId, 1, 30), '0', toString(copy))",
        "ReceivedAt": "now64(3)",
    }
    made = ", ".join(f"{other[name]} AS {name}" if name in other else name for name in names)
    store.engine.edit(
        f"INSERT INTO otel_traces ({', '.join(names)}) SELECT {made} FROM otel_traces "
        f"CROSS JOIN (SELECT number AS copy FROM numbers({_COPIES})) AS copies",
        {},
        {"max_partitions_per_insert_block": "1000"},
    )


def stop_in_the_middle(service: Service, count: Callable[[str], int]) -> None:
    wait_until(lambda: count(_JUDGING) == 1, "a statement that judges", _LONG_S, 0.01)
    begun = time.monotonic()
    assert service.stop() == 0
    took = time.monotonic() - begun
    print(f"stopped in {took:.2f} s")
    assert took < _STOP_S
    assert service.errors == ""


def finish(service: Service, count: Callable[[str], int]) -> None:
    service.start()
    wait_until(lambda: count(_DONE) == 1, "the backlog to be judged", _LONG_S, 0.5)
    assert service.stop() == 0
    assert service.errors == ""


def test_on_an_embedded_store(tmp_path: Path) -> None:
    directory = tmp_path / "store"
    with embedded_store(directory) as store:
        pile_up(store)
    front = f"127.0.0.1:{free_port()}"
    arguments = ("--store", directory, "--clickhouse-http", front, *_EVERY)
    with running(tmp_path, *arguments) as service:

        def count(sql: str) -> int:
            return int(ask(service, sql)[0]["n"])

        stop_in_the_middle(service, count)
        # It was cancelled: nobody waited for it.
        assert read(directory, {"calls": "SELECT count() FROM trace_calls"})["calls"] == [[0]]
        finish(service, count)
    with closing(open_store(directory=directory)) as store:
        assert kept(store) == judged(store) != []


@contextmanager
def _server(directory: Path) -> Iterator[ClickHouse]:
    server = ClickHouse(directory)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def test_on_a_server(tmp_path: Path) -> None:
    with _server(tmp_path) as server, closing(open_store(url=server.url)) as store:
        pile_up(store)

        def count(sql: str) -> int:
            return int(str(store.query(sql)[0][0]))

        with running(tmp_path, "--clickhouse", server.url, *_EVERY) as service:
            stop_in_the_middle(service, count)
            # The server is not left with it either.
            wait_until(lambda: count(_JUDGING) == 0, "the statement to be gone", _STOP_S)
            assert count("SELECT count() FROM trace_calls") == 0
            finish(service, count)
        assert kept(store) == judged(store) != []
