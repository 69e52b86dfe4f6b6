"""A cluster of one node."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from spanbridge_ingest.store import ClickHouseStore, open_store
from tests.e2e.processes import environment, free_port, wait_until
from tests.query.loading import load_corpus

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("one_node.xml")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the node answers."""
    directory = tmp_path_factory.mktemp("node")
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "tests.cluster.server", str(directory), url.rpartition(":")[2]]
    process = subprocess.Popen([*command, str(CONFIG)], cwd=ROOT, env=environment())
    try:
        wait_until(lambda: _answers(process, url), "the node", 60)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def store(node: str) -> Iterator[ClickHouseStore]:
    """The corpus, on the cluster."""
    store = open_store(url=f"{node}/otel", cluster="test")
    try:
        load_corpus(store)
        yield store
    finally:
        store.close()


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    assert process.poll() is None
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
