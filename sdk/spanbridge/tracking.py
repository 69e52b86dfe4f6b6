"""Where the service is."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from spanbridge.exceptions import InvalidValueError
from spanbridge.telling import tell_once

if TYPE_CHECKING:
    from spanbridge.client import MlflowClient

__all__ = ["MlflowClient", "get_tracking_uri", "is_tracking_uri_set", "set_tracking_uri"]

VARIABLE: Final = "SPANBRIDGE_TRACKING_URI"
DEFAULT: Final = "http://127.0.0.1:4318"

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
GRPC_PORT: Final = 4317
SWAPPED_PORT: Final = f"; {GRPC_PORT} is usually the port for gRPC, and 4318 the one that is meant"
"""What is told of an address with that port where HTTP is spoken."""

_SIGNALS: Final = ("/v1/traces", "/v1/logs", "/v1/metrics", "/api")

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
    _chosen = checked_uri(uri)


def get_tracking_uri() -> str:
    """The address of the service: what was set, else ``SPANBRIDGE_TRACKING_URI``, else loopback.

    Raises:
        InvalidValueError: the variable is no http or https address.
    """
    if _chosen is not None:
        return _chosen
    named = os.environ.get(VARIABLE, "").strip()
    return checked_uri(named, VARIABLE) if named else DEFAULT


def is_tracking_uri_set() -> bool:
    """Whether the address was named, and is not just the usual one."""
    return _chosen is not None or bool(os.environ.get(VARIABLE, "").strip())


def checked_uri(uri: str, said_by: str = "the tracking URI") -> str:
    """An address without a slash at its end.

    Raises:
        InvalidValueError: it is no http or https address of a service.
    """
    try:
        parts = urlsplit(str(uri))
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
        good = good and not parts.query and not parts.fragment
        port, path = parts.port, parts.path.rstrip("/")
    except ValueError:
        good, port, path = False, None, ""
    if not good:
        raise InvalidValueError(
            f"{_told(uri)!r} is no address of a service: {said_by} has the form {DEFAULT}"
        )
    if (signal := next((end for end in _SIGNALS if path.endswith(end)), None)) is not None:
        raise InvalidValueError(
            f"{_told(uri)!r} is where one kind of data is sent: {said_by} is the address of the "
            f"service, without {signal}"
        )
    if port == GRPC_PORT:
        tell_once(
            f"{said_by} has port {GRPC_PORT}, which usually takes OTLP over gRPC; the service "
            f"answers on its HTTP port, such as {DEFAULT}"
        )
    return str(uri).rstrip("/")


def _told(uri: object) -> str:
    """An address as messages may quote it: what stands before an @ or behind a ? may be secret."""
    scheme, separator, rest = re.split(r"[?#]", str(uri))[0].rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def reset() -> None:
    """Forget what was set."""
    global _chosen
    _chosen = None


def _load(name: str) -> Any:
    if name != "MlflowClient":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from spanbridge.client import MlflowClient

    return MlflowClient


if not TYPE_CHECKING:
    # To a type checker, a module that has this has every name.
    __getattr__ = _load
