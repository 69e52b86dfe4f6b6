"""Grafana reads the embedded store of a running service: ClickHouse's Go driver over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import clickhouse_connect
import httpx
import pytest
import yaml

from spanbridge_ingest.store import open_store
from tests.e2e.processes import free_port, running
from tests.grafana.conftest import put_week
from tests.grafana.questions import QUESTIONS, Question, Reader
from tests.support import go_driver
from tools.grafana.sql import GRAFANA

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
"""A first build takes minutes."""

_EMBEDDED: Final = yaml.safe_load((GRAFANA / "embedded/spanbridge.yaml").read_text("utf-8"))
DATABASE: Final[str] = _EMBEDDED["datasources"][0]["jsonData"]["defaultDatabase"]


@dataclass(frozen=True)
class Asked:
    """A service with a week in its store."""

    reader: Reader
    driver: go_driver.Driver
    address: str

    def json(self, sql: str) -> dict[str, Any]:
        """The answer as ClickHouse's JSON."""
        answer = httpx.post(
            f"http://{self.address}",
            params={"default_format": "JSONCompact", **go_driver.AS_THE_DRIVER},
            content=sql,
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("embedded")
    binary = go_driver.build()
    with closing(open_store(directory=folder / "store")) as store:
        begin, end = put_week(store, 4_000)
    port = free_port()
    address = f"127.0.0.1:{port}"
    with running(folder, "--store", folder / "store", "--clickhouse-http", address):
        client = clickhouse_connect.get_client(
            host="127.0.0.1", port=port, autogenerate_session_id=False
        )
        with (
            closing(Reader(client, begin, end)) as reader,
            go_driver.connected(binary, address, DATABASE) as driver,
        ):
            yield Asked(reader, driver, address)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.place)
def test_every_query_has_the_rows_that_json_has(asked: Asked, question: Question) -> None:
    sql = asked.reader.sql(question.sql)
    # What says how long ago something was may tick between the two.
    for _ in range(3):
        found, wanted = asked.driver.ask(sql), asked.json(sql)
        assert found["error"] == ""
        ours, theirs = go_driver.comparable(found["rows"]), go_driver.comparable(wanted["data"])
        if ours == theirs:
            break
    assert ours == theirs
    if theirs:
        assert found["columns"] == [column["name"] for column in wanted["meta"]]


def test_a_dashboard_asks_all_at_once(asked: Asked) -> None:
    binary = go_driver.build()

    def ask(question: Question) -> str:
        with go_driver.connected(binary, asked.address, DATABASE) as driver:
            return str(driver.ask(asked.reader.sql(question.sql))["error"])

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(ask, QUESTIONS)) == {""}
