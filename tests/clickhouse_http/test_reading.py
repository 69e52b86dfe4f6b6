"""A read-only front, asked by real clients."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

from tests.clickhouse_http.asking import ROWS, ask, refused
from tests.clickhouse_http.serving import Served

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
