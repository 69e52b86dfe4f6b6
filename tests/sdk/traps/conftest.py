"""Programs that step into traps."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import Run, Runner


@pytest.fixture(scope="session")
def run(runner: Runner) -> Run:
    """Runs one of the folder's programs by its name, once for the same arguments."""
    return runner.once(Path(__file__).parent / "programs")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
