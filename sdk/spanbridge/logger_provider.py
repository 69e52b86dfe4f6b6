"""The logger of events: of the application's provider, or of one made from the environment.

Ours is not set for the process: the application may set its own at any time, and is then asked.
"""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING, Final

from opentelemetry import _logs, trace
from opentelemetry._logs._internal import ProxyLoggerProvider

from spanbridge import provider

if TYPE_CHECKING:
    from spanbridge.own_logger_provider import OwnLoggerProvider

_SCOPE: Final = "spanbridge"

# Not a plain lock: a destructor that ends a span may get here while its own thread holds it.
_lock = threading.RLock()
_own: OwnLoggerProvider | None = None
_logger: _logs.Logger | None = None
_logger_of: object = None


def logger() -> _logs.Logger:
    """The logger of the provider in force."""
    global _logger, _logger_of
    given = _logs.get_logger_provider()
    if given is _logger_of and _logger is not None:
        return _logger
    with _lock:
        found = (
            _own_logger() if isinstance(given, ProxyLoggerProvider) else given.get_logger(_SCOPE)
        )
        _logger, _logger_of = found, given
    return found


def _own_logger() -> _logs.Logger:
    global _own
    if _own is None:
        # Loading it takes longer than all the rest, and only who wants events needs it.
        from spanbridge.own_logger_provider import OwnLoggerProvider

        resource = getattr(trace.get_tracer_provider(), "resource", None)
        _own = OwnLoggerProvider(os.environ, resource)
        provider.also_flush(_own.flush)
        atexit.register(provider.close_at_exit, _own.close)
    return _own.get_logger(_SCOPE)


def _unlock() -> None:
    """In a forked child nobody is left to release what another thread held."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)
