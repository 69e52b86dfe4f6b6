"""The Collectors, built once, and a service that what they send comes to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import Service, free_port, running
from tests.support import collector


@pytest.fixture(scope="session")
def binary() -> Path:
    """A Collector with everything but what makes metrics."""
    return collector.build()


@pytest.fixture(scope="session")
def metrics_binary() -> Path:
    """A Collector that makes metrics."""
    return collector.build(collector.METRICS_MANIFEST)


@pytest.fixture(scope="session")
def service(template_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running spanbridge whose tables can be asked; traces of several tests are in it."""
    directory = tmp_path_factory.mktemp("service")
    store = shutil.copytree(template_store, directory / "store", symlinks=True)
    front = f"127.0.0.1:{free_port()}"
    with running(directory, "--store", store, "--clickhouse-http", front) as service:
        yield service
