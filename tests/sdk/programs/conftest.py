"""One service and one model server for all programs of the folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import running
from tests.sdk.programs.run import Runner
from tests.support.fake_openai import FakeOpenAI


@pytest.fixture(scope="session")
def llm() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture(scope="session")
def run(
    llm: FakeOpenAI, template_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runner]:
    """Runs programs against a service that has seen the programs before."""
    directory = tmp_path_factory.mktemp("programs")
    store = shutil.copytree(template_store, directory / "store", symlinks=True)
    with running(directory, "--store", store) as service:
        yield Runner(service, llm)
        assert service.stop() == 0
    assert "unexpected" not in service.errors
