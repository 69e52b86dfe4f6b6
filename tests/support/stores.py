"""Empty stores, quickly: the schema is made once and the directory copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.command import spanbridge


@pytest.fixture(scope="session")
def template_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its schema, the package's prices and no data; copy it, never write to it."""
    template = tmp_path_factory.mktemp("template") / "store"
    made = spanbridge("prices", "refresh", "--store", template)
    assert made.returncode == 0, made.stderr
    return template


@pytest.fixture
def empty_store(template_store: Path, tmp_path: Path) -> Path:
    """A store with its schema, prices and no data, of this test's own."""
    return Path(shutil.copytree(template_store, tmp_path / "store", symlinks=True))
