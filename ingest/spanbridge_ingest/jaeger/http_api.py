"""Jaeger's query API over HTTP: version 3, and the older one of Grafana's data source.

    GET /api/v3/services                       /api/services
    GET /api/v3/operations?service&spanKind    /api/operations, /api/services/{service}/operations
    GET /api/v3/traces?query.*                 /api/traces?service&operation&tags&...
    GET /api/v3/traces/{trace_id}              /api/traces/{trace_id}
    GET /api/v3/trace-summaries?query.*        /api/dependencies?endTs&lookback

The service's own API has a route of the same name, so this one is mounted at ``/jaeger``.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from spanbridge_ingest.errors import BusyError, StoreError
from spanbridge_ingest.jaeger import catalogue, http_parameters, older_json, search
from spanbridge_ingest.jaeger.chunks import chunks
from spanbridge_ingest.query import otlp
from spanbridge_ingest.query.errors import (
    BadQueryError,
    NotFoundError,
    QueryError,
    TooMuchError,
)
from spanbridge_ingest.query.gate import RETRY_AFTER_S, Gate
from spanbridge_ingest.query.reading import Reader

MAX_ANSWER_BYTES: Final = 64 * 1024**2
"""Of spans in one answer, as protobuf; over gRPC an answer is a stream and has no limit."""

MAX_ANSWER_S: Final = 60.0
"""For making one answer, also when nobody waits for it any more."""

_V3: Final = "/api/v3/"
_STATUS: Final[dict[type[Exception], int]] = {
    BadQueryError: 400,
    NotFoundError: 404,
    TooMuchError: 413,
    BusyError: 503,
    StoreError: 503,
}

Answer = Callable[[Request], bytes]


def create_jaeger_app(store: Reader, gate: Gate) -> Starlette:
    """The API over ``store``; it reads where ``gate`` lets it."""
    v3, older = _VersionThree(store), _Older(store)
    routes: dict[str, Answer] = {
        "/api/v3/services": v3.services,
        "/api/v3/operations": v3.operations,
        "/api/v3/traces": v3.find,
        "/api/v3/traces/{trace_id}": v3.trace,
        "/api/v3/trace-summaries": v3.summaries,
        "/api/services": older.services,
        "/api/services/{service:path}/operations": older.operation_names,
        "/api/operations": older.operations,
        "/api/traces": older.find,
        "/api/traces/{trace_id}": older.trace,
        "/api/dependencies": older.dependencies,
    }
    handlers: dict[Any, Any] = dict.fromkeys(_STATUS, _refused)
    handlers |= {HTTPException: _refused, Exception: _refused}
    return Starlette(
        routes=[Route(path, _endpoint(answer, gate)) for path, answer in routes.items()],
        exception_handlers=handlers,
    )


class _VersionThree:
    def __init__(self, store: Reader) -> None:
        self._store = store

    def services(self, _: Request) -> bytes:
        return orjson.dumps({"services": catalogue.services(self._store)})

    def operations(self, request: Request) -> bytes:
        asked = request.query_params
        kind = asked.get("spanKind") or asked.get("span_kind") or ""
        found = catalogue.operations(self._store, asked.get("service", ""), kind)
        return orjson.dumps(
            {"operations": [{"name": one.name, "spanKind": one.kind} for one in found]}
        )

    def find(self, request: Request) -> bytes:
        asked = http_parameters.question_v3(request.query_params)
        return self._traces(search.find_ids(self._store, asked))

    def trace(self, request: Request) -> bytes:
        return self._traces(http_parameters.trace_ids([request.path_params["trace_id"]]))

    def summaries(self, request: Request) -> bytes:
        asked = http_parameters.question_v3(request.query_params)
        found = search.summaries(self._store, search.find_ids(self._store, asked))
        return orjson.dumps({"summaries": [_summary(one) for one in found]})

    def _traces(self, trace_ids: Sequence[str]) -> bytes:
        request = ExportTraceServiceRequest()
        for piece in _bounded(self._store, trace_ids):
            request.resource_spans.extend(piece.resource_spans)
        if not request.resource_spans:
            raise NotFoundError("No traces found")
        return orjson.dumps({"result": otlp.to_otlp_json(request)})


class _Older:
    def __init__(self, store: Reader) -> None:
        self._store = store

    def services(self, _: Request) -> bytes:
        return _listed(catalogue.services(self._store))

    def operation_names(self, request: Request) -> bytes:
        found = catalogue.operations(self._store, request.path_params["service"])
        return _listed(list(dict.fromkeys(one.name for one in found)))

    def operations(self, request: Request) -> bytes:
        asked = request.query_params
        kind = asked.get("spanKind", "")
        found = catalogue.operations(self._store, asked.get("service", ""), kind)
        return _listed([{"name": one.name, "spanKind": one.kind} for one in found])

    def find(self, request: Request) -> bytes:
        asked = request.query_params
        if named := asked.getlist("traceID"):
            found = http_parameters.trace_ids(named)
        else:
            found = search.find_ids(self._store, http_parameters.question_older(asked))
        return _listed(older_json.traces(_bounded(self._store, found)))

    def trace(self, request: Request) -> bytes:
        wanted = http_parameters.trace_ids([request.path_params["trace_id"]])
        found = older_json.traces(_bounded(self._store, wanted))
        if not found:
            raise NotFoundError("trace not found")
        return _listed(found)

    def dependencies(self, request: Request) -> bytes:
        start, end = http_parameters.dependency_times(request.query_params)
        found = catalogue.dependencies(self._store, start, end)
        return _listed(older_json.dependencies(found))


def _bounded(store: Reader, trace_ids: Sequence[str]) -> Iterable[TracesData]:
    left = MAX_ANSWER_BYTES
    until = time.monotonic() + MAX_ANSWER_S
    for some in chunks(store, trace_ids):
        if time.monotonic() > until:
            raise TooMuchError(
                f"the traces took more than {MAX_ANSWER_S:g} s to read",
                "ask for fewer, or over gRPC",
            )
        for piece in some:
            left -= piece.ByteSize()
            if left < 0:
                raise TooMuchError(
                    f"the traces have more than {MAX_ANSWER_BYTES} bytes", "ask for fewer traces"
                )
            yield piece


def _summary(trace: search.TraceSummary) -> dict[str, Any]:
    return {
        "traceId": trace.trace_id,
        "rootServiceName": trace.root_service,
        "rootOperationName": trace.root_operation,
        "minStartTimeUnixNano": str(trace.start),
        "maxEndTimeUnixNano": str(trace.end),
        "spanCount": trace.spans,
        "errorSpanCount": trace.errors,
        "orphanSpanCount": trace.orphans,
        "services": [
            {"name": one.name, "spanCount": one.spans, "errorSpanCount": one.errors}
            for one in trace.services
        ],
    }


def _listed(data: Sequence[Any]) -> bytes:
    return orjson.dumps({"data": data, "total": len(data), "limit": 0, "offset": 0, "errors": None})


def _endpoint(answer: Answer, gate: Gate) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return _json(await gate.run(lambda: answer(request)), 200)

    return endpoint


def _json(body: bytes, status: int) -> Response:
    return Response(body, status, {"cache-control": "no-store"}, "application/json")


def _refused(request: Request, error: Exception) -> Response:
    """What went wrong, in the form of the version that was asked."""
    if isinstance(error, HTTPException):
        status, message = error.status_code, error.detail
    else:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        hint = error.hint if isinstance(error, QueryError) else ""
        message = f"{error}; {hint}" if hint else str(error)
        message = "the answer could not be made" if status == 500 else message
    route = request.url.path.removeprefix(str(request.scope.get("root_path", "")))
    if route.startswith(_V3):
        body: dict[str, Any] = {"error": {"httpCode": status, "message": message}}
    else:
        errors = [{"code": status, "msg": message}]
        body = {"data": None, "total": 0, "limit": 0, "offset": 0, "errors": errors}
    answer = _json(orjson.dumps(body), status)
    if status == 503:
        answer.headers["retry-after"] = str(RETRY_AFTER_S)
    return answer
