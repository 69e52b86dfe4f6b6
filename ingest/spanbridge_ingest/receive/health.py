"""``/healthz``, ``/readyz`` and ``/metrics``, for those who run the service."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from spanbridge_ingest.errors import UnavailableError
from spanbridge_ingest.receive.intake import Submitter
from spanbridge_ingest.telemetry import CONTENT_TYPE, Telemetry


def health_routes(committer: Submitter, telemetry: Telemetry) -> list[Route]:
    """The three routes."""

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
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]
