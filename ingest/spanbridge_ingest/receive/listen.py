"""Take a port, or say clearly why not."""

from __future__ import annotations

import errno
import socket
from typing import Any, Final

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.values import Address

_BACKLOG: Final = 1024
_REASONS: Final = {
    errno.EADDRINUSE: "another program listens there; stop it, or choose another port",
    errno.EACCES: "ports below 1024 need a privilege; choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def listen(address: Address) -> socket.socket:
    """A listening socket, not shared with anybody.

    Raises:
        ConfigError: the address does not exist or the port is taken.
    """
    family, target = _resolve(address)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Lets a restarted service have its port back at once. On Linux this does not allow two
        # listeners, as SO_REUSEPORT would.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(target)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        reason = _REASONS.get(error.errno or 0, error.strerror)
        raise ConfigError(f"cannot listen on {address}: {reason}") from None
    return listener


def check_free(address: Address) -> None:
    """Raise ConfigError when :func:`listen` would: gRPC's own message does not name the reason."""
    if address.port:
        listen(address).close()


def bound(listener: socket.socket, address: Address) -> Address:
    """The address with the port that was really taken."""
    return Address(address.host, listener.getsockname()[1])


def _resolve(address: Address) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ConfigError(f"cannot listen on {address}: {error.strerror}") from None
    # "localhost" may be two addresses; every client tries the older one.
    family, _, _, _, target = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, target
