"""Whether notebooks show traces with their inputs and outputs."""

from __future__ import annotations

import sys
from typing import Any

_enabled = True


def enable_notebook_display() -> None:
    """Have notebooks show traces as a tree with inputs and outputs, which is the default."""
    global _enabled
    _enabled = True


def disable_notebook_display() -> None:
    """Have notebooks show traces as text, as they are printed."""
    global _enabled
    _enabled = False


def is_enabled() -> bool:
    """Whether notebooks show more than text."""
    return _enabled


def show(trace: Any) -> None:
    """Show a trace in the notebook that this runs in; elsewhere, nothing happens."""
    ipython = sys.modules.get("IPython")
    if _enabled and ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(trace)
