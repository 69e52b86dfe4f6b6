"""OTLP's recursive ``AnyValue`` for an engine whose types cannot recurse.

A :class:`AnyValue` unrolls the type to a fixed number of container levels and makes the three
things that have to agree: the protobuf messages the engine parses with, the columns it parses
into, and the SQL that turns values into text. What is nested deeper stays, as the raw protobuf
bytes of its ``ArrayValue`` or ``KeyValueList``: a message field may always be declared ``bytes``.

The outermost value is *flat* (a column per field, with one ``Array`` level per ``repeated`` around
it) and only what is inside a container is a ``Tuple``: an expression over one huge nested tuple
costs tens of milliseconds of analysis per insert, and a flat column per nested leaf costs more per
row (``docs/adr/0002-landing-tables.md``).

Only field numbers matter on the wire, so names are one letter: the schema text travels with every
insert. ``s`` string, ``b`` bool, ``i`` int, ``d`` double, ``a`` array, ``m`` kvlist, ``y`` bytes;
``value`` is the oneof's presence, which tells an empty string from no value. ``j`` and ``o`` are the
JSON text and the OTLP/JSON of a value that was nested too deep (``deep_values.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

FIELD_JSON_TEXT = 100
FIELD_OTLP_JSON = 101
"""Field numbers of our own in an outermost ``AnyValue``: see ``deep_values.py``."""

PRESENCE_TYPE = (
    f"Enum8('no'=0,'s'=1,'b'=2,'i'=3,'d'=4,'a'=5,'m'=6,'y'=7,'j'={FIELD_JSON_TEXT})"
)

VALUE_TYPE = (
    "Enum8('none'=0,'string'=1,'bool'=2,'int'=3,'double'=4,'array'=5,'kvlist'=6,'bytes'=7,"
    "'doubles'=8,'array_typed'=9,'kvlist_typed'=10)"
)
"""The type of an attribute, beside its text. ``array`` and ``kvlist``: the JSON text says all (its
members are null, string, bool or int). ``doubles``: an array of finite doubles only. ``*_typed``:
``OtlpExtras`` says what the text cannot: the members' kinds, or the whole value as OTLP/JSON."""

FIRST_TYPED = 9

_SELF_DESCRIBING = "e -> CAST(e, 'UInt8') <= 3"  # no, s, b, i: their JSON spelling tells the type

# Nullable scalars parse faster than plain ones, which need a default for every absent field.
_SCALARS = {
    "value": PRESENCE_TYPE,
    "s": "String",
    "b": "Nullable(UInt8)",
    "i": "Nullable(Int64)",
    "d": "Nullable(Float64)",
    "y": "String",
}

Value = Callable[[str], str]
"""Gives the SQL of a field of one value, such as ``s`` or ``a``."""


def _member(x: str) -> Value:
    return lambda field: f"{x}.{field}"


