"""Recording calls of all libraries that are known here and installed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, Final

_INTEGRATIONS: Final = {"openai": "spanbridge.openai"}
"""Libraries, and the modules that record their calls."""


def autolog(
    *,
    log_traces: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, str] | None = None,
    exclude_flavors: Sequence[str] | None = None,
    **of_models: Any,
) -> None:
    """Record calls of every library that is known here and installed.

    Args:
        log_traces: False is the same as ``disable``.
        disable: record none from now on.
        exclusive: accepted; what a run of the program's own says does not matter to traces.
        disable_for_unsupported_versions: accepted; versions that are not known are left alone.
        silent: do not tell about libraries of which nothing can be recorded.
        extra_tags: accepted; MLflow writes them on runs.
        exclude_flavors: libraries that are left as they are, such as ``["openai"]``.
        of_models: accepted; MLflow's options for models (``log_models`` and the like).
    """
    for library, integration in _INTEGRATIONS.items():
        if library in (exclude_flavors or ()):
            continue
        if importlib.util.find_spec(library) is not None:
            module = importlib.import_module(integration)
            module.autolog(disable, log_traces=log_traces, silent=silent)
