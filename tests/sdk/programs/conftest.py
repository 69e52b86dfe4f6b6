"""Programs as guides have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import Run, Runner


@pytest.fixture(scope="session")
def run(runner: Runner) -> Run:
    """Runs one of the folder's programs by its name, once for the same arguments."""
    return runner.once(Path(__file__).parent / "guides")
