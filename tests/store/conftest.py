"""A real embedded store. chDB hosts one engine path per process, so a module opens it once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.message import Message

from spanbridge_ingest.store import Batch, Signal, WriteReport, open_store
from spanbridge_ingest.store.base import batch_id_at
from tests.support.stores import make_store

_ids = itertools.count(batch_id_at(time.time()))


class StoreUnderTest:
    """A store, and short ways to write one request into it and read rows back."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = open_store(directory=directory)

    def write(
        self,
        *requests: Message | bytes,
        signal: Signal = Signal.TRACES,
        batch_id: int | None = None,
        facts: dict[str, str] | None = None,
    ) -> WriteReport:
        payloads = [r if isinstance(r, bytes) else r.SerializeToString() for r in requests]
        batch = Batch(
            signal,
            next(_ids) if batch_id is None else batch_id,
            b"".join(payloads),
            [1] * len(payloads),
            [bytes([n]) * 16 for n in range(len(payloads))],
            facts or {},
        )
        return self.store.write(batch)

    def rows(self, sql: str, **parameters: object) -> list[tuple[object, ...]]:
        return self.store.query(sql, parameters)

    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(directory=self.directory)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreUnderTest]:
    under_test = StoreUnderTest(make_store(tmp_path_factory.mktemp("store")))
    yield under_test
    under_test.store.close()
