"""Recording calls of all libraries that are known here and installed."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Final

_INTEGRATIONS: Final = {"openai": "spanbridge.openai"}
"""Libraries, and the modules that record their calls."""


def autolog(disable: bool = False, *, log_traces: bool = True, silent: bool = False) -> None:
    """Record calls of every library that is known here and installed.

    Args:
        disable: record none from now on.
        log_traces: False is the same as ``disable``.
        silent: do not tell about libraries of which nothing can be recorded.
    """
    for library, integration in _INTEGRATIONS.items():
        if importlib.util.find_spec(library) is not None:
            module = importlib.import_module(integration)
            module.autolog(disable, log_traces=log_traces, silent=silent)
