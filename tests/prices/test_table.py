"""The table of prices: refreshing it as a whole, and own prices beside it."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from spanbridge_ingest.errors import StoreError
from spanbridge_ingest.prices import refresh, table
from spanbridge_ingest.prices.own import own_price
from spanbridge_ingest.prices.price import Price
from spanbridge_ingest.store import ClickHouseStore


def own(usd: str = "1", model: str = "ours", **rest: object) -> Price:
    return own_price("acme", model, {"input": usd}, **rest)  # type: ignore[arg-type]


def own_amounts(store: ClickHouseStore) -> list[Decimal | None]:
    return [price.amounts.input for price in table.current(store) if price.own]


def packaged_count(store: ClickHouseStore) -> int:
    return sum(not price.own for price in table.current(store))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    model = {"id": "tiny", "match": {"equals": "tiny"}, "prices": {"input_mtok": 0.1}}
    provider = {"id": "acme", "name": "Acme", "api_pattern": "acme", "models": [model]}
    path = tmp_path / "prices.json"
    path.write_text(json.dumps([provider]))
    return path


@pytest.fixture(autouse=True)
def clean(store: ClickHouseStore) -> None:
    table.remove_own(store, [price for price in table.current(store) if price.own])
    refresh.refresh(store)


def test_what_is_stored_is_what_the_package_has(
    store: ClickHouseStore, packaged: list[Price]
) -> None:
    stored = [price for price in table.current(store) if not price.own]
    assert sorted(map(str, stored)) == sorted(
        str(price).replace("revision=0", f"revision={stored[0].revision}") for price in packaged
    )


def test_a_refresh_with_the_same_data_changes_nothing(store: ClickHouseStore) -> None:
    before = table.state(store)
    assert not refresh.refresh(store)
    assert not refresh.fill(store)
    assert table.state(store) == before


def test_a_refresh_replaces_all_of_the_package_and_keeps_history_and_own_prices(
    store: ClickHouseStore, file: Path, packaged: list[Price]
) -> None:
    table.add_own(store, own())
    before = table.state(store)
    assert refresh.refresh(store, file)
    assert packaged_count(store) == 1
    assert own_amounts(store) == [1]
    assert table.state(store).rows == before.rows + 1
    assert refresh.refresh(store)
    assert packaged_count(store) == len(packaged)
    assert own_amounts(store) == [1]


def test_a_file_stays_until_the_package_is_upgraded(
    store: ClickHouseStore, file: Path, packaged: list[Price], monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh.refresh(store, file)
    assert not refresh.fill(store)
    monkeypatch.setattr(refresh, "version", lambda _: "999.10.0")
    assert refresh.fill(store)
    assert packaged_count(store) == len(packaged)
    monkeypatch.setattr(refresh, "version", lambda _: "999.9.0")
    before = table.state(store)
    assert not refresh.fill(store), "an older release shares the store"
    assert table.state(store) == before


def test_readers_see_one_release_or_the_other(
    store: ClickHouseStore, file: Path, packaged: list[Price]
) -> None:
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(packaged_count(store))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(3):
            refresh.refresh(store, file)
            refresh.refresh(store)
    finally:
        stop.set()
        reader.join()
    assert seen <= {1, len(packaged)}


def test_a_refresh_that_fails_leaves_what_was_there(
    store: ClickHouseStore, packaged: list[Price]
) -> None:
    row = {"Source": table.PACKAGE, "Revision": 2**63, "Provider": "acme"}
    rows = [{**row, "ValidFrom": 0}, {**row, "ValidFrom": "never"}]
    with pytest.raises(StoreError):
        table.insert(store, "model_prices", list(rows[0]), rows)
    assert packaged_count(store) == len(packaged)


def test_adding_the_same_own_price_again_replaces_it(store: ClickHouseStore) -> None:
    table.add_own(store, own("1"))
    table.add_own(store, own("2", valid_to="2030-01-01"))
    assert own_amounts(store) == [2]
    table.add_own(store, own("3", valid_from="2026-01-01"))
    assert sorted(filter(None, own_amounts(store))) == [2, 3]


def test_a_removed_own_price_can_be_added_again(store: ClickHouseStore) -> None:
    table.add_own(store, own("1"))
    table.remove_own(store, [own()])
    assert own_amounts(store) == []
    table.add_own(store, own("4"))
    assert own_amounts(store) == [4]


def test_amounts_are_kept_exactly(store: ClickHouseStore) -> None:
    table.add_own(store, own("0.12345678901234567891"))
    assert own_amounts(store) == [Decimal("0.12345678901234567891")]


def test_the_book_is_read_again_only_when_prices_change(store: ClickHouseStore) -> None:
    first = table.book(store)
    assert table.book(store) is first
    table.add_own(store, own())
    assert table.book(store) is not first
