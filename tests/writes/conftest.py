"""The real application over a real store, which a module opens once."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from spanbridge_ingest.query.api import create_app
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.schema import ErrorAnswer
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_ingest.store.editing import TraceEditor
from spanbridge_ingest.store.edits import TraceEdits
from tests.query.loading import embedded_store

_numbers = itertools.count(0xABC000)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@dataclass
class Api:
    """The API, spoken to as a program does."""

    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        sent = {} if body is None else {"json": body}
        answer = await self.client.request(method, f"/api{path}", **sent)  # type: ignore[arg-type]
        assert answer.status_code == status, answer.text
        if status >= 400:
            ErrorAnswer.model_validate(answer.json())
            return answer.json()["error"]
        return answer.json() if answer.content else None


@asynccontextmanager
async def api_over(store: Reader, editor: TraceEditor) -> AsyncIterator[Api]:
    app = Starlette(routes=[Mount("/api", create_app(store, editor))])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4318") as client:
        yield Api(client)


@pytest.fixture
async def api(store: ClickHouseStore) -> AsyncIterator[Api]:
    async with api_over(store, TraceEdits(store.engine, store.database)) as api:
        yield api


@pytest.fixture
def number() -> int:
    """A number for a trace of this test's own."""
    return next(_numbers)


@pytest.fixture
def trace_id(number: int) -> str:
    """The id of that trace."""
    return f"{number:032x}"
