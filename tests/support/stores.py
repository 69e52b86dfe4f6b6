"""Empty stores, quickly: the schema is made once and the directory copied."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import pytest

from spanbridge_ingest.store import open_store
from tests.support.command import spanbridge_process


@functools.cache
def _with_schema() -> Path:
    """A store with its schema and nothing else, made when this process first needs one."""
    directory = Path(tempfile.mkdtemp(prefix="spanbridge-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    open_store(directory=directory / "store").close()
    return directory / "store"


def make_store(directory: Path) -> Path:
    """Put a store with its schema into a directory, which may be there; none may be open."""
    return Path(shutil.copytree(_with_schema(), directory, symlinks=True, dirs_exist_ok=True))


@pytest.fixture(scope="session")
def template_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its schema, the package's prices and no data; copy it, never write to it."""
    template = tmp_path_factory.mktemp("template") / "store"
    made = spanbridge_process("prices", "refresh", "--store", template)
    assert made.returncode == 0, made.stderr
    return template


@pytest.fixture
def empty_store(template_store: Path, tmp_path: Path) -> Path:
    """A store with its schema, prices and no data, of this test's own."""
    return Path(shutil.copytree(template_store, tmp_path / "store", symlinks=True))
