"""One request to the HTTP interface, read and checked."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from spanbridge_ingest.clickhouse_http import native
from spanbridge_ingest.clickhouse_http.failures import (
    ACCESS_DENIED,
    AUTHENTICATION_FAILED,
    BAD_ARGUMENTS,
    NOT_IMPLEMENTED,
    FrontError,
)
from spanbridge_ingest.clickhouse_http.options import FrontOptions
from spanbridge_ingest.hosts import host_of, is_address

_MAX_FIELDS: Final = 1000
_MAX_FIELD_HEAD: Final = 4096
_DEFAULT_FORMAT: Final = "TabSeparated"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for."""

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def statement(self) -> bytes:
        """The query: the parameter, then the body, as ClickHouse puts them together."""
        query = self.parameters.get("query", "").encode("utf-8", "surrogateescape")
        return b"\n".join(part for part in (query, self.body) if part)

    @property
    def default_format(self) -> str:
        """The format of a query that names none."""
        asked = self.parameters.get("default_format") or self.headers.get("x-clickhouse-format")
        return asked or _DEFAULT_FORMAT

    @property
    def revision(self) -> int:
        """The revision of the protocol that the client reads Native blocks in.

        Raises:
            FrontError: it is none that can be answered.
        """
        return native.revision(self.parameters.get("client_protocol_version", ""))

    @property
    def database(self) -> str | None:
        """The database that was asked for."""
        return self.parameters.get("database") or self.headers.get("x-clickhouse-database")

    @property
    def query_parameters(self) -> dict[str, str]:
        """The values of ``{name:Type}`` parameters."""
        start = "param_"
        return {
            name[len(start) :]: value
            for name, value in self.parameters.items()
            if name.startswith(start)
        }

    def flag(self, name: str) -> bool:
        """Whether a parameter is switched on."""
        return self.parameters.get(name, "0").lower() in ("1", "true")


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an ASGI scope, names in lower case."""
    return {name.decode("latin-1").lower(): v.decode("latin-1") for name, v in scope["headers"]}


def read(scope: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> Request:
    """A request from its ASGI scope and its body, which is decompressed already.

    Raises:
        FrontError: the parameters cannot be read.
    """
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("ascii", "surrogateescape"),
            keep_blank_values=True,
            max_num_fields=_MAX_FIELDS,
            errors="surrogateescape",
        )
    except ValueError:
        raise FrontError(BAD_ARGUMENTS, "The parameters of the URL are malformed") from None
    parameters = dict(reversed(pairs))
    if headers.get("content-type", "").startswith("multipart/form-data"):
        parameters |= _form(headers["content-type"], body)
        body = b""
    return Request(scope["method"], scope["path"], parameters, headers, body)


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """The plain fields of a form, which is where long queries and parameters travel."""
    kind = EmailMessage()
    kind["content-type"] = content_type
    boundary = kind.get_boundary()
    if not boundary:
        raise FrontError(BAD_ARGUMENTS, "The form has no boundary")
    found: dict[str, str] = {}
    sections = body.split(b"--" + boundary.encode("latin-1"), _MAX_FIELDS + 2)[1:]
    if len(sections) > _MAX_FIELDS + 1:
        raise FrontError(BAD_ARGUMENTS, f"The form has more than {_MAX_FIELDS} fields")
    for section in sections:
        head, separator, content = section.partition(b"\r\n\r\n")
        if not separator:
            continue
        if len(head) > _MAX_FIELD_HEAD:
            raise FrontError(BAD_ARGUMENTS, "A field of the form has too many headers")
        field = BytesHeaderParser().parsebytes(head.lstrip(b"\r\n"))
        name = field.get_param("name", header="content-disposition")
        if field.get_filename() is not None and name != "query":
            raise FrontError(NOT_IMPLEMENTED, "External tables are not supported")
        if isinstance(name, str):
            found[name] = content.removesuffix(b"\r\n").decode("utf-8", "surrogateescape")
    return found


def check_caller(request: Request, options: FrontOptions) -> None:
    """Let known users in; without users, everyone but web pages.

    Raises:
        FrontError: the caller is refused.
    """
    if options.users:
        name, password = _credentials(request)
        known = options.users.get(name)
        given = password.encode("utf-8", "surrogateescape")
        expected = ("" if known is None else known).encode("utf-8")
        if not hmac.compare_digest(given, expected) or known is None:
            raise FrontError(
                AUTHENTICATION_FAILED,
                "Authentication failed: password is incorrect, or no such user",
            )
        return
    host = host_of(request.headers.get("host", "")) or ""
    if not (host == "localhost" or host in options.allowed_hosts or is_address(host)):
        raise FrontError(ACCESS_DENIED, "This name is not one of the hosts that are allowed")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise FrontError(ACCESS_DENIED, "Web pages of other origins are refused")


def _credentials(request: Request) -> tuple[str, str]:
    headers, parameters = request.headers, request.parameters
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            plain = base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape")
        except binascii.Error:
            plain = ""
        name, _, password = plain.partition(":")
        return name, password
    if "x-clickhouse-user" in headers:
        return headers["x-clickhouse-user"], headers.get("x-clickhouse-key", "")
    return parameters.get("user", "default"), parameters.get("password", "")
