"""The API: lists of traces, trace documents and prices over HTTP.

    GET /traces                    newest first; start, end, limit, cursor, service
    GET /traces/{trace_id}         the trace document
    GET /traces/{trace_id}/otlp    the trace as OTLP, JSON or protobuf by the Accept header
    GET /unmapped                  attribute keys that look like GenAI and no rule reads
    GET /prices                    the prices in force; provider, model, at
    GET /prices/unknown            models whose spans lack a price; start
    POST /traces/search            traces that satisfy a filter
    POST /sessions/search          sessions of which a trace does
    GET /openapi.json, /docs       what is above, for programs and for people

and, if it is given an editor, what :mod:`spanbridge_ingest.query.writes.routes` lists.

It is mounted at ``/api``. Every answer that is not a success is
``{"error": {"code", "message", "hint"}}``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import orjson
from fastapi import FastAPI, Header, Query
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from spanbridge_ingest.errors import BusyError, StoreError, StoreSchemaError, StoreUnavailableError
from spanbridge_ingest.prices.listing import list_prices
from spanbridge_ingest.prices.unknown import unknown_prices
from spanbridge_ingest.query import otlp, schema, traces
from spanbridge_ingest.query.docs_page import docs_page
from spanbridge_ingest.query.errors import (
    BadQueryError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    QueryError,
    TooMuchError,
    UnsupportedMediaError,
)
from spanbridge_ingest.query.gate import RETRY_AFTER_S, Gate
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.search.routes import add_search
from spanbridge_ingest.query.times import parse_time
from spanbridge_ingest.query.unmapped import unmapped_keys
from spanbridge_ingest.query.writes.routes import add_writes
from spanbridge_ingest.store.editing import TraceEditor

READ_THREADS: Final = 4
"""Questions answered at once; each holds one connection of the store."""

WRITE_THREADS: Final = 2
"""Changes made at once; slow readers do not keep them waiting."""

_NS: Final = 1_000_000_000
_LAST_SECOND: Final = 2**32 - 1
_JSON: Final = "application/json"
_PROTOBUF: Final = "application/x-protobuf"
_STATUS: Final[dict[type[Exception], tuple[int, str]]] = {
    BadQueryError: (400, "bad_request"),
    ForbiddenError: (403, "forbidden"),
    NotFoundError: (404, "not_found"),
    ConflictError: (409, "conflict"),
    TooMuchError: (413, "too_large"),
    UnsupportedMediaError: (415, "unsupported_media_type"),
    StoreSchemaError: (500, "store_schema"),
    BusyError: (503, "busy"),
    StoreError: (503, "store_unavailable"),
}
_WORDS: Final = {404: "not_found", 405: "method_not_allowed"}

Moment = Annotated[
    str | None,
    Query(description="Nanoseconds since the epoch, or an RFC 3339 time such as 2026-01-31T12:00Z"),
]


def create_app(store: Reader, editor: TraceEditor | None = None) -> FastAPI:
    """The API over ``store``, read-only without an editor.

    It holds nothing that would have to be closed.
    """
    app = FastAPI(
        title="spanbridge",
        summary="GenAI traces, read back.",
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={
            "4XX": {"model": schema.ErrorAnswer},
            "5XX": {"model": schema.ErrorAnswer},
        },
    )
    gate = Gate(READ_THREADS)
    _add_list(app, store, gate)
    _add_trace(app, store, gate)
    _add_unmapped(app, store, gate)
    _add_prices(app, store, gate)
    add_search(app, store, gate.run)
    if editor is not None:
        add_writes(app, store, editor, Gate(WRITE_THREADS).run)
    _add_docs(app)
    _add_errors(app)
    return app


def _add_list(app: FastAPI, store: Reader, gate: Gate) -> None:
    @app.get("/traces", response_model=schema.TraceList, summary="List traces, newest first")
    async def list_traces(
        start: Moment = None,
        end: Moment = None,
        limit: Annotated[int, Query(ge=1, le=traces.MAX_PAGE)] = 50,
        cursor: Annotated[str | None, Query(description="next_cursor of the page before")] = None,
        service: Annotated[
            str | None, Query(description="Only traces with a span of this service")
        ] = None,
    ) -> Response:
        """Traces that began at or after `start` and before `end`."""
        begin, until = parse_time("start", start), parse_time("end", end)

        def read() -> bytes:
            page = traces.list_traces(store, begin, until, limit, cursor, service)
            return orjson.dumps({"traces": page.traces, "next_cursor": page.next_cursor})

        return _answer(await gate.run(read))


def _add_trace(app: FastAPI, store: Reader, gate: Gate) -> None:
    @app.get(
        "/traces/{trace_id}", response_model=schema.TraceDocument, summary="Read a trace document"
    )
    async def trace(trace_id: str) -> Response:
        """Everything that is known of one trace."""
        return _answer(await gate.run(lambda: orjson.dumps(traces.trace_document(store, trace_id))))

    @app.get(
        "/traces/{trace_id}/otlp",
        response_class=Response,
        responses={200: {"content": {_JSON: {}, _PROTOBUF: {}}}},
        summary="Read a trace as OTLP",
    )
    async def trace_otlp(
        trace_id: str, accept: Annotated[str, Header(include_in_schema=False)] = _JSON
    ) -> Response:
        """An ExportTraceServiceRequest that holds all spans of the trace, as they were sent."""
        binary = "protobuf" in accept

        def read() -> bytes:
            request = traces.trace_otlp(store, trace_id)
            return (
                request.SerializeToString() if binary else orjson.dumps(otlp.to_otlp_json(request))
            )

        answer = _answer(await gate.run(read), _PROTOBUF if binary else _JSON)
        answer.headers["vary"] = "accept"
        return answer


def _add_unmapped(app: FastAPI, store: Reader, gate: Gate) -> None:
    @app.get("/unmapped", response_model=schema.UnmappedKeys, summary="List what no rule reads")
    async def unmapped(
        start: Moment = None, limit: Annotated[int, Query(ge=1, le=10_000)] = 100
    ) -> Response:
        """Attribute keys of spans since `start`, the most frequent first; no values."""
        since = parse_time("start", start) or 0
        return _answer(
            await gate.run(lambda: orjson.dumps({"keys": unmapped_keys(store, since, limit)}))
        )


def _add_prices(app: FastAPI, store: Reader, gate: Gate) -> None:
    @app.get("/prices", response_model=schema.PriceList, summary="List the prices in force")
    async def prices(
        provider: Annotated[str | None, Query(description="Only of this provider")] = None,
        model: Annotated[str | None, Query(description="Only those that mean this model")] = None,
        at: Moment = None,
    ) -> Response:
        """What costs are computed with, own prices first."""
        moment = parse_time("at", at)
        second = None if moment is None else moment // _NS

        def read() -> bytes:
            return orjson.dumps({"prices": list_prices(store, provider, model, second)})

        return _answer(await gate.run(read))

    @app.get(
        "/prices/unknown", response_model=schema.UnknownPrices, summary="List what has no price"
    )
    async def unknown(start: Moment = None) -> Response:
        """Models with spans, begun at or after `start`, whose cost is unknown."""
        second = min((parse_time("start", start) or 0) // _NS, _LAST_SECOND)

        def read() -> bytes:
            return orjson.dumps({"unknown": unknown_prices(store, second)})

        return _answer(await gate.run(read))


def _answer(body: bytes, media_type: str = _JSON, status: int = 200) -> Response:
    # What a trace holds may still grow, and is nobody else's business.
    return Response(body, status, {"cache-control": "no-store"}, media_type)


def _problem(status: int, code: str, message: str, hint: str = "") -> Response:
    body = {"error": {"code": code, "message": message, "hint": hint}}
    answer = _answer(orjson.dumps(body), status=status)
    if status == 503:
        answer.headers["retry-after"] = str(RETRY_AFTER_S)
    return answer


def _add_errors(app: FastAPI) -> None:
    for kind, (status, code) in _STATUS.items():
        app.add_exception_handler(kind, _handler(status, code))

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first: dict[str, Any] = next(iter(error.errors()), {})
        where = ".".join(str(step) for step in first.get("loc", ())[1:])
        return _problem(400, "bad_request", f"{where}: {first.get('msg', 'malformed')}")

    @app.exception_handler(HTTPException)
    async def no_such_route(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = _WORDS.get(error.status_code, "http_error")
        hint = f"{request.scope.get('root_path', '')}/docs lists what there is"
        return _problem(error.status_code, code, error.detail, hint)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        return _problem(500, "internal", "the answer could not be made", "see the service's log")


def _handler(status: int, code: str) -> Callable[[Request, Exception], Response]:
    def answer(_: Request, error: Exception) -> Response:
        hint = error.hint if isinstance(error, QueryError) else ""
        if isinstance(error, StoreUnavailableError):
            hint = "try again in a few seconds"
        return _problem(status, code, str(error), hint)

    return answer


def _add_docs(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        """What the API answers, on a page that loads nothing from elsewhere."""
        return HTMLResponse(docs_page(app.openapi(), str(request.scope.get("root_path", ""))))
