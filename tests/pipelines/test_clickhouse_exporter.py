"""Rows of the Collector's own exporter get the GenAI columns that rows of the service have."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.processes import environment, free_port, run_to_end, running, wait_until
from tests.e2e.sending import TRACES, HttpSender
from tests.pipelines import collecting
from tests.pipelines.spans import chat, spans_in, trace, trace_id_of
from tests.semconv import corpus
from tests.support import collector

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

_QUICK = "yaml:exporters::clickhouse::sending_queue::batch::flush_timeout: 100ms"


class Server:
    """A ClickHouse that may be written to, over HTTP: the engine behind the front."""

    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"

    def ask(self, sql: str) -> list[dict[str, Any]]:
        query = urllib.parse.urlencode({"query": f"{sql} FORMAT JSON"})
        with urllib.request.urlopen(f"{self.url}/?{query}", timeout=60) as answer:
            rows: list[dict[str, Any]] = json.load(answer)["data"]
        return rows

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=5):
                return True
        except OSError:
            return False

    def count(self, database: str) -> int:
        """How many spans are in a database, 0 while it has no table."""
        try:
            [row] = self.ask(f"SELECT uniqExact(TraceId, SpanId) AS n FROM {database}.otel_traces")
        except HTTPError:
            return 0
        return int(row["n"])

    def columns(self, database: str) -> list[str]:
        """The GenAI columns of the table of spans."""
        where = f"database = '{database}' AND table = 'otel_traces' AND name LIKE 'GenAI%'"
        rows = self.ask(f"SELECT name FROM system.columns WHERE {where} ORDER BY name")
        return [row["name"] for row in rows]

    def spans(self, database: str, columns: list[str]) -> dict[tuple[str, str], dict[str, Any]]:
        """The spans of a database by their ids."""
        names = ", ".join(["TraceId", "SpanId", *columns])
        rows = self.ask(f"SELECT {names} FROM {database}.otel_traces")
        return {(row.pop("TraceId"), row.pop("SpanId")): row for row in rows}


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """Until the block ends."""
    port = free_port()
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.clickhouse_server", folder / "engine", str(port)],
            cwd=collector.ROOT,
            env=environment(),
            stdout=log,
            stderr=log,
        )
    try:
        found = Server(port)
        wait_until(found.answers, "the server to answer", 60)
        yield found
    finally:
        process.kill()
        process.wait(30)


def recorded() -> ExportTraceServiceRequest:
    """All recorded spans in one request: each is a batch to the engine, and takes its time."""
    whole = ExportTraceServiceRequest()
    for case in corpus.cases():
        whole.MergeFromString((corpus.FOLDER / case.index["file"]).read_bytes())
    return whole


def test_rows_of_the_exporter_have_the_columns_of_the_service(binary: Path, tmp_path: Path) -> None:
    request, late = recorded(), trace(chat(123, 45))
    count = len({(s.trace_id, s.span_id) for s in spans_in([request])})
    with server(tmp_path) as store:
        with collecting.running(
            binary,
            [*collecting.files("clickhouse"), _QUICK],
            tmp_path,
            CLICKHOUSE_ENDPOINT=store.url,
            CLICKHOUSE_DATABASE="otel",
        ) as pipeline:
            pipeline.send(request)
            wait_until(lambda: store.count("otel") == count, f"{count} spans", 120, 0.5)
            attached = run_to_end(
                *("schema", "attach", "--clickhouse", f"{store.url}/otel"),
                *("--table", "otel.otel_traces", "--backfill"),
            )
            assert attached.returncode == 0, attached.stderr
            # The exporter goes on as before.
            pipeline.send(late)
            wait_until(lambda: store.count("otel") == count + 2, "the new spans", 60, 0.5)
            assert "error" not in pipeline.log.lower()
        ours = sent_to_the_service(store, tmp_path, [request, late])
        columns = store.columns("otel")
        assert len(columns) > 15
        theirs = store.spans("otel", columns)
        wanted = ours(columns)
    assert theirs.keys() == wanted.keys()
    different = {key: (row, wanted[key]) for key, row in theirs.items() if row != wanted[key]}
    assert different == {}
    tokens = [row["GenAIInputTokens"] for key, row in theirs.items() if key[0] == trace_id_of(late)]
    assert "123" in map(str, tokens)


def sent_to_the_service(store: Server, folder: Path, requests: list[ExportTraceServiceRequest]):
    """The same spans, by way of the service; gives the rows for some columns."""
    store_url = f"{store.url}/direct"
    made = run_to_end("schema", "apply", "--clickhouse", store_url)
    assert made.returncode == 0, made.stderr
    with running(folder, "--clickhouse", store_url) as service:
        send = HttpSender(service.http)
        for request in requests:
            assert send(TRACES, request.SerializeToString()).ok
        assert service.stop() == 0
    return lambda columns: store.spans("direct", columns)
