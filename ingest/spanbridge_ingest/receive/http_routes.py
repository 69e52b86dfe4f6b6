"""OTLP/HTTP as an ASGI application: ``/traces``, ``/logs`` and a clear no for ``/metrics``.

It is mounted at ``/v1``. Every answer is in the encoding of its request, refusals are
``google.rpc.Status``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import status_pb2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from spanbridge_ingest.errors import RequestError, UnsupportedError
from spanbridge_ingest.receive.encoding import parse_content_encoding
from spanbridge_ingest.receive.http_body import BodyLimits, drain_body, read_body
from spanbridge_ingest.receive.intake import ClientGoneError, Intake, Transport
from spanbridge_ingest.receive.request_attributes import request_attributes
from spanbridge_ingest.receive.responses import export_response
from spanbridge_ingest.receive.status import TABLE, answer_to
from spanbridge_ingest.store.base import Signal

_PROTOBUF: Final = "application/x-protobuf"
_JSON: Final = "application/json"
_UNSTORED_SIGNAL: Final = "metrics"
_UNSUPPORTED: Final = TABLE[UnsupportedError]
_CLIENT_IS_GONE: Final = 499
"""Nobody reads it; access logs know it."""


class _Media(NamedTuple):
    content_type: str
    transport: Transport


_MEDIA: Final = {
    _PROTOBUF: _Media(_PROTOBUF, Transport.HTTP_PROTOBUF),
    "application/protobuf": _Media("application/protobuf", Transport.HTTP_PROTOBUF),
    _JSON: _Media(_JSON, Transport.HTTP_JSON),
}
_OTHER_MEDIA: Final = _Media(_JSON, Transport.HTTP_OTHER)


def otlp_app(
    intake: Intake, body_limits: BodyLimits | None = None, cors_origins: Sequence[str] = ()
) -> Starlette:
    """The application; ``cors_origins`` are the web pages' origins that may send (none)."""
    endpoints = _Endpoints(intake, body_limits or BodyLimits())
    middleware = []
    if cors_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(cors_origins),
                allow_methods=["POST"],
                allow_headers=["*"],
                max_age=3600,
            )
        )
    return Starlette(
        routes=[
            Route("/traces", endpoints.traces, methods=["POST"]),
            Route("/logs", endpoints.logs, methods=["POST"]),
            Route("/metrics", endpoints.metrics, methods=["POST"]),
        ],
        middleware=middleware,
        exception_handlers={HTTPException: endpoints.no_such_route},
    )


class _Endpoints:
    def __init__(self, intake: Intake, body_limits: BodyLimits) -> None:
        self._intake = intake
        self._body_limits = body_limits

    async def traces(self, request: Request) -> Response:
        return await self._export(request, Signal.TRACES)

    async def logs(self, request: Request) -> Response:
        return await self._export(request, Signal.LOGS)

    async def metrics(self, request: Request) -> Response:
        labels = (_UNSTORED_SIGNAL, _media(request).transport.value, _UNSUPPORTED.outcome)
        self._intake.telemetry.requests.labels(*labels).inc()
        raise HTTPException(404, "metrics are not stored here; send traces and logs")

    async def no_such_route(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # it is registered for nothing else
        status = status_pb2.Status(code=_UNSUPPORTED.code, message=error.detail)
        response = _message_response(_media(request), error.status_code, status)
        response.headers.update(error.headers or {})
        return await self._after_body(request, response)

    async def _export(self, request: Request, signal: Signal) -> Response:
        media = _media(request)
        try:
            rejected = await self._intake.answered(
                signal.value, media.transport, self._submit(request, signal, media)
            )
        except RequestError as error:
            return await self._after_body(request, _refusal(media, error))
        except ClientGoneError:
            return Response(status_code=_CLIENT_IS_GONE)
        return _message_response(media, 200, export_response(signal, rejected))

    async def _submit(self, request: Request, signal: Signal, media: _Media) -> Mapping[str, int]:
        if media is _OTHER_MEDIA:
            raise UnsupportedError(f"send {_PROTOBUF} or {_JSON} as Content-Type")
        encoding = parse_content_encoding(request.headers.get("content-encoding", ""))
        attributes = request_attributes(
            (name.decode("latin-1"), value) for name, value in request.headers.raw
        )
        limits = self._intake.limits
        body = await read_body(
            request, limits.request_bytes, self._body_limits, self._intake.budget
        )
        request.state.body_read = True
        return await self._intake.submit(signal, media.transport, body, encoding, attributes)

    async def _after_body(self, request: Request, response: Response) -> Response:
        """Answer when the client has sent its body, or close the connection afterwards."""
        if not getattr(request.state, "body_read", False):
            ended = await drain_body(request, self._body_limits.drain_s)
            if not ended:
                response.headers["Connection"] = "close"
        return response


def _media(request: Request) -> _Media:
    content_type = request.headers.get("content-type", "")
    return _MEDIA.get(content_type.partition(";")[0].strip().lower(), _OTHER_MEDIA)


def _refusal(media: _Media, error: RequestError) -> Response:
    answer = answer_to(error)
    response = _message_response(media, answer.row.http_status, answer.status)
    if answer.retry_after_s is not None:
        response.headers["Retry-After"] = str(answer.retry_after_s)
    return response


def _message_response(media: _Media, status: int, message: Message) -> Response:
    if media.transport is Transport.HTTP_PROTOBUF:
        content = message.SerializeToString()
    else:
        content = json_format.MessageToJson(message, indent=None).encode()
    return Response(content, status, media_type=media.content_type)
