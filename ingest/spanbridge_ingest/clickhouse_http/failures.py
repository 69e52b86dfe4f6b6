"""Errors as ClickHouse's HTTP interface tells them."""

from __future__ import annotations

import re
from typing import Final

BAD_ARGUMENTS: Final = 36
SYNTAX_ERROR: Final = 62
READONLY: Final = 164
TOO_MANY_QUERIES: Final = 202
NO_FORMAT: Final = 73
TOO_LARGE: Final = 396
REQUIRED_PASSWORD: Final = 194
AUTHENTICATION_FAILED: Final = 516
NOT_IMPLEMENTED: Final = 48
UNKNOWN_SETTING: Final = 115
QUERY_TOO_LARGE: Final = 307
CANNOT_DECOMPRESS: Final = 271
ACCESS_DENIED: Final = 497

_NAMES: Final = {
    BAD_ARGUMENTS: "BAD_ARGUMENTS",
    SYNTAX_ERROR: "SYNTAX_ERROR",
    READONLY: "READONLY",
    TOO_MANY_QUERIES: "TOO_MANY_SIMULTANEOUS_QUERIES",
    NO_FORMAT: "UNKNOWN_FORMAT",
    TOO_LARGE: "TOO_MANY_ROWS_OR_BYTES",
    REQUIRED_PASSWORD: "REQUIRED_PASSWORD",
    AUTHENTICATION_FAILED: "AUTHENTICATION_FAILED",
    NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    UNKNOWN_SETTING: "UNKNOWN_SETTING",
    QUERY_TOO_LARGE: "TOO_MANY_BYTES",
    CANNOT_DECOMPRESS: "CANNOT_DECOMPRESS",
    ACCESS_DENIED: "ACCESS_DENIED",
}

# 41-44, 69 and the like: what the data or the query says cannot be parsed or does not fit.
_BAD_REQUEST: Final = frozenset(
    {6, 7, 16, 25, 26, 27, 35, 36, 38, 41, 44, 50, 53, 62, 69, 70, 72, 117, 131, 167, 168, 306, 321}
)
_UNKNOWN: Final = frozenset({46, 47, 60, 63, 73, 78, 81, 83, 115, 139})
_STATUS: Final = {
    48: 501,  # NOT_IMPLEMENTED
    159: 408,  # TIMEOUT_EXCEEDED
    164: 403,  # READONLY
    192: 403,  # UNKNOWN_USER
    193: 403,  # WRONG_PASSWORD
    194: 401,  # REQUIRED_PASSWORD
    202: 503,  # TOO_MANY_SIMULTANEOUS_QUERIES
    209: 503,  # SOCKET_TIMEOUT
    271: 400,  # CANNOT_DECOMPRESS
    307: 413,  # the request is too large
    497: 403,  # ACCESS_DENIED
    516: 401,  # AUTHENTICATION_FAILED
}

_CODE: Final = re.compile(r"Code:\s*(\d+)\. DB::")
_UNKNOWN_CODE: Final = 1002


class FrontError(Exception):
    """A request that fails. ``code`` is ClickHouse's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def status(self) -> int:
        """The HTTP status."""
        if self.code in _BAD_REQUEST:
            return 400
        return 404 if self.code in _UNKNOWN else _STATUS.get(self.code, 500)

    def text(self, version: str) -> str:
        """The body of the answer, in ClickHouse's form."""
        message = str(self)
        if not message.startswith("Code:"):
            message = f"Code: {self.code}. DB::Exception: {message} ({_NAMES[self.code]})"
        return f"{message} (version {version} (spanbridge))\n"

    def in_body(self, version: str, tag: str) -> bytes:
        """What stands in a body whose beginning is sent already.

        Clients know the tag from the ``X-ClickHouse-Exception-Tag`` header, so data cannot pass
        for an error.
        """
        text = self.text(version).encode("utf-8", "replace")
        head = f"\r\n__exception__\r\n{tag}\r\n".encode()
        return head + text + f"{len(text)} {tag}\r\n__exception__\r\n".encode()


def from_engine(error: Exception) -> FrontError:
    """An error of the engine, which has ClickHouse's text already."""
    text = str(error)
    start = text.find("Code:")
    codes = _CODE.findall(text)
    if start < 0 or not codes:
        message = f"Code: {_UNKNOWN_CODE}. DB::Exception: {text or type(error).__name__}"
        return FrontError(_UNKNOWN_CODE, f"{message} (UNKNOWN_EXCEPTION)")
    return FrontError(int(codes[-1]), text[start:].rstrip())
