"""A note in the store's directory that says which service uses it, and where it listens.

The embedded engine serves one process at a time. While a service runs, other commands find its API
through this note instead of failing on the engine's lock.
"""

from __future__ import annotations

import json
import os
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "service.json"
_PROBE_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """A running service: addresses as ``host:port``, None for what is off."""

    pid: int
    grpc: str | None
    http: str | None

    @property
    def api_url(self) -> str | None:
        """Base URL of the HTTP API as a client on this machine reaches it."""
        return None if self.http is None else f"http://{reachable(self.http)}"


def reachable(address: str) -> str:
    """Turn a listening address into one to connect to: a wildcard host becomes loopback."""
    for wildcard, loopback in (("0.0.0.0:", "127.0.0.1:"), ("[::]:", "[::1]:")):
        if address.startswith(wildcard):
            return loopback + address.removeprefix(wildcard)
    return address


def write(store: Path, info: ServiceInfo) -> None:
    """Leave the note, all of it or nothing, readable by this user only."""
    temporary = store / f".{FILE_NAME}.{info.pid}"
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(asdict(info)), encoding="utf-8")
    temporary.replace(store / FILE_NAME)


def remove(store: Path) -> None:
    """Take the note away, if it is this process's."""
    info = read(store)
    if info is not None and info.pid == os.getpid():
        (store / FILE_NAME).unlink(missing_ok=True)


def read(store: Path) -> ServiceInfo | None:
    """Read the note; None when there is none or it is not one of ours."""
    try:
        raw = json.loads((store / FILE_NAME).read_text(encoding="utf-8"))
        return ServiceInfo(int(raw["pid"]), raw["grpc"], raw["http"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def running(store: Path) -> ServiceInfo | None:
    """Find the service that uses ``store``; None when there is no note or its process is gone."""
    info = read(store)
    if info is None or not _alive(info.pid):
        return None
    if info.api_url is None or _answers(f"{info.api_url}/healthz"):
        return info
    return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_PROBE_TIMEOUT_S):
            return True
    except (OSError, ValueError):
        return False
