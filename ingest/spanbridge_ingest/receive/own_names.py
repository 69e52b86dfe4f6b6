"""Who listens on loopback only is addressed as this machine.

A web page may point a name of its own at 127.0.0.1 and then reads what is served there as if it
were its own ("DNS rebinding"). The browser sends that name as ``Host``.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from spanbridge_ingest.hosts import host_of, is_address

_RESERVED: Final = (".localhost", ".internal")
"""Endings that nobody can own in the public name system."""
_REFUSAL: Final = (
    "this name is not one of this machine; ask by address or as localhost, and let a proxy in "
    "front set Host to the address it passes requests on to\n"
)


class OwnNames:
    """An application that answers only when it is addressed by a name that no web page can have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 403."""
        app = self._app
        if scope["type"] == "http" and not _is_own(Request(scope).headers.get("host", "")):
            app = PlainTextResponse(_REFUSAL, 403)
        await app(scope, receive, send)


def _is_own(header: str) -> bool:
    host = host_of(header)
    if host is None:
        return False
    # A name without a dot is of the local network: also an IPv6 address.
    return "." not in host or host.endswith(_RESERVED) or is_address(host)
