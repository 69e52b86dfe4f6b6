"""The routes that search.

POST /traces/search      traces that satisfy a filter, as documents
POST /sessions/search    sessions of which a trace does
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import orjson
from fastapi import FastAPI
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.search import models
from spanbridge_ingest.query.search.documents import search_traces
from spanbridge_ingest.query.search.sessions import find_sessions
from spanbridge_ingest.query.writes.bodies import json_body

Asked = TypeVar("Asked", bound=BaseModel)


class Run(Protocol):
    """Runs what blocks on a thread."""

    def __call__(self, work: Callable[[], Any], /) -> Awaitable[Any]:
        """What ``work`` returns."""


def add_search(app: FastAPI, store: Reader, run: Run) -> None:
    """Add the routes that search."""

    @app.post(
        "/traces/search",
        response_model=models.FoundTraces,
        openapi_extra=_body(models.TraceSearch),
        summary="Search traces",
    )
    async def traces(request: Request) -> Response:
        """By an expression of the filter language; see its reference."""
        asked = _read(models.TraceSearch, await json_body(request))
        question = asked.question()
        return _answer(await run(lambda: search_traces(store, question, asked.include_spans)))

    @app.post(
        "/sessions/search",
        response_model=models.FoundSessions,
        openapi_extra=_body(models.SessionSearch),
        summary="Search sessions",
    )
    async def sessions(request: Request) -> Response:
        """Those of which a trace satisfies the filter, whole."""
        question = _read(models.SessionSearch, await json_body(request)).question()

        def work() -> bytes:
            page = find_sessions(store, question)
            found = {"sessions": page.sessions, "next_page_token": page.next_page_token}
            return orjson.dumps(found)

        return _answer(await run(work))


def _read(model: type[Asked], body: Any) -> Asked:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        message = f"{where}: {first['msg']}" if where else str(first["msg"])
        raise BadQueryError(message, "openapi.json says what the body may hold") from None


def _body(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _answer(body: bytes) -> Response:
    return Response(body, 200, {"cache-control": "no-store"}, "application/json")
