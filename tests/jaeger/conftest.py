"""A store with every recorded trace, and the storage API on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spanbridge_ingest.store import ClickHouseStore
from tests.jaeger.client import Client, connected
from tests.jaeger.serving import endpoint
from tests.query.loading import embedded_store, load_corpus


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        load_corpus(store)
        yield store


@pytest.fixture(scope="package")
def jaeger(store: ClickHouseStore) -> Iterator[Client]:
    with endpoint(store) as address, connected(address) as client:
        yield client
