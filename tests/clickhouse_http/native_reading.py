"""Reads the Native format with clickhouse-connect's types."""

from __future__ import annotations

from clickhouse_connect.datatypes import registry
from clickhouse_connect.driver.exceptions import StreamCompleteException
from clickhouse_connect.driver.query import QueryContext
from clickhouse_connect.driver.transform import NativeTransform
from clickhouse_connect.driverc.buffer import ResponseBuffer

BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_FORMATS = {"Date*": "int", "String": "bytes", "FixedString": "bytes"}


Answer = tuple[list[str], list[str], list[str]]
"""Names, types, and rows as text: NaN is not what it is, but it reads the same."""


class Source:
    """Bytes in pieces, as clickhouse-connect takes a response."""

    def __init__(self, data: bytes) -> None:
        self.gen = iter([data[at : at + 1000] for at in range(0, len(data), 1000)])

    def close(self) -> None:
        """Nothing is open."""


def plainly(data: bytes, *, headed: bool = False) -> Answer:
    """Names, types and rows of a revision without flags; blocks may have a head."""
    context = QueryContext(query_formats=_FORMATS)
    context.block_info = headed
    result = NativeTransform.parse_response(ResponseBuffer(Source(data)), context)
    names, types = list(result.column_names), [kind.name for kind in result.column_types]
    return names, types, [repr(tuple(row)) for row in result.result_rows]


def flagged(data: bytes) -> Answer:
    """Names, types and rows of a revision with flags."""
    context = QueryContext(query_formats=_FORMATS)
    source = ResponseBuffer(Source(data))
    names: list[str] = []
    types: list[str] = []
    rows: list[str] = []
    while True:
        try:
            head = source.read_bytes(8)
        except StreamCompleteException:
            return names, types, rows
        assert head == BLOCK_INFO
        count, size = source.read_leb128(), source.read_leb128()
        names, types, columns = [], [], []
        for _ in range(count):
            names.append(source.read_leb128_str())
            kind = registry.get_from_name(source.read_leb128_str())
            types.append(kind.name)
            context.start_column(names[-1])
            assert source.read_bytes(1) == b"\x00"
            columns.append(kind.read_column(source, size, context) if size else [])
        rows.extend(repr(row) for row in zip(*columns, strict=True))
