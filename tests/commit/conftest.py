from __future__ import annotations

import pytest

from tests.commit.memory_store import MemoryStore


@pytest.fixture
def store():
    store = MemoryStore()
    yield store
    store.close()
