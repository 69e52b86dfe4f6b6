"""A store with the package's prices for each test of the table of calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanbridge_ingest.store import ClickHouseStore
from tests.query.loading import embedded_store


@pytest.fixture
def store(empty_store: Path) -> Iterator[ClickHouseStore]:
    with embedded_store(empty_store) as opened:
        yield opened
