"""A store with every recorded trace, and the storage API on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanbridge_ingest.store import ClickHouseStore
from tests.jaeger.client import Client, connected
from tests.jaeger.serving import copied_store, endpoint
from tests.query.loading import embedded_store, load_corpus


@pytest.fixture(scope="package")
def corpus_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a store with the corpus. A process has one store open at a time: copy it."""
    directory = tmp_path_factory.mktemp("corpus") / "store"
    with embedded_store(directory) as store:
        load_corpus(store)
    return directory


@pytest.fixture(scope="module")
def store(
    corpus_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClickHouseStore]:
    directory = tmp_path_factory.mktemp("store") / "store"
    with copied_store(corpus_store, directory) as store:
        yield store


@pytest.fixture(scope="module")
def jaeger(store: ClickHouseStore) -> Iterator[Client]:
    with endpoint(store) as address, connected(address) as client:
        yield client
