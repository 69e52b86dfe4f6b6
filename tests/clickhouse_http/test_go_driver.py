"""ClickHouse's Go driver, which Grafana's data source is built on, asks the read-only front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.clickhouse_http.serving import Served
from tests.support import go_driver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
"""A first build takes minutes."""

_EVERY_TYPE = """
SELECT
    number AS n, toInt8(-number) AS i, toUInt256(number) AS big, number / 3 AS f, nan AS none,
    number::Decimal(18, 3) AS decimal, toString(number) AS s, toFixedString('abc', 3) AS fixed,
    mod(number, 2) = 1 AS flag, CAST('b', 'Enum8(\\'a\\' = 1, \\'b\\' = 2)') AS enum,
    toDateTime(number) AS t, fromUnixTimestamp64Nano(number::Int64) AS ns,
    if(mod(number, 3) = 0, NULL, number::UInt8) AS maybe,
    toLowCardinality(toString(mod(number, 3))) AS low,
    CAST(if(mod(number, 2) = 0, NULL, 'x'), 'LowCardinality(Nullable(String))') AS low_maybe,
    arrayMap(x -> toString(x), range(mod(number, 5))) AS list, [[1], [], [2, 3]] AS lists,
    map('k', number, 'l', 1) AS members, map(toLowCardinality('k'), [toString(number)]) AS lows,
    (number, 'x')::Tuple(a UInt64, b String) AS pair, [(1, 'x')]::Array(Tuple(UInt8, String)) AS l,
    toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS id, toIPv4('1.2.3.4') AS ip, NULL AS nothing
FROM numbers(%d)
"""


@pytest.fixture(scope="module")
def binary() -> Any:
    return go_driver.build()


@pytest.fixture(params=["gzip", "lz4", "none"])
def driver(binary: Any, front: Served, request: pytest.FixtureRequest) -> Iterator[Any]:
    address = f"127.0.0.1:{front.port}"
    with go_driver.connected(binary, address, compression=request.param) as driver:
        yield driver


@pytest.mark.parametrize("rows", [1, 20])
def test_values_are_those_of_json(driver: go_driver.Driver, front: Served, rows: int) -> None:
    sql = _EVERY_TYPE % rows
    found = driver.ask(sql)
    assert found["error"] == ""
    wanted = httpx.post(
        front.url,
        params={"default_format": "JSONCompact", **go_driver.AS_THE_DRIVER},
        content=sql,
        timeout=60,
    ).json()
    assert found["columns"] == [column["name"] for column in wanted["meta"]]
    assert found["types"] == [column["type"] for column in wanted["meta"]]
    assert go_driver.comparable(found["rows"]) == go_driver.comparable(wanted["data"])


def test_many_blocks(driver: go_driver.Driver) -> None:
    answer = driver.ask("SELECT n, s, m, o FROM numbers_table ORDER BY n LIMIT 100000, 150000")
    assert answer["error"] == ""
    wanted = [[n, str(n % 7), {"k": str(n)}, None] for n in range(100_000, 250_000)]
    assert answer["rows"] == wanted


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SHOW TABLES", [["numbers_table"]]),
        ("SHOW TABLES FROM other", [["small"]]),
        ('DESC TABLE "other"."small"', [["a", "UInt8", "", "", "", "", ""]]),
        ("SELECT name, type FROM system.columns WHERE table = 'small'", [["a", "UInt8"]]),
        ("SELECT count() FROM numbers_table;", [[300_000]]),
        ("SELECT 1 WHERE 0", []),
    ],
)
def test_what_the_query_builder_asks(driver: go_driver.Driver, sql: str, rows: Any) -> None:
    answer = driver.ask(sql)
    assert answer["error"] == ""
    assert answer["rows"] == rows


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nope", "Code: 47. DB::Exception: Unknown expression identifier `nope`"),
        ("DROP TABLE numbers_table", "Code: 164. DB::Exception"),
        ("SELECT avgState(n) FROM numbers_table", "finalizeAggregation"),
    ],
)
def test_failures_say_why(driver: go_driver.Driver, sql: str, said: str) -> None:
    assert said in driver.ask(sql)["error"]
    assert driver.ask("SELECT 1")["rows"] == [[1]]


def test_a_failure_amid_the_rows_is_one(driver: go_driver.Driver) -> None:
    answer = driver.ask("SELECT number, throwIf(number = 2000000) FROM numbers(3000000)")
    assert "ClickHouse exception: Code: 395. DB::E" in answer["error"]


def test_other_databases(binary: Any, front: Served) -> None:
    with go_driver.connected(binary, f"127.0.0.1:{front.port}", "other") as driver:
        assert driver.ask("SELECT a FROM small")["rows"] == [[1]]
