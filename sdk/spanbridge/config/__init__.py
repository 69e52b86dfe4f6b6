"""How traces are sent, and where."""

from __future__ import annotations

from spanbridge import fluent
from spanbridge.tracking import get_tracking_uri, is_tracking_uri_set, set_tracking_uri

__all__ = [
    "disable_async_logging",
    "enable_async_logging",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_tracking_uri",
]


def enable_async_logging(enable: bool = True) -> None:
    """Send traces in the background, which is the default.

    Args:
        enable: False to send each trace before the end of its topmost span returns.
    """
    fluent.set_flush_each(not enable)


def disable_async_logging() -> None:
    """Send each trace before the end of its topmost span returns."""
    enable_async_logging(False)
