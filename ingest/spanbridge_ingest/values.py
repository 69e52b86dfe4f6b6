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
_OTLP_PORTS = {"otlp": 4317, "otlps": 4317, "http": 80, "https": 443}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,126}")
_OTLP_PATH = "/v1/traces"
_HEADER_NAME = re.compile(r"[0-9a-z!#$&'*+.^_`|~-]+")
_OWN_HEADERS = frozenset(
    ("connection", "content-encoding", "content-length", "content-type", "host", "te", "user-agent")
)


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


@dataclass(frozen=True, slots=True)
class OtlpUrl:
    """Where OTLP is sent to: gRPC for ``otlp``, HTTP with protobuf for ``http``."""

    scheme: str
    """``otlp``, ``http``, or either with an ``s`` for TLS."""
    host: str
    port: int
    path: str = ""
    """Of the traces, over HTTP; empty over gRPC."""

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.scheme.endswith("s")

    @property
    def is_grpc(self) -> bool:
        """Whether gRPC is spoken."""
        return self.scheme.startswith("otlp")

    @property
    def authority(self) -> str:
        """Host and port."""
        return str(Address(self.host, self.port))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True, slots=True)
class Headers:
    """Headers of requests to elsewhere. Neither text form shows a value: most are secrets."""

    pairs: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names in lower case, in the order given."""

    def __str__(self) -> str:
        return ",".join(f"{name}=***" for name, _ in self.pairs)


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


def _parse_otlp(text: str) -> OtlpUrl | None:
    # A password in the text would be a mistake, but a likely one: no message repeats the text.
    if text.strip().lower() == "off":
        return None
    parts = urlsplit(text.strip())
    if parts.scheme not in _OTLP_PORTS:
        schemes = ", ".join(f"{scheme}://" for scheme in _OTLP_PORTS)
        raise ValueError(f"the address must start with one of {schemes}")
    if "@" in parts.netloc:
        raise ValueError("credentials belong into --forward-header, not into the address")
    if not parts.hostname:
        raise ValueError("the address has no host")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port is not a number from 1 to 65535")
    if parts.query or parts.fragment:
        raise ValueError("parameters after ? or # are not supported")
    path = parts.path.rstrip("/")
    if parts.scheme.startswith("otlp") and path:
        raise ValueError("a path is for http:// and https://; OTLP over gRPC has none")
    if not parts.scheme.startswith("otlp"):
        path = path or _OTLP_PATH
    return OtlpUrl(parts.scheme, parts.hostname, port or _OTLP_PORTS[parts.scheme], path)


def _parse_headers(text: str) -> Headers:
    # As OTEL_EXPORTER_OTLP_HEADERS is written: https://opentelemetry.io/docs/specs/otel/protocol/
    pairs: dict[str, str] = {}
    for item in filter(str.strip, text.split(",")):
        name, equals, value = item.partition("=")
        name, value = name.strip().lower(), unquote(value.strip())
        if not equals:
            raise ValueError("a header without = in it; a comma within a value is written %2C")
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError("a header's name holds characters that no name may have")
        if name in _OWN_HEADERS or name.startswith("grpc-") or name.endswith("-bin"):
            raise ValueError(f"the header {name} is not for you to set")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"the value of {name} is not printable ASCII")
        if name in pairs:
            raise ValueError(f"the header {name} is given twice")
        pairs[name] = value
    return Headers(tuple(pairs.items()))


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


def one_of(*choices: str) -> Kind[str]:
    """One of a few words."""

    def parse(text: str) -> str:
        word = text.strip().lower()
        if word not in choices:
            raise ValueError(f"{text!r} is none of {', '.join(choices)}")
        return word

    return Kind("choice", parse, choices[-1])


def _parse_identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(f"{text!r} is not a plain name: letters, digits and _, not first a digit")
    return text


address: Kind[Address | None] = Kind("address", _parse_address, "127.0.0.1:4317")
clickhouse_url: Kind[ClickHouseUrl | None] = Kind(
    "URL", _parse_clickhouse, "https://user:password@host:8443/database"
)
otlp_url: Kind[OtlpUrl | None] = Kind("URL", _parse_otlp, "otlp://collector:4317")
headers: Kind[Headers] = Kind("headers", _parse_headers, "x-mlflow-experiment-id=1")
identifier: Kind[str | None] = Kind("name", _parse_identifier, "production")
directory: Kind[Path] = Kind("directory", _parse_directory, "./traces")
log_level: Kind[str] = Kind("level", _parse_level, "info")
