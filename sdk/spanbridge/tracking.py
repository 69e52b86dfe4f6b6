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
    _chosen = _checked(uri)


def get_tracking_uri() -> str:
    """The address of the service: what was set, else ``SPANBRIDGE_TRACKING_URI``, else loopback.

    Raises:
        InvalidValueError: the variable is no http or https address.
    """
    if _chosen is not None:
        return _chosen
    named = os.environ.get(VARIABLE, "").strip()
    return _checked(named, VARIABLE) if named else DEFAULT


def _checked(uri: str, said_by: str = "the tracking URI") -> str:
    try:
        parts = urlsplit(str(uri))
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise InvalidValueError(
            f"{uri!r} is no address of a service: {said_by} has the form {DEFAULT}"
        )
    return str(uri).rstrip("/")


def reset() -> None:
    """Forget what was set."""
    global _chosen
    _chosen = None
