"""A store with the package's prices, and the prices themselves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from spanbridge_ingest.prices.book import PriceBook
from spanbridge_ingest.prices.package import package_prices
from spanbridge_ingest.prices.price import Price
from spanbridge_ingest.store import ClickHouseStore, open_store


@pytest.fixture(scope="session")
def packaged() -> list[Price]:
    return package_prices()


@pytest.fixture(scope="session")
def packaged_book(packaged: list[Price]) -> PriceBook:
    return PriceBook(packaged)


@pytest.fixture(scope="module")
def store(
    template_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClickHouseStore]:
    """A store of this module's own; chDB opens one directory at a time."""
    directory = tmp_path_factory.mktemp("prices") / "store"
    shutil.copytree(template_store, directory, symlinks=True)
    store = open_store(directory=directory)
    yield store
    store.close()
