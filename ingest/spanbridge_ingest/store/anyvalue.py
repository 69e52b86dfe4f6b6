"""OTLP's recursive ``AnyValue`` for an engine whose types cannot recurse.

The engine parses scalars, and arrays of scalars; that is what nearly every attribute is. Anything
nested deeper arrives rewritten (``deep_values.py``) or stays as the raw protobuf bytes of its
``ArrayValue`` or ``KeyValueList``: a message field may always be declared ``bytes``.

Two things keep the cost of an insert low (``docs/adr/0002-landing-tables.md``). Numbers and
booleans are parsed straight into text, which is what the ``Map`` columns hold. And expressions are
short: the engine analyses them again for every insert.

Only field numbers matter on the wire, so names are one letter: the schema text travels with every
insert. ``s`` string, ``b`` bool, ``i`` int, ``d`` double, ``a`` array, ``m`` kvlist, ``y`` bytes;
``value`` is the oneof's presence, which tells an empty string from no value; ``j`` and ``o`` are
the JSON text and the OTLP/JSON of a rewritten value.
"""

from __future__ import annotations

from collections.abc import Callable

FIELD_JSON_TEXT = 100
FIELD_OTLP_JSON = 101
"""Field numbers of our own in an ``AnyValue``: see ``deep_values.py``."""

VALUE_TYPE = (
    "Enum8('none'=0,'string'=1,'bool'=2,'int'=3,'double'=4,'array'=5,'kvlist'=6,'bytes'=7,"
    "'doubles'=8,'array_typed'=9,'kvlist_typed'=10)"
)
"""The type of an attribute, beside its text. ``array`` and ``kvlist``: the JSON text says all (its
members are null, string, bool or int). ``doubles``: an array of finite doubles only. ``*_typed``:
``OtlpExtras`` says what the text cannot."""

FIRST_TYPED = 9

_PRESENCE = f"Enum8('no'=0,'s'=1,'b'=2,'i'=3,'d'=4,'a'=5,'m'=6,'y'=7,'j'={FIELD_JSON_TEXT})"
_ELEMENT_PRESENCE = "Enum8('no'=0,'s'=1,'b'=2,'i'=3,'d'=4,'a'=5,'m'=6,'y'=7)"
_SCALARS = {
    "s": "String",
    # Nullable: the engine would read an absent number as '0'.
    "b": "Nullable(String)",
    "i": "Nullable(String)",
    "d": "Nullable(String)",
    "y": "String",
}
_ELEMENT = {"value": _ELEMENT_PRESENCE, **_SCALARS, "a": "String", "m": "String"}
_DOUBLE = "ifNull(e.d, '')"
_NOT_FINITE = "('nan', 'inf', '-inf')"

PROTOBUF = (
    "message El{oneof value{string s=1;bool b=2;int64 i=3;double d=4;"
    "bytes a=5;bytes m=6;bytes y=7;}}"
    "message Ar{repeated El v=1;}"
    "message V{oneof value{string s=1;bool b=2;int64 i=3;double d=4;Ar a=5;bytes m=6;bytes y=7;"
    f"string j={FIELD_JSON_TEXT};}}string o={FIELD_OTLP_JSON};}}"
    "message KV{string k=1;V v=2;}"
)
"""Messages ``V`` (a value) and ``KV`` (an attribute)."""


def tuple_type(fields: dict[str, str]) -> str:
    """A named ClickHouse tuple."""
    return "Tuple(" + ", ".join(f"{name} {type_}" for name, type_ in fields.items()) + ")"


FIELDS = {
    "value": _PRESENCE,
    **_SCALARS,
    "a": f"Tuple(v Array({tuple_type(_ELEMENT)}))",
    "m": "String",
    "j": "String",
    "o": "String",
}
"""The fields of a value and the ClickHouse types they are parsed into."""

VALUE = tuple_type(FIELDS)
ATTRIBUTES = f"Array(Tuple(k LowCardinality(String), v {VALUE}))"

Value = Callable[[str], str]
"""Gives the SQL of a field of one value, such as ``s`` or ``a``."""


def each(values: str, body: Callable[[Value], str]) -> str:
    """SQL: ``body`` for each value of an array of value tuples."""
    return f"arrayMap(v -> {body(lambda field: f'v.{field}')}, {values})"


def each_flat(column: Value, body: Callable[[Value], str]) -> str:
    """SQL: ``body`` for each value of an array given as one column per field."""
    used: dict[str, str] = {}

    def element(field: str) -> str:
        return used.setdefault(field, f"v_{field}")

    sql = body(element)
    return f"arrayMap(({', '.join(used.values())}) -> {sql}, {', '.join(map(column, used))})"


def text(v: Value) -> str:
    """SQL: the text of a value, as the Collector's exporter writes it into a ``Map``."""
    element = (
        "multiIf(e.value = 's', toJSONString(e.s), e.value IN ('i', 'b'), coalesce(e.i, e.b, ''), "
        f"e.value = 'd', if({_DOUBLE} IN {_NOT_FINITE}, toJSONString({_DOUBLE}), {_DOUBLE}), "
        "e.value = 'no', 'null', "
        "concat('\"', base64Encode(concat(e.y, e.a, e.m)), '\"'))"
    )
    array = f"concat('[', arrayStringConcat(arrayMap(e -> {element}, {v('a')}.v), ','), ']')"
    base64 = f"base64Encode(concat({v('m')}, {v('y')}))"
    raw = f"if({v('value')} = 'm' AND {v('m')} = '', '{{}}', {base64})"
    scalar = f"coalesce({v('b')}, {v('i')}, {v('d')}, concat({v('s')}, {v('j')}))"
    return f"multiIf({v('value')} = 'a', {array}, {v('value')} IN ('m', 'y'), {raw}, {scalar})"


def type_code(v: Value) -> str:
    """SQL: the ``VALUE_TYPE`` number of a value, as a UInt8."""
    array = (
        f"multiIf(arrayAll(e -> e IN ('no', 's', 'b', 'i'), {v('a')}.v.value), 5, "
        f"arrayAll(e -> e.value = 'd' AND {_DOUBLE} NOT IN {_NOT_FINITE}, {v('a')}.v), 8, 9)"
    )
    rewritten = f"if(startsWith({v('j')}, '['), 5, 6) + if({v('o')} = '', 0, 4)"
    return (
        f"toUInt8(multiIf({v('value')} = 'a', {array}, "
        f"{v('value')} = 'm', if({v('m')} = '', 6, 10), "
        f"{v('value')} = 'j', {rewritten}, CAST({v('value')}, 'UInt8')))"
    )


def exact(v: Value) -> str:
    """SQL: what the text of a typed container cannot say.

    The OTLP/JSON of a rewritten value; else the oneof names of an array's elements, run together
    (``sid``, ``no`` for an absent value), which with the JSON text give the array back exactly;
    else ``raw``: the text is the base64 of the container's protobuf bytes.
    """
    kinds = f"arrayStringConcat({v('a')}.v.value)"
    return f"multiIf({v('value')} = 'j', {v('o')}, {v('value')} = 'a', {kinds}, 'raw')"