@dataclass(frozen=True, slots=True)
class AnyValue:
    """``AnyValue`` with ``arrays`` levels of arrays and ``kvlists`` levels of kvlists unrolled."""

    prefix: str
    arrays: int
    kvlists: int
    outermost: bool = True

    @property
    def key_value(self) -> str:
        """Name of the protobuf message of a ``KeyValue`` with such a value."""
        return f"{self._name}K"

    @property
    def message(self) -> str:
        """Name of the protobuf message of a value."""
        return self._name

    @property
    def _name(self) -> str:
        return f"{self.prefix}{self.arrays}{self.kvlists}{'' if self.outermost else 'i'}"

    @property
    def _inner(self) -> AnyValue:
        return AnyValue(self.prefix, max(self.arrays - 1, 0), max(self.kvlists - 1, 0), outermost=False)

    def protobuf(self) -> str:
        """The protobuf messages, innermost first."""
        name, inner = self._name, self._inner
        parts = [] if not (self.arrays or self.kvlists) else [inner.protobuf()]
        array = kvlist = "bytes"
        if self.arrays:
            array = f"{name}A"
            parts.append(f"message {array}{{repeated {inner.message} v=1;}}")
        if self.kvlists:
            kvlist = f"{name}L"
            parts.append(f"message {kvlist}{{repeated {inner.key_value} v=1;}}")
        text, exact = "", ""
        if self.outermost:
            text, exact = f"string j={FIELD_JSON_TEXT};", f"string o={FIELD_OTLP_JSON};"
        parts.append(
            f"message {name}{{oneof value{{string s=1;bool b=2;int64 i=3;double d=4;"
            f"{array} a=5;{kvlist} m=6;bytes y=7;{text}}}{exact}}}"
            f"message {self.key_value}{{string k=1;{name} v=2;}}"
        )
        return "".join(parts)

    def columns(self) -> dict[str, str]:
        """The fields of the outermost value and their ClickHouse types."""
        array = kvlist = "String"
        if self.arrays:
            array = f"Tuple(v Array({self._inner._tuple()}))"
        if self.kvlists:
            kvlist = f"Tuple(v Array(Tuple(k String, v {self._inner._tuple()})))"
        own = {"j": "String", "o": "String"} if self.outermost else {}
        return {**_SCALARS, "a": array, "m": kvlist, **own}

    def _tuple(self) -> str:
        return "Tuple(" + ", ".join(f"{k} {t}" for k, t in self.columns().items()) + ")"

    def each(self, fields: Value, body: Callable[[Value], str]) -> str:
        """SQL: ``body`` for each value of an array of values given field by field."""
        used: dict[str, str] = {}

        def element(field: str) -> str:
            return used.setdefault(field, f"v_{field}")

        sql = body(element)
        return f"arrayMap(({', '.join(used.values())}) -> {sql}, {', '.join(map(fields, used))})"

    def text(self, v: Value) -> str:
        """SQL: the text of a value, as the Collector's exporter writes it into a ``Map``."""
        return (
            f"multiIf({v('value')} = 's', {v('s')}, {v('value')} = 'i', toString(assumeNotNull({v('i')})), "
            f"{v('value')} = 'b', if(assumeNotNull({v('b')}) = 1, 'true', 'false'), "
            f"{v('value')} = 'd', toString(assumeNotNull({v('d')})), "
            f"{v('value')} = 'a', {self._json_array(v)}, {v('value')} = 'm', {self._json_kvlist(v)}, "
            f"{v('value')} = 'y', base64Encode({v('y')}), {v('j')})"
        )

    def _json(self, v: Value) -> str:
        return (
            f"multiIf({v('value')} = 's', toJSONString({v('s')}), "
            f"{v('value')} = 'i', toString(assumeNotNull({v('i')})), "
            f"{v('value')} = 'b', if(assumeNotNull({v('b')}) = 1, 'true', 'false'), "
            f"{v('value')} = 'd', {self._json_double(v)}, "
            f"{v('value')} = 'a', {self._json_array(v)}, {v('value')} = 'm', {self._json_kvlist(v)}, "
            f"{v('value')} = 'y', concat('\"', base64Encode({v('y')}), '\"'), 'null')"
        )

    def _json_double(self, v: Value) -> str:
        number = f"assumeNotNull({v('d')})"
        return f"if(isFinite({number}), toString({number}), concat('\"', toString({number}), '\"'))"

    def _json_array(self, v: Value) -> str:
        if not self.arrays:
            return f"if({v('a')} = '', '[]', concat('\"', base64Encode({v('a')}), '\"'))"
        e = f"e{self.arrays}{self.kvlists}"
        items = f"arrayMap({e} -> {self._inner._json(_member(e))}, {v('a')}.v)"
        return f"concat('[', arrayStringConcat({items}, ','), ']')"

    def _json_kvlist(self, v: Value) -> str:
        if not self.kvlists:
            return f"if({v('m')} = '', '{{}}', concat('\"', base64Encode({v('m')}), '\"'))"
        e = f"e{self.arrays}{self.kvlists}"
        member = f"concat(toJSONString({e}.k), ':', {self._inner._json(_member(f'{e}.v'))})"
        return f"concat('{{', arrayStringConcat(arrayMap({e} -> {member}, {v('m')}.v), ','), '}}')"

    def type_code(self, v: Value) -> str:
        """SQL: the ``VALUE_TYPE`` number of a value, as a UInt8."""
        array, kvlist = "toUInt8(9)", "toUInt8(10)"
        if self.arrays:
            double = "e.value = 'd' AND isFinite(assumeNotNull(e.d))"
            array = (
                f"multiIf(arrayAll({_SELF_DESCRIBING}, {v('a')}.v.value), toUInt8(5), "
                f"arrayAll(e -> {double}, {v('a')}.v), toUInt8(8), toUInt8(9))"
            )
        if self.kvlists:
            kvlist = f"if(arrayAll({_SELF_DESCRIBING}, {v('m')}.v.v.value), toUInt8(6), toUInt8(10))"
        rewritten = f"if(startsWith({v('j')}, '['), 5, 6) + if({v('o')} = '', 0, 4)"
        return (
            f"multiIf({v('value')} = 'a', {array}, {v('value')} = 'm', {kvlist}, "
            f"{v('value')} = 'j', toUInt8({rewritten}), CAST({v('value')}, 'UInt8'))"
        )

    def exact(self, v: Value) -> str:
        """SQL: what a typed container's text cannot say.

        The OTLP/JSON of a rewritten value; else the oneof names of the members, run together
        (``sid``, ``no`` for an absent value), which with the JSON text give a container one level
        deep back exactly; else ``raw``: the text is the base64 of the container's protobuf bytes.
        """
        array = f"arrayStringConcat({v('a')}.v.value)" if self.arrays else "'raw'"
        kvlist = f"arrayStringConcat({v('m')}.v.v.value)" if self.kvlists else "'raw'"
        return f"multiIf({v('value')} = 'j', {v('o')}, {v('value')} = 'a', {array}, {kvlist})"
