"""The Native format in the revision of the protocol that a client asks for.

The embedded engine writes revision 0, columns without more, and has no setting for another. A
client that sends ``client_protocol_version`` reads blocks that begin with their properties, and
from revision 54454 on a flag before each column, which says whether it is written in a way of its
own.
"""

from __future__ import annotations

import re
from typing import Final

from spanbridge_ingest.clickhouse_http import columns
from spanbridge_ingest.clickhouse_http.failures import BAD_ARGUMENTS, NOT_IMPLEMENTED, FrontError
from spanbridge_ingest.store.wire import read_varint

_LOW_CARDINALITY: Final = 54405
_OWN_SERIALIZATION: Final = 54454
_NUMBER: Final = re.compile("[0-9]{0,9}")
# Field 1: no rows beyond a limit; field 2: no bucket (-1); no more fields.
_BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"


def revision(value: str) -> int:
    """What ``client_protocol_version`` says; 0 if it says nothing.

    Raises:
        FrontError: it is no number, or older than the types of the engine.
    """
    if _NUMBER.fullmatch(value) is None:
        raise FrontError(BAD_ARGUMENTS, f"client_protocol_version is no revision: {value[:20]!r}")
    asked = int(value or 0)
    if 0 < asked < _LOW_CARDINALITY:
        raise FrontError(
            NOT_IMPLEMENTED,
            f"client_protocol_version {asked} is not supported: leave it out, or ask for "
            f"{_LOW_CARDINALITY} or newer",
        )
    return asked


def in_revision(chunk: bytes, asked: int) -> bytes:
    """Whole blocks of revision 0 in another revision.

    Raises:
        FrontError: the length of a column cannot be told from its type.
    """
    out: list[bytes] = []
    at = 0
    try:
        while at < len(chunk):
            at = _block(chunk, at, asked >= _OWN_SERIALIZATION, out)
    except IndexError:
        at = len(chunk) + 1
    if at != len(chunk):
        raise FrontError(
            NOT_IMPLEMENTED, "The engine's blocks end in the middle: ask for another FORMAT"
        )
    return b"".join(out)


def _block(chunk: bytes, at: int, flagged: bool, out: list[bytes]) -> int:
    """Put one block out; gives where it ends."""
    out.append(_BLOCK_INFO)
    begin = at
    count, at = read_varint(chunk, at)
    rows, at = read_varint(chunk, at)
    for _ in range(count):
        _, at = columns.text(chunk, at)
        type_name, at = columns.text(chunk, at)
        if flagged:
            out.append(chunk[begin:at] + b"\x00")
            begin = at
        if rows:
            at, values = columns.column(type_name)(chunk, at)
            at = values(chunk, at, rows)
    out.append(chunk[begin:at])
    return at
