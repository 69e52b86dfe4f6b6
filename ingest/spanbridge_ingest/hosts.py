"""Hosts, as a ``Host`` header or an address to listen on names them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def host_of(header: str) -> str | None:
    """The name or address in a ``Host`` header, without its port; None if it is malformed."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return None


def is_address(host: str) -> bool:
    """Whether it is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach who listens there."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)
