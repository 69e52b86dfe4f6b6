"""The tracer that spans are started with: the application's, or one made from the environment."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from typing import TYPE_CHECKING, Final

from opentelemetry import trace

if TYPE_CHECKING:
    from spanbridge.own_provider import OwnProvider

EXIT_TIMEOUT_MS: Final = 5000
"""How long the end of the process may wait for spans to be sent, if none is sent meanwhile."""

_logger: Final = logging.getLogger("spanbridge")
_lock = threading.RLock()
_own: OwnProvider | None = None
_tracer: trace.Tracer | None = None
_tracer_of: object = None


def tracer() -> trace.Tracer:
    """The tracer of the provider in force.

    A provider that the application has set is used as it is. Otherwise, with the first span, one
    is made from the standard ``OTEL_*`` variables and set for the whole process, so that other
    instrumentations join the same traces.
    """
    provider = trace.get_tracer_provider()
    if provider is _tracer_of and _tracer is not None:
        return _tracer
    with _lock:
        return _found()


def _found() -> trace.Tracer:
    global _tracer, _tracer_of
    # Asked again: another thread may have made one meanwhile.
    provider = trace.get_tracer_provider()
    if provider is _tracer_of and _tracer is not None:
        return _tracer
    from spanbridge import __version__

    try:
        if isinstance(provider, trace.ProxyTracerProvider):
            provider = _set_own()
        _tracer = provider.get_tracer("spanbridge", __version__)
    except Exception as error:
        # A variable has a value that the OpenTelemetry SDK does not take.
        _logger.warning("Nothing is recorded, for want of a tracer provider: %s", error)
        _tracer = trace.NoOpTracer()
    _tracer_of = provider
    return _tracer


def _unlock() -> None:
    """In a forked child nobody is left to release what another thread held."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)


def is_own() -> bool:
    """Whether the provider in force was made here."""
    return _own is not None and trace.get_tracer_provider() is _own


def _set_own() -> trace.TracerProvider:
    global _own
    from spanbridge.own_provider import OwnProvider

    _own = OwnProvider()
    trace.set_tracer_provider(_own)
    atexit.register(_own.close, EXIT_TIMEOUT_MS)
    return trace.get_tracer_provider()


def flush(timeout_s: float = 30.0) -> bool:
    """Send every span that has ended.

    Returns:
        False if that was not done within ``timeout_s`` seconds.
    """
    provider = trace.get_tracer_provider()
    force_flush = getattr(provider, "force_flush", None)
    if force_flush is None:
        return True
    try:
        return bool(force_flush(int(timeout_s * 1000)))
    except Exception:
        return False


def flush_trace_async_logging(terminate: bool = False) -> None:
    """Send every span that has ended, as :func:`flush` does.

    Args:
        terminate: accepted; what is recorded afterwards is still sent.
    """
    flush()
