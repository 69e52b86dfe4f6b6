"""Closing a store ends what it is still asked, and nothing that others ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from spanbridge_ingest.errors import StoreError, StoreUnavailableError
from spanbridge_ingest.store import ClickHouseStore, open_store
from spanbridge_ingest.store.engine import Engine
from tests.e2e.outages import ClickHouse
from tests.e2e.processes import wait_until
from tests.support.stores import make_store

_SOON_S = 5.0
_ENDLESS = "SELECT sum(cityHash64(number, number + 1)) AS n FROM numbers(1000000000000)"
_WRITES = f"INSERT INTO FUNCTION null('n UInt64') {_ENDLESS}"
_WAYS: dict[str, Callable[[Engine], object]] = {
    "query": lambda engine: engine.query(_ENDLESS),
    "control": lambda engine: engine.control(_ENDLESS),
    "edit": lambda engine: engine.edit(_WRITES, {}, {"max_threads": "1"}),
    "command": lambda engine: engine.command(_WRITES, {"max_threads": "1"}),
}


class Asking(threading.Thread):
    """Asks a store for what it never finishes; keeps how that ended."""

    def __init__(self, engine: Engine, way: str) -> None:
        super().__init__(daemon=True)
        self._engine, self._way = engine, way
        self.error: StoreError | None = None
        self.start()

    def run(self) -> None:
        try:
            _WAYS[self._way](self._engine)
        except StoreError as error:
            self.error = error


def endless(store: ClickHouseStore) -> int:
    """How many of them run."""
    [(count,)] = store.query(
        "SELECT count() FROM system.processes "
        "WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%system.processes%'"
    )
    return int(str(count))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    found = ClickHouse(tmp_path_factory.mktemp("server"))
    found.start()
    try:
        yield found
    finally:
        found.kill()


def closed_in_the_middle(store: ClickHouseStore, ways: list[str]) -> None:
    asking = [Asking(store.engine, way) for way in ways]
    wait_until(lambda: endless(store) == len(ways), "the statements to run")
    begun = time.monotonic()
    store.close()
    for one in asking:
        one.join(_SOON_S)
        assert not one.is_alive()
        assert one.error is not None
        assert one.error.code == 394
    assert time.monotonic() - begun < _SOON_S
    assert store.engine.idle
    with pytest.raises(StoreUnavailableError, match="is being closed"):
        store.query("SELECT 1")


def test_an_embedded_store(tmp_path: Path) -> None:
    directory = make_store(tmp_path / "store")
    closed_in_the_middle(open_store(directory=directory), list(_WAYS))
    with closing(open_store(directory=directory)) as store:
        assert store.query("SELECT 1") == [(1,)]


def test_a_server_where_others_are_left_alone(server: ClickHouse) -> None:
    with closing(open_store(url=server.url)) as other:
        others = Asking(other.engine, "edit")
        wait_until(lambda: endless(other) == 1, "the statement of the other")
        store = open_store(url=server.url)
        asking = [Asking(store.engine, way) for way in _WAYS]
        wait_until(lambda: endless(other) == 1 + len(_WAYS), "the statements to run")
        store.close()
        for one in asking:
            one.join(_SOON_S)
            assert not one.is_alive()
        wait_until(lambda: endless(other) == 1, "the statements to be gone", _SOON_S)
        assert others.is_alive()
        assert store.engine.idle
    others.join(_SOON_S)
    assert not others.is_alive()


def test_a_server_that_is_away_keeps_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = ClickHouse(tmp_path)
    server.start()
    store = open_store(url=server.url)
    server.kill()
    begun = time.monotonic()
    store.close()
    assert time.monotonic() - begun < _SOON_S
    assert caplog.messages == []
