"""What the engine makes of OTLP values: the exporter's text, and the types beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from spanbridge_ingest.errors import StoreDataError
from spanbridge_ingest.store import Signal

from .requests import START_NS, log_request, trace_request

if TYPE_CHECKING:
    from .conftest import StoreUnderTest

VALUES: list[tuple[object, str, str]] = [
    ("text", "text", "string"),
    ("", "", "string"),
    ('nul \0 quote " slash / é', 'nul \0 quote " slash / é', "string"),
    (True, "true", "bool"),
    (False, "false", "bool"),
    (0, "0", "int"),
    (-5, "-5", "int"),
    (2**63 - 1, "9223372036854775807", "int"),
    (0.2, "0.2", "double"),
    (1.0, "1", "double"),
    (-0.0, "-0", "double"),
    (math.nan, "nan", "double"),
    (-math.inf, "-inf", "double"),
    (b"\x00\xff", "AP8=", "bytes"),
    (None, "", "none"),
    ([], "[]", "array"),
    (["a/b", 'q"'], '["a/b","q\\""]', "array"),
    ([1, True, None, "x"], '[1,true,null,"x"]', "array"),
    ([0.5, 1.0], "[0.5,1]", "doubles"),
    ([0.5, math.inf], '[0.5,"inf"]', "array_typed"),
    ([1, 0.5], "[1,0.5]", "array_typed"),
    ({}, "{}", "kvlist"),
    ({"a": 1, "b": {"c": ["d"]}}, '{"a":1,"b":{"c":["d"]}}', "kvlist"),
    ({"a": 0.5}, '{"a":0.5}', "kvlist_typed"),
    (
        [{"role": "user", "parts": [{"content": "hi"}]}],
        '[{"role":"user","parts":[{"content":"hi"}]}]',
        "array",
    ),
    ([[1], [b"x"]], '[[1],["eA=="]]', "array_typed"),
    (["hello", {"a": True}], '["hello",{"a":true}]', "array"),
    ([None, 1, [2]], "[null,1,[2]]", "array"),
]


@pytest.mark.parametrize(
    ("value", "text", "type_"), VALUES, ids=[v[1] or repr(v[0]) for v in VALUES]
)
def test_attribute_text_and_type(db: StoreUnderTest, value: object, text: str, type_: str) -> None:
    request, span = trace_request({"k": value})
    db.write(request)
    found = db.rows(
        "SELECT SpanAttributes['k'], SpanAttributesTypes[1] FROM otel_traces "
        "WHERE SpanId = {id:String}",
        id=span.span_id.hex(),
    )
    assert found == [(text, type_)]


@pytest.mark.parametrize(
    ("value", "text", "type_"), VALUES, ids=[v[1] or repr(v[0]) for v in VALUES]
)
def test_log_body_and_attributes(db: StoreUnderTest, value: object, text: str, type_: str) -> None:
    request = log_request(value, {"k": value})
    db.write(request, signal=Signal.LOGS)
    trace_id = request.resource_logs[0].scope_logs[0].log_records[0].trace_id.hex()
    found = db.rows(
        "SELECT Body, BodyType, LogAttributes['k'], LogAttributesTypes[1] FROM otel_logs "
        "WHERE TraceId = {id:String}",
        id=trace_id,
    )
    assert found == [(text, type_, text, type_)]


def test_repeated_keys_stay_in_order(db: StoreUnderTest) -> None:
    request, span = trace_request({"k": "first"})
    span.attributes.add(key="k").value.int_value = 2
    db.write(request)
    found = db.rows(
        "SELECT mapKeys(SpanAttributes), mapValues(SpanAttributes) FROM otel_traces "
        "WHERE SpanId = {id:String}",
        id=span.span_id.hex(),
    )
    assert found == [(["k", "k"], ["first", "2"])]


def test_times_that_no_column_can_hold(db: StoreUnderTest) -> None:
    request, span = trace_request()
    span.start_time_unix_nano, span.end_time_unix_nano = 2**64 - 1, START_NS
    span.events.add(name="late", time_unix_nano=2**64 - 2)
    db.write(request)
    [(extras, duration)] = db.rows(
        "SELECT OtlpExtras, Duration FROM otel_traces WHERE SpanId = {id:String}",
        id=span.span_id.hex(),
    )
    assert duration == 0
    assert extras == {
        "start": str(2**64 - 1),
        "end": str(START_NS),
        "event.0.time": str(2**64 - 2),
    }


@pytest.mark.parametrize(
    ("trace_id", "span_id", "reason"),
    [
        (b"", b"s" * 8, "trace_id_length"),
        (b"t" * 15, b"s" * 8, "trace_id_length"),
        (b"\0" * 16, b"s" * 8, "trace_id_zero"),
        (b"t" * 16, b"", "span_id_length"),
        (b"t" * 16, b"s" * 9, "span_id_length"),
        (b"t" * 16, b"\0" * 8, "span_id_zero"),
    ],
)
def test_bad_ids_are_kept_apart_with_a_reason(
    db: StoreUnderTest, trace_id: bytes, span_id: bytes, reason: str
) -> None:
    good, good_span = trace_request()
    bad, bad_span = trace_request({"why": "kept"})
    bad_span.trace_id, bad_span.span_id = trace_id, span_id
    report = db.write(good, bad)
    assert list(report.rejected) == [{}, {reason: 1}]
    assert db.rows(
        "SELECT Reason, SpanAttributes['why'] FROM otlp_rejects "
        "WHERE BatchId = (SELECT max(BatchId) FROM otlp_batches)"
    ) == [(reason, "kept")]
    stored = db.rows(
        "SELECT count() FROM otel_traces WHERE SpanId IN ({a:String}, {b:String})",
        a=good_span.span_id.hex(),
        b=span_id.hex(),
    )
    assert stored == [(1,)]


def test_request_facts_are_columns(db: StoreUnderTest) -> None:
    request, span = trace_request()
    db.write(request, facts={"mlflow.experimentId": "7"})
    found = db.rows(
        "SELECT RequestAttributes FROM otel_traces WHERE SpanId = {id:String}",
        id=span.span_id.hex(),
    )
    assert found == [({"mlflow.experimentId": "7"},)]


def test_a_client_cannot_set_our_own_fields(db: StoreUnderTest) -> None:
    request, span = trace_request()
    forged = b"\xc0\x3e\x2a"  # field 1000 (batch_id), varint 42, ahead of ours
    db.write(request.SerializeToString() + forged, batch_id=4711)
    found = db.rows(
        "SELECT BatchId FROM otel_traces WHERE SpanId = {id:String}", id=span.span_id.hex()
    )
    assert found == [(4711,)]


def test_two_members_of_one_oneof(db: StoreUnderTest) -> None:
    """Illegal, but any client can send it. The refusal must not look like an outage."""
    request, span = trace_request()
    attribute = span.attributes.add(key="k")
    attribute.value.string_value = "first"
    twice = attribute.SerializeToString()
    assert twice == b"\x0a\x01k\x12\x07\x0a\x05first"
    both = b"\x0a\x01k\x12\x09\x0a\x05first\x18\x07"
    bad = bytearray(request.SerializeToString())
    at = bad.index(twice)
    grown = bytes(bad[:at]) + both + bytes(bad[at + len(twice) :])
    for start in _length_positions(grown, at):
        grown = grown[:start] + bytes([grown[start] + 2]) + grown[start + 1 :]
    with pytest.raises(StoreDataError):
        db.write(grown)
    after, after_span = trace_request()
    db.write(after)
    assert db.rows(
        "SELECT count() FROM otel_traces WHERE SpanId IN ({a:String}, {b:String})",
        a=span.span_id.hex(),
        b=after_span.span_id.hex(),
    ) == [(1,)]


def _length_positions(request: bytes, at: int) -> list[int]:
    """Where the one-byte lengths of the messages around offset ``at`` stand."""
    positions: list[int] = []
    start, end = 0, len(request)
    while start < end:
        tag, length = request[start], request[start + 1]
        body = start + 2
        if tag & 7 == 2 and body <= at < body + length + 2:
            positions.append(start + 1)
            if body == at:
                break
            start, end = body, body + length + 2
        elif tag & 7 == 1:
            start += 9
        elif tag & 7 == 2:
            start = body + length
        else:
            start += 2
    return positions
