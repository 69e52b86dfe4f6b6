"""Output formats: which can be sent in pieces, and their media types.

The engine gives a long result in chunks, each a document of its own. Of some formats the documents
can simply be put together; of some the header of all but the first has to go; the rest (JSON,
Parquet, Pretty) must be made as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from spanbridge_ingest.clickhouse_http import native
from spanbridge_ingest.store.wire import read_varint

_PLAIN: Final = frozenset(
    {
        "tsv",
        "tsvraw",
        "tabseparated",
        "tabseparatedraw",
        "raw",
        "csv",
        "tskv",
        "jsoneachrow",
        "jsonlines",
        "ndjson",
        "jsonstringseachrow",
        "jsoncompacteachrow",
        "jsoncompactstringseachrow",
        "rowbinary",
        "native",
        "lineasstring",
    }
)
_CSV_ROW: Final = re.compile(rb'(?:"(?:[^"]|"")*"|[^"\n])*\n')
_JSON_ROW: Final = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|[^"\n])*\n', re.DOTALL)
_TEXT_ROW: Final = re.compile(rb"[^\n]*\n")

HeaderSize = Callable[[bytes], int]


def _rows(row: re.Pattern[bytes], count: int) -> HeaderSize:
    def size(chunk: bytes) -> int:
        end = 0
        for _ in range(count):
            found = row.match(chunk, end)
            end = found.end() if found else len(chunk)
        return end

    return size


def _binary(strings_per_column: int) -> HeaderSize:
    def size(chunk: bytes) -> int:
        columns, at = read_varint(chunk, 0)
        for _ in range(columns * strings_per_column):
            length, at = read_varint(chunk, at)
            at += length
        return at

    return size


_HEADED: Final[dict[str, HeaderSize]] = {
    "tsvwithnames": _rows(_TEXT_ROW, 1),
    "tabseparatedwithnames": _rows(_TEXT_ROW, 1),
    "tsvwithnamesandtypes": _rows(_TEXT_ROW, 2),
    "tabseparatedwithnamesandtypes": _rows(_TEXT_ROW, 2),
    "csvwithnames": _rows(_CSV_ROW, 1),
    "csvwithnamesandtypes": _rows(_CSV_ROW, 2),
    "jsoncompacteachrowwithnames": _rows(_JSON_ROW, 1),
    "jsoncompacteachrowwithnamesandtypes": _rows(_JSON_ROW, 2),
    "rowbinarywithnames": _binary(1),
    "rowbinarywithnamesandtypes": _binary(2),
}


def streams(name: str) -> bool:
    """Whether results in this format can be sent while they are made."""
    return name.lower() in _PLAIN or name.lower() in _HEADED


class Joiner:
    """Makes one document of the chunks of a result.

    Args:
        name: of the format.
        revision: of the protocol, for the Native format.
    """

    def __init__(self, name: str, revision: int) -> None:
        self._header_size = _HEADED.get(name.lower())
        self._revision = revision if name.lower() == "native" else 0
        self._first = True

    def add(self, chunk: bytes) -> bytes:
        """The next chunk without what the first has said already.

        Raises:
            FrontError: it cannot be written in the revision.
        """
        if self._revision:
            return native.in_revision(chunk, self._revision)
        if self._header_size is None or self._first or not chunk:
            self._first = self._first and not chunk
            return chunk
        return chunk[self._header_size(chunk) :]


def media_type(name: str) -> str:
    """The media type of a format."""
    lower = name.lower()
    if lower.startswith("jsoneachrow") or lower in ("ndjson", "jsonlines"):
        return "application/x-ndjson; charset=UTF-8"
    if lower.startswith("json"):
        return "application/json; charset=UTF-8"
    if lower.startswith("csv"):
        return "text/csv; charset=UTF-8; header=" + ("present" if "names" in lower else "absent")
    if lower.startswith(("tsv", "tabseparated")):
        return "text/tab-separated-values; charset=UTF-8"
    if lower.startswith(("native", "rowbinary", "parquet", "arrow", "orc", "avro")):
        return "application/octet-stream"
    return "text/plain; charset=UTF-8"
