"""A read-only front, asked by real clients."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import lz4.block
import lz4.frame
import pytest
import zstandard
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

from spanbridge_ingest.clickhouse_http import FrontOptions, create_front
from spanbridge_ingest.clickhouse_http.cityhash import cityhash128
from tests.clickhouse_http.serving import Served, serve

OPTIONS = FrontOptions(max_buffered_bytes=2_000_000, max_execution_s=5)
ROWS = 300_000


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


def ask(http: httpx.Client, query: str, **parameters: Any) -> httpx.Response:
    return http.get("/", params={"query": query, **parameters})


def refused(answer: httpx.Response, status: int, code: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["x-clickhouse-exception-code"] == str(code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    return answer.text


# clickhouse-connect


def test_client_reads_types(front: Served) -> None:
    with front.client() as client:
        result = client.query("SELECT * FROM numbers_table ORDER BY n LIMIT 2")
        assert result.column_names == ("n", "s", "m", "t", "o")
        assert result.result_rows[1][:3] == (1, "1", {"k": "1"})
        assert result.result_rows[1][4] is None
        assert client.server_version == result.summary.get("version", client.server_version)


def test_client_parameters(front: Served) -> None:
    values = {
        "text": "tab\there 'quote' \\ back\nline ünï",
        "number": -5,
        "many": ["a", "b'c"],
        "when": "2026-01-31 12:00:00",
    }
    query = (
        "SELECT {text:String}, {number:Int32}, {many:Array(String)}, {when:DateTime('UTC')},"
        " count() FROM {table:Identifier}"
    )
    with front.client() as client:
        [row] = client.query(query, parameters={**values, "table": "numbers_table"}).result_rows
        assert row[:3] == (values["text"], -5, ["a", "b'c"])
        assert row[4] == ROWS


def test_client_reads_many_rows_in_blocks(front: Served) -> None:
    for compress in (False, "gzip", "lz4", "zstd"):
        with front.client(compress=compress) as client:
            with client.query_row_block_stream("SELECT n FROM numbers_table") as blocks:
                assert sum(len(block) for block in blocks) == ROWS
            assert client.query("SELECT n FROM numbers_table WHERE n > 1e9").result_rows == []


def test_client_forms(front: Served) -> None:
    with front.client(form_encode_query_params=True) as client:
        found = client.query("SELECT length({x:String})", parameters={"x": "y" * 200_000})
        assert found.result_rows == [(200_000,)]


def test_client_errors(front: Served) -> None:
    with front.client() as client:
        with pytest.raises(DatabaseError, match="Code: 60"):
            client.query("SELECT * FROM nothing")
        with pytest.raises(DatabaseError, match="READONLY"):
            client.command("DROP TABLE numbers_table")


@pytest.mark.parametrize("compress", [False, "gzip", "lz4", "zstd"])
def test_client_sees_errors_that_come_late(front: Served, compress: str | bool) -> None:
    with front.client(compress=compress) as client:
        for _ in range(3):
            # Late, or before the first block is out: the engine reads in parallel.
            with pytest.raises((StreamFailureError, DatabaseError), match=r"(?i)code: 395"):
                _ = client.query("SELECT n, throwIf(n = 290000) FROM numbers_table").result_rows


def test_clients_at_once(front: Served) -> None:
    def run(n: int) -> Any:
        with front.client() as client:
            return client.query("SELECT sum(n + {x:UInt8}) FROM numbers_table", {"x": n}).first_row

    with ThreadPoolExecutor(8) as pool:
        sums = list(pool.map(run, range(16)))
    first = sums[0][0]
    assert [s[0] - first for s in sums] == [n * ROWS for n in range(16)]


def test_sessions_leave_nothing_behind(http: httpx.Client) -> None:
    ask(http, "SELECT {x:String}", param_x="secret", database="other", join_use_nulls="1")
    assert "secret" not in ask(http, "SELECT {x:String}").text
    assert ask(http, "SELECT currentDatabase()").text == "default\n"
    assert ask(http, "SELECT getSetting('join_use_nulls')").text == "false\n"


# The protocol


def test_alive(http: httpx.Client) -> None:
    for path in ("/ping", "/replicas_status", "/"):
        assert http.get(path).text == "Ok.\n"
    assert http.head("/ping").status_code == 200
    assert http.get("/nowhere").status_code == 404
    assert http.put("/", content="SELECT 1").status_code == 400


def test_query_in_url_or_body_or_both(http: httpx.Client) -> None:
    assert ask(http, "SELECT 1").text == "1\n"
    assert http.post("/", content="SELECT 1").text == "1\n"
    assert http.post("/", params={"query": "SELECT"}, content="2").text == "2\n"
    assert http.post("/", params={"query": "SELECT 3 /* x"}, content="*/ -- y\n;").text == "3\n"


def test_database(http: httpx.Client) -> None:
    assert ask(http, "SELECT a FROM small", database="other").text == "1\n"
    headers = {"X-ClickHouse-Database": "other"}
    assert http.post("/", content="SELECT a FROM small", headers=headers).text == "1\n"
    refused(ask(http, "SELECT 1", database="none"), 404, 81)
    refused(ask(http, "SELECT 1", database="`; DROP"), 404, 81)


def test_formats(http: httpx.Client) -> None:
    answer = ask(http, "SELECT 1 AS a", default_format="JSON")
    assert answer.json()["data"] == [{"a": 1}]
    assert answer.headers["x-clickhouse-format"] == "JSON"
    assert answer.headers["content-type"].startswith("application/json")
    assert ask(http, "SELECT 1 AS a FORMAT CSVWithNames", default_format="JSON").text == '"a"\n1\n'
    headers = {"X-ClickHouse-Format": "JSONEachRow"}
    assert http.post("/", content="SELECT 1 AS a", headers=headers).text == '{"a":1}\n'
    refused(ask(http, "SELECT 1 FORMAT Nonsense"), 404, 73)


@pytest.mark.parametrize(
    "name",
    [
        "TSV",
        "TSVWithNames",
        "TSVWithNamesAndTypes",
        "CSVWithNames",
        "CSVWithNamesAndTypes",
        "JSONEachRow",
        "JSONCompactEachRowWithNamesAndTypes",
        "RowBinary",
        "RowBinaryWithNames",
        "RowBinaryWithNamesAndTypes",
        "Native",
    ],
)
@pytest.mark.parametrize("rows", [0, 1, ROWS])
def test_what_is_sent_in_pieces_is_one_document(
    front: Served, http: httpx.Client, name: str, rows: int
) -> None:
    columns = 'n AS "a\nb""c", s'
    query = f"SELECT {columns} FROM numbers_table WHERE n < {rows} ORDER BY n"

    answer = ask(http, query, default_format=name)

    whole = front.engine.query(query, name).bytes()
    assert answer.status_code == 200, answer.text
    assert answer.content == whole


def test_summary_tells_what_was_read(http: httpx.Client) -> None:
    answer = ask(http, "SELECT sum(n) FROM numbers_table", default_format="JSON", query_id="mine")
    assert json.loads(answer.headers["x-clickhouse-summary"])["read_rows"] == str(ROWS)
    assert answer.headers["x-clickhouse-query-id"] == "mine"
    assert answer.headers["x-clickhouse-server-display-name"] == "spanbridge"
    assert answer.headers["x-clickhouse-timezone"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("SELECT FROM WHERE", 400, 62),
        ("SELECT 1; SELECT 2", 400, 62),
        ("   ", 200, 0),
        ("SELECT * FROM nothing", 404, 60),
        ("SELECT nothing", 404, 47),
        ("SELECT no_such_function()", 404, 46),
        ("SELECT toUInt8('x')", 400, 6),
        ("SELECT sleep(3) FROM numbers(10) SETTINGS max_block_size = 1", 403, 164),
        ("SELECT {x:UInt8}", 400, 456),
    ],
)
def test_errors_have_clickhouses_status(
    http: httpx.Client, query: str, status: int, code: int
) -> None:
    answer = http.post("/", content=query)
    if code == 456:
        assert answer.headers["x-clickhouse-exception-code"] == "456"
    elif code:
        refused(answer, status, code)
    else:
        assert answer.status_code == status


def test_syntax_errors_speak_of_the_query_only(http: httpx.Client) -> None:
    text = refused(http.post("/", content="SELECT 1 +"), 400, 62)
    assert "formatQuery" not in text
    assert "(SYNTAX_ERROR)" in text


def test_error_while_sending_ends_the_body_early(http: httpx.Client) -> None:
    query = "SELECT n, throwIf(n = 290000) FROM numbers_table ORDER BY n"
    received = b""
    ended = False
    plain = {"Accept-Encoding": "identity"}
    with http.stream("GET", "/", params={"query": query}, headers=plain) as answer:
        try:
            for part in answer.iter_raw():
                received += part
            ended = True
        except httpx.RemoteProtocolError:
            pass
    assert ended == (answer.status_code == 500)
    assert b"Code: 395. DB::Exception" in received


# Compression


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "lz4"])
def test_compressed_answers(http: httpx.Client, encoding: str) -> None:
    query = "SELECT n FROM numbers_table ORDER BY n"
    plain = ask(http, query).content
    with http.stream(
        "GET", "/", params={"query": query}, headers={"Accept-Encoding": encoding}
    ) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == encoding
    unpack = {
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
        "zstd": lambda b: zstandard.ZstdDecompressor().decompressobj().decompress(b),
        "lz4": lz4.frame.decompress,
    }[encoding]
    assert unpack(packed) == plain
    assert len(packed) < len(plain) * 0.8


def blocks(data: bytes) -> bytes:
    out = b""
    while data:
        checksum, (method, packed, plain) = data[:16], struct.unpack_from("<BII", data, 16)
        block, data = data[16 : 16 + packed], data[16 + packed :]
        assert cityhash128(block) == checksum
        assert method == 0x82
        out += lz4.block.decompress(block[9:], uncompressed_size=plain)
    return out


def test_native_blocks(http: httpx.Client) -> None:
    query = "SELECT n FROM numbers_table ORDER BY n"
    answer = ask(http, query, compress="1", default_format="RowBinaryWithNamesAndTypes")
    plain = ask(http, query, default_format="RowBinaryWithNamesAndTypes")
    assert blocks(answer.content) == plain.content


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "lz4", "native"])
def test_compressed_questions(http: httpx.Client, encoding: str) -> None:
    question = b"SELECT 1000 + /* " + b"word " * 1000 + b" */ 1"
    packed = lz4.block.compress(question, store_size=False)
    native = struct.pack("<BII", 0x82, len(packed) + 9, len(question)) + packed
    body = {
        "gzip": gzip.compress(question),
        "deflate": zlib.compress(question),
        "zstd": zstandard.ZstdCompressor().compress(question),
        "lz4": lz4.frame.compress(question),
        "native": cityhash128(native) + native,
    }[encoding]
    own = encoding == "native"
    headers = {} if own else {"Content-Encoding": encoding}
    parameters = {"decompress": "1"} if own else {}

    answer = http.post("/", content=body, headers=headers, params=parameters)
    assert answer.text == "1001\n"

    broken = http.post("/", content=body[:-3], headers=headers, params=parameters)
    assert broken.status_code == 400


def test_bombs_are_refused(http: httpx.Client) -> None:
    bomb = zlib.compress(b" " * (OPTIONS.max_request_bytes + 10))
    answer = http.post("/", content=bomb, headers={"Content-Encoding": "deflate"})
    assert answer.status_code == 413
    refused(http.post("/", content=b"x", headers={"Content-Encoding": "br"}), 501, 48)


# What readers may not do


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO numbers_table (n) VALUES (1)",
        "INSERT INTO FUNCTION file('x.csv') SELECT 1",
        "CREATE TABLE x (a UInt8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE x (a UInt8)",
        "DROP TABLE numbers_table",
        "TRUNCATE TABLE numbers_table",
        "ALTER TABLE numbers_table DELETE WHERE 1",
        "SYSTEM SHUTDOWN",
        "KILL QUERY WHERE 1",
        "SET readonly = 0",
        "SET max_threads = 1",
        "SELECT 1 SETTINGS max_threads = 1",
        "BACKUP TABLE numbers_table TO File('x')",
        "SELECT * FROM file('{secret}', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM executable('id', 'TSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1', 'system.one')",
        "SELECT * FROM s3('http://127.0.0.1:1/b/x', 'CSV', 'a String')",
        "SELECT * FROM Python(x)",
        "SELECT file('{secret}')",
        "SELECT FILE/**/('{secret}')",
        "SELECT `fi\\x6ce`('{secret}')",
        "SELECT \"file\" ( '{secret}' )",
        "SELECT * APPLY(file) FROM (SELECT '{secret}')",
        "SELECT * APPLY file FROM (SELECT '{secret}')",
        "SELECT arrayMap(x -> file(x), ['{secret}'])",
        "WITH file('{secret}') AS x SELECT x",
        "EXPLAIN SELECT file('{secret}')",
        "SELECT 1 INTO OUTFILE '{target}'",
        "SELECT 1 INTO/*x*/OUTFILE '{target}' TRUNCATE FORMAT CSV",
        "(SELECT 1) UNION ALL (SELECT 2) INTO OUTFILE '{target}'",
        "SHOW TABLES INTO OUTFILE '{target}'",
        "EXPLAIN SELECT 1 INTO OUTFILE '{target}'",
    ],
)
def test_readers_only_read(front: Served, http: httpx.Client, tmp_path: Path, query: str) -> None:
    secret, target = tmp_path / "secret", tmp_path / "target"
    secret.write_text("hidden words")
    query = query.replace("{secret}", str(secret)).replace("{target}", str(target))

    for answer in (ask(http, query), http.post("/", content=query)):
        assert answer.status_code in (400, 403, 404, 500), answer.text
        assert answer.headers["x-clickhouse-exception-code"] in ("164", "62", "36", "497")
        assert "hidden" not in answer.text
    assert not target.exists()
    assert front.engine.query("SELECT count() FROM numbers_table", "TSV").bytes() == b"300000\n"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 'INTO OUTFILE', 'file(1)', file FROM (SELECT 1 AS file)",
        "WITH 1 AS `into` SELECT `into` AS outfile",
        "SHOW TABLES",
        "DESCRIBE TABLE numbers_table",
        "EXISTS TABLE numbers_table",
        "EXPLAIN SELECT 1",
        "SHOW CREATE TABLE numbers_table",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SELECT name FROM system.columns WHERE table = 'numbers_table'",
        "FROM numbers_table SELECT count()",
    ],
)
def test_reading_is_not_refused(http: httpx.Client, query: str) -> None:
    assert ask(http, query).status_code == 200


@pytest.mark.parametrize(
    "parameters",
    [
        {"readonly": "0"},
        {"readonly": "2", "allow_ddl": "1"},
        {"format_schema": "x"},
        {"format_template_row": "x", "default_format": "Template"},
        {"output_format_schema": "x"},
        {"allow_experimental_eval_table_function": "1"},
        {"user_files_path": "/"},
        {"x; DROP TABLE numbers_table": "1"},
    ],
)
def test_settings_do_not_open_the_door(http: httpx.Client, parameters: dict[str, str]) -> None:
    answer = http.post("/", content="DROP TABLE other.small", params=parameters)
    assert answer.headers["x-clickhouse-exception-code"] == "164"
    ask(http, "SELECT 1", **parameters)
    assert ask(http, "SELECT a FROM other.small").text == "1\n"


# Limits


def test_time_is_limited_and_can_only_be_lowered(http: httpx.Client) -> None:
    for asked in ("1", "0.5"):
        began = time.monotonic()
        answer = ask(http, "SELECT count() FROM system.numbers", max_execution_time=asked)
        refused(answer, 408, 159)
        assert time.monotonic() - began < 4
    assert ask(http, "SELECT getSetting('max_execution_time')", max_execution_time="0").text == (
        f"{OPTIONS.max_execution_s}\n"
    )


def test_results_are_limited(http: httpx.Client) -> None:
    refused(ask(http, "SELECT n FROM numbers_table FORMAT JSON"), 500, 396)


def test_a_client_that_leaves_frees_its_place(front: Served, http: httpx.Client) -> None:
    def leave() -> None:
        with httpx.stream(
            "GET", front.url, params={"query": "SELECT number FROM system.numbers"}
        ) as answer:
            next(answer.iter_raw())

    threads = [threading.Thread(target=leave) for _ in range(OPTIONS.max_queries * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    began = time.monotonic()
    assert ask(http, "SELECT 1").text == "1\n"
    assert time.monotonic() - began < OPTIONS.max_execution_s


# Callers


def test_names_of_other_hosts_are_refused(http: httpx.Client) -> None:
    assert http.get("/", params={"query": "SELECT 1"}, headers={"Host": "localhost"}).text == "1\n"
    evil = http.get("/", params={"query": "SELECT 1"}, headers={"Host": "evil.example"})
    refused(evil, 403, 497)
    page = http.get("/", params={"query": "SELECT 1"}, headers={"Origin": "http://evil.example"})
    refused(page, 403, 497)


async def test_users(front: Served) -> None:
    # On the engine that is open already: a process has only one.
    app = create_front(front.connect, FrontOptions(users={"ana": "pass word"}))
    transport = httpx.ASGITransport(app=app)
    basic = base64.b64encode(b"ana:pass word").decode()
    right: list[dict[str, Any]] = [
        {"headers": {"Authorization": f"Basic {basic}"}},
        {"headers": {"X-ClickHouse-User": "ana", "X-ClickHouse-Key": "pass word"}},
        {"params": {"user": "ana", "password": "pass word"}},
    ]
    wrong: list[dict[str, Any]] = [
        {},
        {"headers": {"Authorization": "Basic !"}},
        {"params": {"user": "ana"}},
        {"params": {"user": "bob", "password": ""}},
    ]
    async with httpx.AsyncClient(transport=transport, base_url="http://front") as client:
        for caller in right:
            answer = await client.post("/", **{"content": "SELECT 1", **caller})
            assert answer.text.startswith("1"), answer.text
        for caller in wrong:
            answer = await client.post("/", **{"content": "SELECT 1", **caller})
            refused(answer, 401, 516)
            assert answer.headers["www-authenticate"].startswith("Basic")
