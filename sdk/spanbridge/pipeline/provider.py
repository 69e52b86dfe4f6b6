"""The tracer that spans are started with: the application's, or one made from the environment."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from opentelemetry import trace

if TYPE_CHECKING:
    from spanbridge.pipeline.own_provider import OwnProvider

EXIT_TIMEOUT_MS: Final = 5000
"""How long the end of the process may wait for spans to be sent, if none is sent meanwhile."""

_logger: Final = logging.getLogger("spanbridge")
_EXIT_LEAST_MS: Final = 2500
_exit_began: float | None = None
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


def close_at_exit(close: Callable[[int], None]) -> None:
    """Close something as the process ends: all there is to close shares one time."""
    global _exit_began
    if _exit_began is None:
        _exit_began = time.monotonic()
        if _own is not None:
            # Spans are the last to be closed; they are sent while others are waited for.
            _own.wake()
    passed_ms = int((time.monotonic() - _exit_began) * 1000)
    close(max(_EXIT_LEAST_MS, EXIT_TIMEOUT_MS - passed_ms))


def _set_own() -> trace.TracerProvider:
    global _own
    from spanbridge.pipeline.own_provider import OwnProvider

    _own = OwnProvider()
    trace.set_tracer_provider(_own)
    atexit.register(close_at_exit, _own.close)
    return trace.get_tracer_provider()


_others: Final[list[Callable[[int], bool]]] = []


def also_flush(flush: Callable[[int], bool]) -> None:
    """Have something sent along with the spans; it is given milliseconds."""
    _others.append(flush)


def flush(timeout_s: float = 30.0) -> bool:
    """Send every span that has ended, and the log events with contents.

    Returns:
        False if that was not done within ``timeout_s`` seconds.
    """
    deadline = time.monotonic() + timeout_s
    flushes = [*_others]
    if (of_spans := getattr(trace.get_tracer_provider(), "force_flush", None)) is not None:
        flushes.insert(0, of_spans)
    sent = True
    for one in flushes:
        left_ms = max(0, int((deadline - time.monotonic()) * 1000))
        try:
            sent = bool(one(left_ms)) and sent
        except Exception:
            sent = False
    return sent


def flush_trace_async_logging(terminate: bool = False) -> None:
    """Send every span that has ended, as :func:`flush` does.

    Args:
        terminate: accepted; what is recorded afterwards is still sent.
    """
    flush()
