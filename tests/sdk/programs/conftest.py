"""One service and one model server for the guides' programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import Run, Runner, llm, runner

__all__ = ["llm", "runner"]


@pytest.fixture(scope="session")
def run(runner: Runner) -> Run:
    """Runs one of the folder's programs by its name, once for the same arguments."""
    return runner.once(Path(__file__).parent / "guides")
