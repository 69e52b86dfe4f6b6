"""How traces are sent."""

from __future__ import annotations

from spanbridge import fluent


def enable_async_logging(enable: bool = True) -> None:
    """Send traces in the background, which is the default.

    Args:
        enable: False to send each trace before the end of its topmost span returns.
    """
    fluent.set_flush_each(not enable)


def disable_async_logging() -> None:
    """Send each trace before the end of its topmost span returns."""
    enable_async_logging(False)
