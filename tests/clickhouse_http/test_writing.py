"""A front that may be written to, which stands in for a ClickHouse server in tests."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from spanbridge_ingest.clickhouse_http import FrontOptions
from tests.clickhouse_http.serving import Served, serve

SCHEMA = """
syntax = "proto3";
message V { oneof value { string s = 1; } }
message KeyValue { string key = 1; V value = 2; }
"""
PROTOBUF = {"format_schema_source": "string", "format_schema": SCHEMA}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("engine"), FrontOptions(readonly=False)) as front:
        yield front


@pytest.fixture(params=[False, "gzip", "lz4", "zstd"])
def client(front: Served, request: pytest.FixtureRequest) -> Iterator[Client]:
    with front.client(compress=request.param) as client:
        client.command("DROP TABLE IF EXISTS t")
        client.command("CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
        yield client


def test_native_insert(client: Client) -> None:
    rows = [(n, f"text {n} \\ ' \n ü") for n in range(50_000)]
    summary = client.insert("t", rows, column_names=["a", "b"])
    assert summary.written_rows == 50_000
    assert client.query("SELECT * FROM t ORDER BY a").result_rows == rows


def test_raw_insert(client: Client) -> None:
    client.raw_insert("t", ["b", "a"], insert_block=b"x\t1\ny\t2\n", fmt="TSV")
    client.raw_insert("t", ["a", "b"], insert_block='{"a": 3, "b": "FORMAT x"}', fmt="JSONEachRow")
    assert client.query("SELECT a, b FROM t ORDER BY a").result_rows == [
        (1, "x"),
        (2, "y"),
        (3, "FORMAT x"),
    ]


def test_protobuf_with_the_schema_in_a_setting(client: Client) -> None:
    client.command("DROP TABLE IF EXISTS p")
    client.command("CREATE TABLE p (key String, value Tuple(s String)) ENGINE = Memory")
    message = KeyValue(key="k\n\\", value=AnyValue(string_value="FORMAT Native\n"))
    client.raw_insert(
        "p",
        ["key", "value"],
        insert_block=message.SerializeToString(),
        fmt="ProtobufSingle",
        settings={
            **PROTOBUF,
            "format_schema": f"{SCHEMA}",
            "format_schema_message_name": "KeyValue",
        },
    )
    assert client.query("SELECT key, value.s FROM p").result_rows == [("k\n\\", "FORMAT Native\n")]


def test_refused_data_stores_nothing(client: Client) -> None:
    with pytest.raises(DatabaseError, match=r"Code: \d+"):
        client.raw_insert("t", ["a", "b"], insert_block=b"1\tx\nnot a number\ty\n", fmt="TSV")
    assert client.command("SELECT count() FROM t") == 0


def test_statements(client: Client) -> None:
    client.command("INSERT INTO t VALUES (1, 'it''s'), (2, 'b')")
    client.command("INSERT INTO t SELECT a + 10, b FROM t SETTINGS max_threads = 1")
    assert client.command("SELECT count() FROM t") == 4
    client.command("ALTER TABLE t DELETE WHERE a > 10", settings={"mutations_sync": "2"})
    assert client.command("SELECT count() FROM t") == 2


def test_writers_at_once(front: Served, client: Client) -> None:
    def write(n: int) -> None:
        with front.client() as own:
            own.insert("t", [(n * 1000 + k, "x") for k in range(1000)], column_names=["a", "b"])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(12)))
    assert client.command("SELECT uniqExact(a) FROM t") == 12_000


def test_get_only_reads(front: Served) -> None:
    answer = httpx.get(front.url, params={"query": "CREATE TABLE x (a UInt8) ENGINE = Memory"})
    assert answer.headers["x-clickhouse-exception-code"] == "164"
