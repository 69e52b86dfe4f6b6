"""Empty stores, quickly: the schema is made once and the directory copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import spanbridge


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """A function that makes an empty store with its schema at a path and returns the path."""
    template = tmp_path_factory.mktemp("template") / "store"
    made = spanbridge("schema", "apply", "--store", template)
    assert made.returncode == 0, made.stderr

    def make(path: Path) -> Path:
        shutil.copytree(template, path, dirs_exist_ok=True)
        return path

    return make
