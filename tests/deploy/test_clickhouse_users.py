"""The users of ``deploy/clickhouse`` may do what they have to and no more, on the engine."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest

from spanbridge_ingest.prices.refresh import fill
from spanbridge_ingest.query import traces
from spanbridge_ingest.store import open_store
from spanbridge_ingest.store.calls import CallKeeper
from spanbridge_ingest.store.edits import TraceEdits
from tests.deploy.as_user import CLICKHOUSE, engine_config
from tests.e2e.processes import environment, free_port, wait_until
from tests.query.loading import load_corpus

ROOT = Path(__file__).parents[2]


class Server:
    """A server whose only user has the permissions of one of ours."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, sql: str, **settings: object) -> str:
        """The answer, or the error, as text."""
        url = f"{self.url}/?{urllib.parse.urlencode(settings)}"
        try:
            with urllib.request.urlopen(url, sql.encode(), timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return str(error.read().decode())


@contextmanager
def _server(directory: Path, user: str) -> Iterator[Server]:
    config = engine_config(directory, user)
    port = free_port()
    command = [sys.executable, "-m", "tests.e2e.clickhouse_server"]
    process = subprocess.Popen(
        [*command, str(directory / "data"), str(port), str(config)],
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    server = Server(f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: _answers(server, process), "the server", 60)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _answers(server: Server, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None
    try:
        return server.ask("SELECT 1") == "1\n"
    except OSError:
        return False


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A directory that the writer has filled with the corpus; what it was refused."""
    directory = tmp_path_factory.mktemp("server")
    refused = {}
    with _server(directory, "spanbridge_writer") as server:
        # Schema, spans, prices, tags, deletions: all that the service does.
        store = open_store(url=f"{server.url}/otel", retention_days=30)
        try:
            load_corpus(store)
            fill(store)
            [first, second] = traces.list_traces(store, limit=2).traces
            edits = TraceEdits(store.engine, store.database)
            edits.put_tags(first["trace_id"], {"team": "search"})
            assert edits.delete_traces([second["trace_id"]]) == 1
            assert store.reconcile() == 0
            CallKeeper(store.engine, store.database).run()
            assert traces.trace_document(store, first["trace_id"])["tags"]["team"] == "search"
        finally:
            store.close()
        for sql in (
            "CREATE DATABASE other",
            "CREATE TABLE default.t (a Int8) ENGINE = MergeTree ORDER BY a",
            "CREATE TABLE otel.f (a String) ENGINE = File(CSV)",
            "DROP DATABASE otel",
            "SELECT * FROM file('/etc/hostname', 'LineAsString')",
            "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
            "SELECT name FROM system.users",
            "CREATE USER other IDENTIFIED BY 'x'",
            "SYSTEM SHUTDOWN",
        ):
            refused[sql] = server.ask(sql)
    return directory, refused


@pytest.mark.slow
def test_the_service_runs_as_the_writer_and_can_do_nothing_else(
    written: tuple[Path, dict[str, str]],
) -> None:
    _, refused = written
    assert {sql: said[:200] for sql, said in refused.items() if "ACCESS_DENIED" not in said} == {}


@pytest.mark.slow
def test_the_reader_reads_and_nothing_else(written: tuple[Path, dict[str, str]]) -> None:
    directory, _ = written
    window = "since = '2000-01-01 00:00:00', until = '2100-01-01 00:00:00'"
    with _server(directory, "spanbridge_reader") as server:
        for sql in (
            "SELECT count() > 100 FROM otel.otel_traces",
            "SELECT max(GenAIInputTokens) > 0 FROM otel.otel_traces WHERE Timestamp > '2000-01-01'",
            "SELECT count() > 10 FROM otel.otel_traces_trace_id_ts",
            f"SELECT count() > 10 FROM otel.otel_traces_usage({window})",
            f"SELECT count() > 10 FROM otel.otel_trace_totals({window})",
            "SELECT count() > 10 FROM otel.otel_trace_calls",
            "SELECT count() >= 0 FROM otel.otel_trace_assessments",
            "SELECT count() > 10 FROM otel.otel_traces_cost",
            "SELECT count() > 10 FROM otel.model_prices_current",
            "SELECT count() = 1 FROM otel.trace_tags FINAL",
            "SELECT count() > 5 FROM system.tables WHERE database = 'otel'",
            "SELECT sum(total_bytes) > 1000 FROM system.tables WHERE database = 'otel'",
            "SELECT count() > 50 FROM system.columns WHERE table = 'otel_traces'",
            "SELECT getSetting('max_memory_usage') = 2147483648",
            "SELECT getSetting('max_execution_time') = 30",
        ):
            said = server.ask(sql)
            assert said.strip() in {"1", "true"}, (sql, said)
        for sql in (
            "INSERT INTO otel.trace_tags (TraceId) VALUES ('a')",
            "CREATE TABLE otel.t (a Int8) ENGINE = Null",
            "DROP TABLE otel.otel_logs",
            "TRUNCATE TABLE otel.otel_logs",
            "DELETE FROM otel.otel_logs WHERE 1",
            "ALTER TABLE otel.otel_logs DROP COLUMN Body",
            "SELECT * FROM file('/etc/hostname', 'LineAsString')",
            "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
            "SELECT * FROM remote('127.0.0.1', otel, otel_logs)",
            "SELECT name FROM system.users",
        ):
            said = server.ask(sql)
            assert "ACCESS_DENIED" in said or "READONLY" in said, (sql, said)
        for name in ("readonly", "max_memory_usage", "max_result_rows", "priority"):
            assert "READONLY" in server.ask("SELECT 1", **{name: 0}), name


def test_users_have_passwords_from_the_environment_and_default_stays_at_home() -> None:
    users = ElementTree.parse(CLICKHOUSE / "users.d" / "spanbridge.xml").getroot().find("users")
    assert users is not None
    for user in users:
        networks = [ip.text for ip in user.findall("networks/ip")]
        if user.tag == "default":
            assert networks == ["127.0.0.1", "::1"]
            assert user.find("networks").get("replace")  # type: ignore[union-attr]
        else:
            assert user.find("password").attrib.keys() == {"from_env"}  # type: ignore[union-attr]
            assert user.find("grants/query") is not None


def test_the_readers_driver_may_set_the_time_of_a_query() -> None:
    # Not on the engine: it needs a setting of the server that the embedded one does not read.
    root = ElementTree.parse(CLICKHOUSE / "users.d" / "spanbridge.xml").getroot()
    limit = root.find("profiles/spanbridge_reader/constraints/max_execution_time")
    assert limit is not None
    assert limit.find("changeable_in_readonly") is not None
    config = ElementTree.parse(CLICKHOUSE / "config.d" / "spanbridge.xml").getroot()
    improved = config.find("access_control_improvements/settings_constraints_replace_previous")
    assert improved is not None
    assert improved.text == "true"


@pytest.mark.parametrize("file", sorted(CLICKHOUSE.rglob("*.xml")), ids=lambda file: file.name)
def test_configuration_is_well_formed(file: Path) -> None:
    assert ElementTree.parse(file).getroot().tag == "clickhouse"


def test_logs_of_the_server_are_bounded() -> None:
    root = ElementTree.parse(CLICKHOUSE / "config.d" / "spanbridge.xml").getroot()
    logs = [element for element in root if element.tag.endswith("_log")]
    # Those that the server keeps unless told, and that grow while nobody asks it anything.
    assert {
        *("trace_log", "text_log", "metric_log", "asynchronous_metric_log", "query_log"),
        *("background_schedule_pool_log", "aggregated_zookeeper_log", "query_metric_log"),
    } <= {log.tag for log in logs}
    assert [log.tag for log in logs if not log.get("remove") and log.find("ttl") is None] == []
