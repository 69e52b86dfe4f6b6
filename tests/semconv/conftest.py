"""A real engine with the generated columns. chDB hosts one path per process: open it per module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.semconv.engine import Engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as opened:
        yield opened
