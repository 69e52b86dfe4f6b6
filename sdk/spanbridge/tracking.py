"""Where the service is."""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

from spanbridge.exceptions import InvalidValueError

VARIABLE: Final = "SPANBRIDGE_TRACKING_URI"
DEFAULT: Final = "http://127.0.0.1:4318"

_chosen: str | None = None


def set_tracking_uri(uri: str) -> None:
    """Name the service: traces are read from it, and spans are sent to it.

    Spans go elsewhere if ``OTEL_EXPORTER_OTLP_ENDPOINT`` says so, or if the application has a
    tracer provider of its own.

    Args:
        uri: the HTTP address that ``spanbridge serve`` tells, such as ``http://127.0.0.1:4318``.

    Raises:
        InvalidValueError: it is no http or https address.
    """
    global _chosen
    parts = urlsplit(str(uri))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidValueError(
            f"{uri!r} is no address of a service; it has the form http://127.0.0.1:4318"
        )
    _chosen = str(uri).rstrip("/")


def get_tracking_uri() -> str:
    """The address of the service: what was set, else ``SPANBRIDGE_TRACKING_URI``, else loopback."""
    return _chosen or os.environ.get(VARIABLE, "").strip().rstrip("/") or DEFAULT


def reset() -> None:
    """Forget what was set."""
    global _chosen
    _chosen = None
