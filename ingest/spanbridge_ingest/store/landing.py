"""Landing tables: where the engine parses serialized OTLP requests.

A landing table has the ``Null`` engine and one row per insert: a whole batch, as nested arrays.
The views of :mod:`spanbridge_ingest.store.decode` turn that row into rows of ``otel_traces`` and
``otel_logs``. A landing and its views are named after a fingerprint of their definition, so that
two releases can write to one server at the same time, each through its own.

Behind the requests a batch carries a suffix of our own with field numbers far outside OTLP's:
protobuf merges it into the same message, and a later singular field wins over whatever a client
may have sent under that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spanbridge_ingest.store.anyvalue import ATTRIBUTES, FIELDS, PROTOBUF, tuple_type

FIELD_BATCH_ID = 1000
FIELD_RECEIVED_MS = 1001
FIELD_REQUEST_ATTRIBUTES = 1002


@dataclass(frozen=True, slots=True)
class Landing:
    """A landing table: its protobuf schema and its columns (name -> ClickHouse type)."""

    signal: str
    message: str
    schema: str
    columns: Mapping[str, str]


def _arrays(type_: str, levels: int) -> str:
    return "Array(" * levels + type_ + ")" * levels


def _fields(path: str, fields: Mapping[str, str], levels: int) -> dict[str, str]:
    return {f"{path}.{name}": _arrays(type_, levels) for name, type_ in fields.items()}


_ENTITIES = "Array(Tuple(u String, t String, i Array(String), x Array(String)))"

_COMMON_MESSAGES = (
    f"{PROTOBUF}"
    "message EntityRef{string u=1;string t=2;repeated string i=3;repeated string x=4;}"
    f"message Resource{{repeated KV a=1;uint32 d=2;repeated EntityRef e=3;}}"
    f"message Scope{{string n=1;string v=2;repeated KV a=3;uint32 d=4;}}"
    "message Fact{string k=1;string v=2;}"
)

_SUFFIX_MESSAGE = (
    f"uint64 batch_id={FIELD_BATCH_ID};uint64 received_ms={FIELD_RECEIVED_MS};"
    f"repeated Fact facts={FIELD_REQUEST_ATTRIBUTES};"
)

SUFFIX_COLUMNS = {
    "batch_id": "UInt64",
    "received_ms": "UInt64",
    "facts.k": "Array(String)",
    "facts.v": "Array(String)",
}
"""The columns of the suffix, which only the service appends."""

# The attributes of the spans and records themselves, most of all that is parsed, are flat: a column
# per field. Everything else is one tuple: columns cost time in every insert, whatever it holds.
_ITEM_ATTRIBUTES = {
    "r.s.s.a.k": _arrays("LowCardinality(String)", 4),
    **_fields("r.s.s.a.v", FIELDS, 4),
}

_RESOURCE_COLUMNS = {
    "r.u": "Array(String)",
    "r.r": _arrays(tuple_type({"d": "UInt32", "e": _ENTITIES, "a": ATTRIBUTES}), 1),
    "r.s.u": _arrays("String", 2),
    "r.s.c": _arrays(tuple_type({"n": "String", "v": "String", "d": "UInt32", "a": ATTRIBUTES}), 2),
}


_EVENT = tuple_type({"t": "UInt64", "n": "LowCardinality(String)", "d": "UInt32", "a": ATTRIBUTES})
_LINK = tuple_type(
    {"t": "String", "s": "String", "ts": "String", "d": "UInt32", "f": "UInt32", "a": ATTRIBUTES}
)


def _request(name: str, item: str) -> str:
    return (
        f"message Scoped{{Scope c=1;repeated {item} s=2;string u=3;}}"
        "message Resourced{Resource r=1;repeated Scoped s=2;string u=3;}"
        f"message {name}{{repeated Resourced r=1;{_SUFFIX_MESSAGE}}}"
    )


TRACES = Landing(
    signal="traces",
    message="Traces",
    schema=(
        'syntax="proto3";'
        f"{_COMMON_MESSAGES}"
        f"message Event{{fixed64 t=1;string n=2;repeated KV a=3;uint32 d=4;}}"
        "message Link{bytes t=1;bytes s=2;string ts=3;"
        f"repeated KV a=4;uint32 d=5;fixed32 f=6;}}"
        "message Status{string m=2;int32 c=3;}"
        "message Span{bytes t=1;bytes s=2;string ts=3;bytes p=4;string n=5;int32 k=6;"
        "fixed64 st=7;fixed64 et=8;repeated KV a=9;uint32 da=10;"
        "repeated Event e=11;uint32 de=12;repeated Link l=13;uint32 dl=14;"
        "Status z=15;fixed32 f=16;}"
        f"{_request('Traces', 'Span')}"
    ),
    columns={
        **SUFFIX_COLUMNS,
        **_RESOURCE_COLUMNS,
        **_fields(
            "r.s.s",
            {
                "t": "String",
                "s": "String",
                "p": "String",
                "ts": "String",
                "n": "LowCardinality(String)",
                "k": "Int32",
                "st": "UInt64",
                "et": "UInt64",
                "da": "UInt32",
                "de": "UInt32",
                "dl": "UInt32",
                "f": "UInt32",
                "z": tuple_type({"m": "String", "c": "Int32"}),
                "e": f"Array({_EVENT})",
                "l": f"Array({_LINK})",
            },
            3,
        ),
        **_ITEM_ATTRIBUTES,
    },
)

LOGS = Landing(
    signal="logs",
    message="Logs",
    schema=(
        'syntax="proto3";'
        f"{_COMMON_MESSAGES}"
        "message Log{fixed64 st=1;int32 k=2;string n=3;"
        f"V b=5;repeated KV a=6;uint32 da=7;fixed32 f=8;"
        "bytes t=9;bytes s=10;fixed64 ot=11;string en=12;}"
        f"{_request('Logs', 'Log')}"
    ),
    columns={
        **SUFFIX_COLUMNS,
        **_RESOURCE_COLUMNS,
        **_fields(
            "r.s.s",
            {
                "t": "String",
                "s": "String",
                "n": "LowCardinality(String)",
                "en": "LowCardinality(String)",
                "k": "Int32",
                "st": "UInt64",
                "ot": "UInt64",
                "da": "UInt32",
                "f": "UInt32",
            },
            3,
        ),
        **_fields("r.s.s.b", FIELDS, 3),
        **_ITEM_ATTRIBUTES,
    },
)
