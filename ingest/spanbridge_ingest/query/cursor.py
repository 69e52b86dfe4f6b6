"""Where a list goes on: opaque to clients, checked when it comes back."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Final, NamedTuple

from spanbridge_ingest.query.errors import BadQueryError

_VERSION: Final = "1"
_PLAIN: Final = re.compile(r"(\d{1,19}) ([0-9a-f]{32})", re.ASCII)


class Cursor(NamedTuple):
    """The last trace of a page; the next page holds what is smaller, newest first."""

    start: int
    trace_id: str


def encode(cursor: Cursor) -> str:
    """A cursor as URL-safe text."""
    plain = f"{cursor.start} {cursor.trace_id}".encode()
    checked = zlib.crc32(plain).to_bytes(4, "big") + plain
    return _VERSION + base64.urlsafe_b64encode(checked).decode().rstrip("=")


def decode(text: str) -> Cursor:
    """A cursor from its text.

    Raises:
        BadQueryError: it is not one of ours, or was changed.
    """
    try:
        if not text.startswith(_VERSION):
            raise ValueError(text)
        encoded = text[len(_VERSION) :].encode("ascii")
        checked = base64.b64decode(encoded + b"=" * (-len(encoded) % 4), b"-_", validate=True)
        plain = _PLAIN.fullmatch(checked[4:].decode("ascii"))
        if plain is None or checked[:4] != zlib.crc32(checked[4:]).to_bytes(4, "big"):
            raise ValueError(text)
    except (ValueError, binascii.Error):
        raise BadQueryError(
            "the cursor is not valid", "pass next_cursor of the page before, unchanged"
        ) from None
    return Cursor(int(plain[1]), plain[2])
