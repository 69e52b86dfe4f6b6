"""The store on a real ClickHouse server, in a container."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from spanbridge_ingest.store import ClickHouseStore, Signal, open_store
from tests.query.loading import TRACE_FILES, load_corpus

IMAGE = "clickhouse/clickhouse-server:26.9"
_START_S = 120


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def store() -> Iterator[ClickHouseStore]:
    if not _docker_answers():
        pytest.skip("no Docker daemon answers on this machine")
    from testcontainers.core.container import DockerContainer

    password = secrets.token_urlsafe(16)
    container = DockerContainer(IMAGE).with_exposed_ports(8123)
    container.with_env("CLICKHOUSE_PASSWORD", password)
    with container:
        address = f"{container.get_container_host_ip()}:{container.get_exposed_port(8123)}"
        _wait_until_it_answers(f"http://{address}/ping")
        store = open_store(url=f"http://default:{password}@{address}/spanbridge")
        try:
            load_corpus(store)
            yield store
        finally:
            store.close()


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            pytest.fail(f"{IMAGE} did not answer within {_START_S} s")
        time.sleep(0.5)


def test_the_corpus_is_stored_on_a_server(store: ClickHouseStore) -> None:
    [(spans, committed)] = store.query(
        "SELECT (SELECT count() FROM spanbridge.otel_traces), "
        "(SELECT count() FROM spanbridge.otlp_batches WHERE Signal = {s:String})",
        {"s": str(Signal.TRACES)},
    )
    assert int(str(spans)) > len(TRACE_FILES)
    assert int(str(committed)) > 0


def test_nothing_on_a_server_is_taken_for_uncommitted(store: ClickHouseStore) -> None:
    assert store.reconcile() == 0
