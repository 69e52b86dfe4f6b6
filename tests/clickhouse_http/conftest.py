"""A front that only reads, on an engine with some rows."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.clickhouse_http.asking import OPTIONS, ROWS
from tests.clickhouse_http.serving import Served, serve


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("engine"), OPTIONS) as front:
        front.engine.query(
            "CREATE TABLE numbers_table (n UInt64, s LowCardinality(String), m Map(String, String),"
            " t DateTime64(9, 'UTC'), o Nullable(Int8)) ENGINE = MergeTree ORDER BY n"
        )
        front.engine.query(
            "INSERT INTO numbers_table SELECT number, toString(number % 7),"
            " map('k', toString(number)), fromUnixTimestamp64Nano(toInt64(number)), NULL"
            f" FROM numbers({ROWS})"
        )
        front.engine.query("CREATE DATABASE other")
        front.engine.query("CREATE TABLE other.small (a UInt8) ENGINE = Memory AS SELECT 1")
        yield front


@pytest.fixture
def http(front: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=front.url, timeout=30) as client:
        yield client
