"""The kinds of value a setting can have: how each is read from text, shown and explained."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import quote, unquote, urlsplit

T = TypeVar("T")

LOG_LEVELS = ("debug", "info", "warning", "error")

_BYTE_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_BYTES = re.compile(r"(\d+)\s*([kmg]?)(?:i?b)?", re.IGNORECASE)
_CLICKHOUSE_PORTS = {"http": 8123, "https": 8443}


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of value. ``parse`` raises ValueError with the problem as a phrase without a stop."""

    name: str
    parse: Callable[[str], T]
    example: str
    show: Callable[[T], str] = str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens. Port 0 asks the system for a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ClickHouseUrl:
    """A ClickHouse server's HTTP interface. Its text form never shows the password."""

    host: str
    port: int
    secure: bool
    user: str
    password: str = field(repr=False)
    database: str

    @property
    def with_password(self) -> str:
        """The whole URL, for the client that connects; never for a message."""
        user, password = quote(self.user, safe=""), quote(self.password, safe="")
        return f"{self._scheme}://{user}:{password}@{Address(self.host, self.port)}/{self.database}"

    @property
    def _scheme(self) -> str:
        return "https" if self.secure else "http"

    def __str__(self) -> str:
        user = "" if self.user == "default" and not self.password else self.user
        secret = ":***" if self.password else ""
        at = f"{user}{secret}@" if user else ""
        return f"{self._scheme}://{at}{Address(self.host, self.port)}/{self.database}"


def _parse_address(text: str) -> Address | None:
    if text.strip().lower() == "off":
        return None
    host, colon, port_text = text.strip().rpartition(":")
    if not colon or not port_text.isascii() or not port_text.isdigit():
        raise ValueError(f"{text!r} has no port")
    if int(port_text) > 65535:
        raise ValueError(f"{port_text} is not a port (0 to 65535)")
    if not host:
        raise ValueError(f"{text!r} has no host (0.0.0.0 listens on every interface)")
    if ":" in host.strip("[]") and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f"{text!r}: an IPv6 host needs brackets")
    return Address(host.strip("[]"), int(port_text))


def _parse_clickhouse(text: str) -> ClickHouseUrl | None:
    # The text may hold a password, so no message repeats it.
    if text.strip().lower() == "off":
        return None
    parts = urlsplit(text.strip())
    if parts.scheme not in _CLICKHOUSE_PORTS:
        raise ValueError("the address must start with http:// or https://")
    if not parts.hostname:
        raise ValueError("the address has no host")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port is not a number from 1 to 65535") from None
    if parts.query or parts.fragment:
        raise ValueError("parameters after ? or # are not supported")
    database = unquote(parts.path.strip("/"))
    if "/" in database:
        raise ValueError("the path must be one database name")
    return ClickHouseUrl(
        host=parts.hostname,
        port=_CLICKHOUSE_PORTS[parts.scheme] if port is None else port,
        secure=parts.scheme == "https",
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=database or "default",
    )


def _show_bytes(value: int) -> str:
    for suffix, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if value and value % size == 0:
            return f"{value // size}{suffix}"
    return str(value)


def _parse_level(text: str) -> str:
    level = text.strip().lower()
    if level not in LOG_LEVELS:
        raise ValueError(f"{text!r} is none of {', '.join(LOG_LEVELS)}")
    return level


def _parse_directory(text: str) -> Path:
    if not text.strip():
        raise ValueError("the directory is empty")
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError(f"{text} exists and is not a directory")
    return path


def byte_count(least: int) -> Kind[int]:
    """A number of bytes, with or without a unit: ``67108864``, ``64MiB``, ``64M``."""

    def parse(text: str) -> int:
        match = _BYTES.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a number of bytes")
        value = int(match[1]) * _BYTE_UNITS[match[2].lower()]
        if value < least:
            raise ValueError(f"{text!r} is less than {_show_bytes(least)}")
        return value

    return Kind("bytes", parse, "64MiB", _show_bytes)


def whole_number(least: int, most: int) -> Kind[int]:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a whole number") from None
        if not least <= value <= most:
            raise ValueError(f"{text} is not within {least} and {most}")
        return value

    return Kind("whole number", parse, str(max(least, min(30, most))))


def number(least: float, most: float) -> Kind[float]:
    """A number within bounds."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a number") from None
        if not least <= value <= most:
            raise ValueError(f"{text} is not within {least:g} and {most:g}")
        return value

    return Kind("number", parse, "20", lambda value: f"{value:g}")


address: Kind[Address | None] = Kind("address", _parse_address, "127.0.0.1:4317")
clickhouse_url: Kind[ClickHouseUrl | None] = Kind(
    "URL", _parse_clickhouse, "https://user:password@host:8443/database"
)
directory: Kind[Path] = Kind("directory", _parse_directory, "./traces")
log_level: Kind[str] = Kind("level", _parse_level, "info")
