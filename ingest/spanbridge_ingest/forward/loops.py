"""Refuse to pass on to oneself."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.values import Address, OtlpUrl

_EVERYWHERE = frozenset(("0.0.0.0", "::"))


def refuse_loop(destination: OtlpUrl, listeners: Iterable[Address | None]) -> None:
    """Compare where to pass on to with where this service listens.

    Raises:
        ConfigError: what is passed on would come back.
    """
    ports = [a for a in listeners if a is not None and a.port == destination.port]
    if not ports:
        return
    targets = _resolved(destination.host)
    for listener in ports:
        own = _resolved(listener.host)
        met = own & targets or (own & _EVERYWHERE and any(map(_is_here, targets)))
        # Connecting to "everywhere" means to this machine.
        if met or (targets & _EVERYWHERE and any(map(_is_here, own))):
            raise ConfigError(
                f"--forward {destination} is this service itself, which listens on {listener}; "
                "everything would go round for ever. Give another address to one of them."
            )


def _resolved(host: str) -> set[str]:
    """The addresses of a host; none when it cannot be resolved now."""
    try:
        return {_plain(str(found[4][0])) for found in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def _plain(address: str) -> str:
    """The address, or the IPv4 address that it maps into IPv6."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return address if mapped is None else str(mapped)


def _is_here(address: str) -> bool:
    """Whether an address is one of this machine's: only then can it be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
