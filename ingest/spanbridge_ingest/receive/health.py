"""``/healthz``, ``/readyz`` and ``/metrics``, for those who run the service, and what is where."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from spanbridge_ingest.errors import UnavailableError
from spanbridge_ingest.receive.intake import Submitter
from spanbridge_ingest.telemetry import CONTENT_TYPE, Telemetry

_HERE: Final = """\
spanbridge {version} takes OpenTelemetry traces and logs of GenAI programs and keeps them.

POST /v1/traces, /v1/logs         OTLP over HTTP, protobuf or JSON
GET  /api/docs                    what can be asked; /api/traces lists the newest traces
GET  /jaeger/api/services, ...    Jaeger's query API
GET  /healthz, /readyz, /metrics  for those who run it
"""


async def nothing_here(_request: Request, _error: Exception) -> Response:
    """The answer to a path that leads nowhere."""
    return PlainTextResponse("Not Found; / says what is served where\n", 404)


def health_routes(committer: Submitter, telemetry: Telemetry) -> list[Route]:
    """The three routes, and ``/``, which says what is served here and nothing of what is stored."""
    served = _HERE.format(version=version("spanbridge"))

    async def here(_request: Request) -> Response:
        return PlainTextResponse(served)

    async def healthz(_request: Request) -> Response:
        """The process answers; whether the store does is for ``/readyz``."""
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        try:
            await committer.check()
        except UnavailableError as error:
            return PlainTextResponse(f"not ready: {error}\n", 503)
        return PlainTextResponse("ready\n")

    async def metrics(_request: Request) -> Response:
        return Response(telemetry.render(), media_type=CONTENT_TYPE)

    return [
        Route("/", here),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]
