"""What readers may not do, and how much they may ask for."""

from __future__ import annotations

import base64
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from spanbridge_ingest.clickhouse_http import FrontOptions, create_front
from tests.clickhouse_http.asking import OPTIONS, ask, refused
from tests.clickhouse_http.serving import Served


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
        "DESCRIBE sqlite('{target}', 't')",
        "DESC TABLE/**/`url`('http://127.0.0.1:1/', 'CSV') FORMAT JSON",
        "DESCRIBE loop(url('http://127.0.0.1:1/', 'CSV'))",
        "DESCRIBE viewIfPermitted(SELECT 1 ELSE url('http://127.0.0.1:1/', 'CSV'))",
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
        "DESCRIBE (SELECT (n) FROM numbers_table)",
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
        assert time.monotonic() - began < OPTIONS.max_execution_s
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


def test_refused_callers_are_refused_before_their_body_is_read(front: Served) -> None:
    with socket.create_connection(("127.0.0.1", front.port), timeout=20) as page:
        page.sendall(b"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 60000000\r\n\r\n")
        assert page.recv(100).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("section", ["--b\r\n\r\n", "a: b\r\n"])
def test_forms_are_limited(http: httpx.Client, section: str) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    body = "--b\r\n" + section * 500_000 + "\r\n"
    began = time.monotonic()
    refused(http.post("/", content=body, headers=kind), 400, 36)
    assert time.monotonic() - began < 1.0


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


async def test_nothing_is_read_of_who_is_not_let_in(front: Served) -> None:
    app = create_front(front.connect, FrontOptions(users={"ana": "pass word"}))
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    await app(scope, receive, send)
    assert sent[0]["status"] == 401


def test_forms_have_a_limited_number_of_fields(http: httpx.Client) -> None:
    field = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    few = field.format("query", "SELECT {n:Int8}") + field.format("param_n", 1)
    assert http.post("/", content=f"{few}--x--\r\n", headers=headers).text == "1\n"
    many = few + "".join(field.format(f"param_{n}", n) for n in range(2_000))
    text = refused(http.post("/", content=f"{many}--x--\r\n", headers=headers), 400, 36)
    assert "1000" in text
