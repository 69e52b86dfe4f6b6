"""How long a column is in the Native format, by its type.

Values are never read: only what says where they end (lengths of texts, offsets of arrays, sizes of
dictionaries). A column is a prefix, in which some types say how they are written, and then its
values. Format: ClickHouse's ``ISerialization`` with bulk streams in one file, revision 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from spanbridge_ingest.clickhouse_http.failures import NOT_IMPLEMENTED, FrontError
from spanbridge_ingest.clickhouse_http.type_names import element, split, typed_paths
from spanbridge_ingest.store.wire import read_varint

Values = Callable[[bytes, int, int], int]
"""Of data, where the values begin, and how many there are: where they end."""

Column = Callable[[bytes, int], tuple[int, Values]]
"""Of data and where the prefix begins: where it ends, and the values that follow."""

_BYTES: Final = {
    **dict.fromkeys(("Int8", "UInt8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("Int16", "UInt16", "Enum16", "Date", "BFloat16"), 2),
    **dict.fromkeys(("Int32", "UInt32", "Float32", "Date32", "DateTime", "Time", "IPv4"), 4),
    **dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Time64"), 8),
    **dict.fromkeys(("Int128", "UInt128", "UUID", "IPv6"), 16),
    **dict.fromkeys(("Int256", "UInt256"), 32),
}
_INTERVAL: Final = re.compile("Interval[A-Z][a-z]+")
_SHAPES: Final = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "MultiPoint": "Array(Point)",
    "MultiLineString": "Array(LineString)",
    "Polygon": "Array(Ring)",
    "MultiPolygon": "Array(Polygon)",
}
_WORD: Final = 8
_SHARED: Final = "SharedVariant"
# How a dynamic value or a JSON says it is written.
_DYNAMIC, _JSON, _JSON_TEXT, _FLATTENED = 1, 0, 1, 3


def column(type_name: str) -> Column:
    """A column of a type.

    Raises:
        FrontError: its length cannot be told.
    """
    family, arguments = split(type_name)
    if family in _BYTES or _INTERVAL.fullmatch(family):
        return _plain(_fixed(_BYTES.get(family, _WORD)))
    if family in _SHAPES:
        return column(_SHAPES[family])
    made = _FAMILIES.get(family)
    if made is None:
        raise _unknown(type_name)
    return made(arguments)


def text(data: bytes, at: int) -> tuple[str, int]:
    """A text with its length before it, and where it ends."""
    size, at = read_varint(data, at)
    return data[at : at + size].decode("utf-8", "replace"), at + size


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + _WORD], "little")


def _unknown(what: str) -> FrontError:
    return FrontError(
        NOT_IMPLEMENTED,
        f"A column of type {what[:200]} cannot be answered in the Native format of the revision "
        "that client_protocol_version asks for: give it another type in the query "
        "(finalizeAggregation(column), toString(column)), or ask for another FORMAT",
    )


def _plain(values: Values) -> Column:
    """A column without a prefix."""
    return lambda data, at: (at, values)


def _fixed(size: int) -> Values:
    return lambda data, at, rows: at + size * rows


def _strings(data: bytes, at: int, rows: int) -> int:
    for _ in range(rows):
        size = data[at]
        if size < 0x80:
            at += 1 + size
        else:
            size, at = read_varint(data, at)
            at += size
    return at


def _decimal(arguments: list[str]) -> Column:
    precision = int(arguments[0])
    return _plain(_fixed(next(s for s, most in _DIGITS if precision <= most)))


_DIGITS: Final = ((4, 9), (8, 18), (16, 38), (32, 76))


def _bits(arguments: list[str]) -> Column:
    """A QBit: of each bit of its numbers, a row of bits."""
    family, dimension = arguments[0], int(arguments[1])
    return _plain(_fixed(_BYTES[family] * 8 * ((dimension + 7) // 8)))


def _nullable(arguments: list[str]) -> Column:
    inner = column(arguments[0])

    def begin(data: bytes, at: int) -> tuple[int, Values]:
        at, values = inner(data, at)
        return at, lambda data, at, rows: values(data, at + rows, rows)

    return begin


def _array(arguments: list[str]) -> Column:
    return _repeated(column(arguments[0]))


def _repeated(inner: Column) -> Column:
    def begin(data: bytes, at: int) -> tuple[int, Values]:
        at, values = inner(data, at)

        def end(data: bytes, at: int, rows: int) -> int:
            at += rows * _WORD
            return values(data, at, _word(data, at - _WORD) if rows else 0)

        return at, end

    return begin


def _tuple(arguments: list[str]) -> Column:
    # An empty one is a byte.
    return _side_by_side([column(element(a)) for a in arguments] or [_plain(_fixed(1))])


def _side_by_side(columns: Sequence[Column]) -> Column:
    def begin(data: bytes, at: int) -> tuple[int, Values]:
        at, values = _prefixes(columns, data, at)

        def end(data: bytes, at: int, rows: int) -> int:
            for part in values:
                at = part(data, at, rows)
            return at

        return at, end

    return begin


def _prefixes(columns: Sequence[Column], data: bytes, at: int) -> tuple[int, list[Values]]:
    values = []
    for part in columns:
        at, found = part(data, at)
        values.append(found)
    return at, values


def _low_cardinality(arguments: list[str]) -> Column:
    family, inner = split(arguments[0])
    # The place of NULL in the dictionary says it; there are no flags.
    _, keys = column(inner[0] if family == "Nullable" else arguments[0])(b"", 0)

    def end(data: bytes, at: int, rows: int) -> int:
        if rows == 0:
            return at
        index_bytes = 1 << data[at]
        at = keys(data, at + 2 * _WORD, _word(data, at + _WORD))
        return at + _WORD + _word(data, at) * index_bytes

    return lambda data, at: (at + _WORD, end)


def _variant(arguments: list[str]) -> Column:
    return _one_of([column(a) for a in arguments])


def _one_of(columns: Sequence[Column]) -> Column:
    def begin(data: bytes, at: int) -> tuple[int, Values]:
        if _word(data, at):
            raise _unknown("Variant (written compactly)")
        at, values = _prefixes(columns, data, at + _WORD)

        def end(data: bytes, at: int, rows: int) -> int:
            chosen, at = data[at : at + rows], at + rows
            for place, part in enumerate(values):
                at = part(data, at, chosen.count(place))
            return at

        return at, end

    return begin


def _names(data: bytes, at: int) -> tuple[int, list[str]]:
    count, at = read_varint(data, at)
    found = []
    for _ in range(count):
        name, at = text(data, at)
        found.append(name)
    return at, found


def _dynamic(data: bytes, at: int) -> tuple[int, Values]:
    version, at = _word(data, at), at + _WORD
    if version == _DYNAMIC:
        _, at = read_varint(data, at)
        at, names = _names(data, at)
        kinds = [_STRING if n == _SHARED else column(n) for n in sorted([*names, _SHARED])]
        return _one_of(kinds)(data, at)
    if version == _FLATTENED:
        at, names = _names(data, at)
        return _flattened([column(name) for name in names], data, at)
    raise _unknown(f"Dynamic (serialization {version})")


def _flattened(columns: Sequence[Column], data: bytes, at: int) -> tuple[int, Values]:
    # The one place more is that of NULL.
    size = next(s for s in (1, 2, 4, 8) if len(columns) < 1 << (8 * s))
    at, values = _prefixes(columns, data, at)

    def end(data: bytes, at: int, rows: int) -> int:
        chosen, at = data[at : at + rows * size], at + rows * size
        places = [
            int.from_bytes(chosen[n : n + size], "little") for n in range(0, len(chosen), size)
        ]
        for place, part in enumerate(values):
            at = part(data, at, places.count(place))
        return at

    return at, end


def _json(arguments: list[str]) -> Column:
    typed = [column(name) for name in typed_paths(arguments)]

    def begin(data: bytes, at: int) -> tuple[int, Values]:
        version, at = _word(data, at), at + _WORD
        if version == _JSON_TEXT:
            return at, _strings
        if version == _JSON:
            _, at = read_varint(data, at)
            at, paths = _names(data, at)
            return _side_by_side([*typed, *[_dynamic] * len(paths), _REST])(data, at)
        if version == _FLATTENED:
            at, paths = _names(data, at)
            return _side_by_side([*typed, *[_dynamic] * len(paths)])(data, at)
        raise _unknown(f"JSON (serialization {version})")

    return begin


_STRING: Final = _plain(_strings)
_REST: Final = _repeated(_side_by_side([_STRING, _STRING]))
"""Paths of a JSON that have no column of their own."""

_FAMILIES: Final[dict[str, Callable[[list[str]], Column]]] = {
    "String": lambda arguments: _STRING,
    "FixedString": lambda arguments: _plain(_fixed(int(arguments[0]))),
    "Decimal": _decimal,
    "Nullable": _nullable,
    "Array": _array,
    "Tuple": _tuple,
    "Nested": lambda arguments: _repeated(_tuple(arguments)),
    "Map": lambda arguments: _repeated(_tuple(arguments)),
    "LowCardinality": _low_cardinality,
    "SimpleAggregateFunction": lambda arguments: column(arguments[1]),
    "Variant": _variant,
    "Dynamic": lambda arguments: _dynamic,
    "JSON": _json,
    "QBit": _bits,
}
