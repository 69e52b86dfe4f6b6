"""Values between the store, protobuf and JSON; cursors; moments."""

from __future__ import annotations

import base64
import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from spanbridge_ingest.any_value import KvList, to_proto
from spanbridge_ingest.query import cursor, values
from spanbridge_ingest.query.cursor import Cursor
from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.times import parse_time
from tests.query.strategies import VALUES


@given(VALUES)
def test_protobuf_round_trip(message: AnyValue) -> None:
    again = to_proto(values.from_proto(message))
    assert again.SerializeToString(deterministic=True) == message.SerializeToString(
        deterministic=True
    )


@given(VALUES)
def test_every_value_can_be_written_as_json(message: AnyValue) -> None:
    orjson.dumps(values.to_json(values.from_proto(message)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**63 - 1, "9223372036854775807"),
        (1.0, "1.0"),
        (True, "true"),
        (None, "null"),
        (math.nan, '{"doubleValue":"NaN"}'),
        (math.inf, '{"doubleValue":"Infinity"}'),
        (-math.inf, '{"doubleValue":"-Infinity"}'),
        (b"\x00\xff", '{"bytesValue":"AP8="}'),
        ((1, "a", ()), '[1,"a",[]]'),
        (KvList([("a", 1), ("b", KvList()), ("a", 2)]), '{"a":1,"b":{}}'),
    ],
)
def test_json_spelling(value: values.Value, written: str) -> None:
    assert orjson.dumps(values.to_json(value)).decode() == written


@pytest.mark.parametrize(
    ("text", "code", "exact", "value"),
    [
        ("", values.NONE, "", None),
        ("-0", values.DOUBLE, "", -0.0),
        ("nan", values.DOUBLE, "", math.nan),
        ("-inf", values.DOUBLE, "", -math.inf),
        ("[1,-0,2e21]", values.DOUBLES, "", (1.0, -0.0, 2e21)),
        ('[1,null,"x",true]', values.ARRAY, "", (1, None, "x", True)),
        ('{"a":1,"a":2}', values.KVLIST, "", KvList([("a", 1), ("a", 2)])),
        ('["x",1,2,"nan","AP8=",null]', values.ARRAY_TYPED, "siddyno", None),
        ("[]", values.ARRAY_TYPED, "raw", ()),
        ("{}", values.KVLIST_TYPED, "raw", KvList()),
    ],
)
def test_stored_values(text: str, code: int, exact: str, value: values.Value) -> None:
    found = values.decode(text, code, exact)
    if exact == "siddyno":
        assert isinstance(found, tuple)
        assert found[:3] == ("x", 1, 2.0)
        assert isinstance(found[2], float)
        assert isinstance(found[3], float)
        assert found[4:] == (b"\x00\xff", None)
    else:
        assert repr(found) == repr(value)
        assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "code", "exact"),
    [
        ("x", values.INT, ""),
        ("[1", values.ARRAY, ""),
        ("[1]", values.ARRAY_TYPED, "s" * 5),
        ("!", values.BYTES, ""),
        ("x", 99, ""),
        ("[1]", values.ARRAY_TYPED, "{broken"),
        ("AAAA", values.ARRAY_TYPED, "nonsense"),
    ],
)
def test_contradictions_leave_the_text(text: str, code: int, exact: str) -> None:
    assert values.decode(text, code, exact) == text


def test_what_protobuf_cannot_parse_stays_as_bytes() -> None:
    payload = b""
    for _ in range(200):
        payload = _wrapped(payload)
    assert isinstance(values.from_otlp_json({"rawArrayValue": _base64(payload)}), bytes)


def _wrapped(inner: bytes) -> bytes:
    """An ``ArrayValue`` of one array, by hand: the parser would refuse this depth."""
    value = b"\x2a" + _varint(len(inner)) + inner
    return b"\x0a" + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _base64(payload: bytes) -> str:
    return base64.b64encode(payload).decode()


@given(st.integers(0, 2**63 - 1), st.binary(min_size=16, max_size=16))
def test_cursors_come_back(start: int, trace_id: bytes) -> None:
    place = Cursor(start, trace_id.hex())
    assert cursor.decode(cursor.encode(place)) == place


@given(st.text())
def test_other_cursors_are_refused(text: str) -> None:
    with pytest.raises(BadQueryError):
        cursor.decode(text)


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        (None, None),
        ("0", 0),
        ("18446744073709551615", 2**64 - 1),
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-01T00:00:01", 10**9),
        ("1970-01-01 00:00:01.5+00:00", 1_500_000_000),
        ("1970-01-01T01:00:00.000000001+01:00", 1),
        ("1970-01-01T01:00:00 01:00", 0),
        ("1970-01-02", 86_400 * 10**9),
    ],
)
def test_moments(text: str | None, nanos: int | None) -> None:
    assert parse_time("start", text) == nanos


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "18446744073709551616", "1969-12-31", "2026-13-01", "12:00", "1e9"]
)
def test_malformed_moments(text: str) -> None:
    with pytest.raises(BadQueryError, match="start"):
        parse_time("start", text)
