"""Sending what this process has recorded, before something is read."""

from __future__ import annotations

import socket
from typing import Final
from urllib.parse import urlsplit

from spanbridge.tracking import LOOPBACK

FLUSH_TIMEOUT_S: Final = 5.0
AGAIN_TIMEOUT_S: Final = 0.2
"""How long it may take after an attempt that failed: who reads again does not wait again."""

_CONNECT_TIMEOUT_S: Final = 0.5

_failed = False


def flush_own(uri: str) -> None:
    """Send the spans of this process that have ended, as far as ``FLUSH_TIMEOUT_S`` goes.

    Nothing is waited for if nobody is there to be read from.

    Args:
        uri: the address of the service that is read from afterwards.
    """
    global _failed
    from spanbridge.pipeline.provider import flush

    if is_refused(uri):
        return
    _failed = not flush(AGAIN_TIMEOUT_S if _failed else FLUSH_TIMEOUT_S)


def is_refused(uri: str) -> bool:
    """Whether nobody listens at an address of this machine. Others take too long to ask."""
    try:
        parts = urlsplit(uri)
        if parts.hostname not in LOOPBACK:
            return False
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname, port), _CONNECT_TIMEOUT_S):
            return False
    except ConnectionRefusedError:
        return True
    except (OSError, ValueError):
        return False
