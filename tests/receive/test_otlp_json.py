from __future__ import annotations

import base64
import json
import math

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValueList

from spanbridge_ingest.errors import InvalidRequestError, TooLargeError
from spanbridge_ingest.receive import otlp_json
from spanbridge_ingest.receive.otlp_json import json_to_otlp, otlp_to_json
from spanbridge_ingest.store.base import Signal

# The first text ever drawn on a machine builds a table of all characters.
MODEST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(max_size=8)
U32, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)


def any_values():
    leaves = st.one_of(
        st.just(AnyValue()),
        st.builds(AnyValue, string_value=TEXT),
        st.builds(AnyValue, bool_value=st.booleans()),
        st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
        st.builds(AnyValue, double_value=st.floats(allow_nan=False)),
        st.builds(AnyValue, bytes_value=st.binary(max_size=6)),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(
                lambda values: AnyValue(array_value=ArrayValue(values=values))
            ),
            st.lists(st.tuples(TEXT, inner), max_size=3).map(
                lambda pairs: AnyValue(
                    kvlist_value=KeyValueList(values=[{"key": k, "value": v} for k, v in pairs])
                )
            ),
        ),
        max_leaves=6,
    )


@st.composite
def trace_requests(draw):
    request = ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        resource = request.resource_spans.add(schema_url=draw(TEXT))
        resource.resource.attributes.add(key=draw(TEXT)).value.CopyFrom(draw(any_values()))
        resource.resource.dropped_attributes_count = draw(U32)
        resource.resource.entity_refs.add(type=draw(TEXT), id_keys=draw(st.lists(TEXT, max_size=2)))
        scope = resource.scope_spans.add()
        scope.scope.name = draw(TEXT)
        span = scope.spans.add(
            trace_id=draw(st.binary(min_size=16, max_size=16)),
            span_id=draw(st.binary(max_size=8)),
            parent_span_id=draw(st.binary(max_size=8)),
            name=draw(TEXT),
            kind=draw(st.integers(0, 5)),
            flags=draw(U32),
            start_time_unix_nano=draw(U64),
            end_time_unix_nano=draw(U64),
        )
        span.attributes.add(key=draw(TEXT)).value.CopyFrom(draw(any_values()))
        span.events.add(time_unix_nano=draw(U64), name=draw(TEXT))
        span.links.add(trace_id=draw(st.binary(max_size=16)), flags=draw(U32))
        span.status.code = draw(st.integers(0, 2))
    return request


@st.composite
def log_requests(draw):
    request = ExportLogsServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        record = (
            request.resource_logs.add()
            .scope_logs.add()
            .log_records.add(
                time_unix_nano=draw(U64),
                severity_number=draw(st.integers(0, 24)),
                severity_text=draw(TEXT),
                event_name=draw(TEXT),
                trace_id=draw(st.binary(max_size=16)),
            )
        )
        record.body.CopyFrom(draw(any_values()))
    return request


def convert(document: object, signal: Signal = Signal.TRACES):
    return json_to_otlp(signal, json.dumps(document).encode())


def span_with(**fields: object) -> dict[str, object]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]}


def parsed_span(**fields: object):
    framed = convert(span_with(**fields))
    request = ExportTraceServiceRequest.FromString(framed.payload)
    return request.resource_spans[0].scope_spans[0].spans[0]


def parsed_value(value: object):
    return parsed_span(attributes=[{"key": "k", "value": value}]).attributes[0].value


@MODEST
@given(trace_requests())
def test_traces_round_trip(request_: ExportTraceServiceRequest):
    document = otlp_to_json(Signal.TRACES, request_.SerializeToString())
    framed = convert(document)
    assert ExportTraceServiceRequest.FromString(framed.payload) == request_
    assert framed.resource_count == len(request_.resource_spans)


@MODEST
@given(log_requests())
def test_logs_round_trip(request_: ExportLogsServiceRequest):
    document = otlp_to_json(Signal.LOGS, request_.SerializeToString())
    framed = convert(document, Signal.LOGS)
    assert ExportLogsServiceRequest.FromString(framed.payload) == request_


@MODEST
@given(trace_requests())
def test_the_json_is_protobufs_own_apart_from_ids(request_: ExportTraceServiceRequest):
    def with_hex_ids(value):
        if isinstance(value, list):
            return [with_hex_ids(item) for item in value]
        if not isinstance(value, dict):
            return value
        ids = ("traceId", "spanId", "parentSpanId")
        return {
            key: base64.b64decode(item).hex() if key in ids else with_hex_ids(item)
            for key, item in value.items()
        }

    theirs = with_hex_ids(MessageToDict(request_, use_integers_for_enums=True))
    assert otlp_to_json(Signal.TRACES, request_.SerializeToString()) == theirs


def test_ids_are_hex_in_either_case():
    span = parsed_span(traceId="0AF7651916cd43dd8448eb211c80319C", spanId="B7AD6B7169203331")
    assert span.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert span.span_id.hex() == "b7ad6b7169203331"


def test_ids_of_a_wrong_length_are_left_to_the_store():
    assert parsed_span(traceId="00").trace_id == b"\0"


@pytest.mark.parametrize("number", [1700000000000000001, "1700000000000000001"])
def test_64_bit_numbers_as_text_or_number(number):
    assert parsed_span(startTimeUnixNano=number).start_time_unix_nano == 1700000000000000001


def test_the_ends_of_the_ranges():
    assert parsed_span(startTimeUnixNano=2**64 - 1).start_time_unix_nano == 2**64 - 1
    for number in (2**63 - 1, -(2**63), "-9223372036854775808", 1e15, -0.0):
        assert parsed_value({"intValue": number}).int_value == int(number)


def test_doubles():
    for value in (0.2, 1, "0.5", "-1e-3", 1e300):
        assert parsed_value({"doubleValue": value}).double_value == float(value)
    assert math.isnan(parsed_value({"doubleValue": "NaN"}).double_value)
    assert parsed_value({"doubleValue": "-Infinity"}).double_value == -math.inf


def test_bytes_in_both_alphabets_with_and_without_padding():
    for text in ("+/8=", "-_8=", "+/8", "-_8"):
        assert parsed_value({"bytesValue": text}).bytes_value == b"\xfb\xff"


def test_a_chosen_default_is_kept_and_an_empty_value_stays_empty():
    for name, default in [("string_value", ""), ("bool_value", False), ("int_value", 0)]:
        camel = name.replace("_v", "V")
        assert parsed_value({camel: default}).WhichOneof("value") == name
    assert parsed_value({}).WhichOneof("value") is None
    assert parsed_value({"stringValue": None}).WhichOneof("value") is None
    assert parsed_value({"arrayValue": {}}).WhichOneof("value") == "array_value"


def test_unknown_fields_and_nulls_are_ignored():
    span = parsed_span(name="n", futureField={"deep": [1]}, status=None, attributes=None)
    assert span.name == "n"
    assert not span.HasField("status")


def test_the_last_of_two_equal_keys_counts():
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a","name":"b"}]}]}]}'
    request = ExportTraceServiceRequest.FromString(json_to_otlp(Signal.TRACES, body).payload)
    assert request.resource_spans[0].scope_spans[0].spans[0].name == "b"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"resourceSpans":[]}', b'{"resourceSpans":null}'])
def test_empty_requests(body):
    assert json_to_otlp(Signal.TRACES, body) == (b"", 0)


BAD = "SECRET"
SPAN = r"resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"traceId": BAD}, rf"{SPAN}\.traceId"),
        ({"traceId": "abc"}, rf"{SPAN}\.traceId"),
        ({"traceId": "ab cd"}, rf"{SPAN}\.traceId"),
        ({"traceId": 5}, rf"{SPAN}\.traceId"),
        ({"name": 5}, rf"{SPAN}\.name"),
        ({"name": [BAD]}, rf"{SPAN}\.name"),
        ({"kind": "SPAN_KIND_CLIENT"}, rf"{SPAN}\.kind"),
        ({"kind": "1"}, rf"{SPAN}\.kind"),
        ({"kind": 2**31}, rf"{SPAN}\.kind"),
        ({"kind": True}, rf"{SPAN}\.kind"),
        ({"flags": -1}, rf"{SPAN}\.flags"),
        ({"flags": 2**32}, rf"{SPAN}\.flags"),
        ({"startTimeUnixNano": -1}, rf"{SPAN}\.startTimeUnixNano"),
        ({"startTimeUnixNano": 2**64}, rf"{SPAN}\.startTimeUnixNano"),
        ({"startTimeUnixNano": "1.5"}, rf"{SPAN}\.startTimeUnixNano"),
        ({"startTimeUnixNano": 1.5}, rf"{SPAN}\.startTimeUnixNano"),
        ({"startTimeUnixNano": "٣"}, rf"{SPAN}\.startTimeUnixNano"),
        ({"startTimeUnixNano": BAD}, rf"{SPAN}\.startTimeUnixNano"),
        ({"start_time_unix_nano": 1}, rf"{SPAN}\.start_time_unix_nano: .*startTimeUnixNano"),
        ({"attributes": {}}, rf"{SPAN}\.attributes: expected an array"),
        ({"attributes": [None]}, rf"{SPAN}\.attributes\[0\]: expected an object"),
        ({"status": []}, rf"{SPAN}\.status: expected an object"),
        (
            {"events": [{}, {"attributes": [{"key": "k", "value": BAD}]}]},
            rf"{SPAN}\.events\[1\]\.attributes\[0\]\.value: expected an object",
        ),
    ],
)
def test_errors_name_the_place_and_not_the_content(fields, where):
    with pytest.raises(InvalidRequestError, match=where) as refused:
        convert(span_with(**fields))
    assert BAD not in str(refused.value)


@pytest.mark.parametrize(
    "value",
    [
        {"boolValue": "true"},
        {"boolValue": 1},
        {"intValue": True},
        {"intValue": -(2**63) - 1},
        {"intValue": 2**63},
        {"intValue": "1e3"},
        {"doubleValue": "nan"},
        {"doubleValue": "1_000"},
        {"doubleValue": "1e999"},
        {"doubleValue": True},
        {"bytesValue": "***"},
        {"bytesValue": "A"},
        {"bytesValue": "é"},
        {"stringValue": "a", "intValue": 1},
        {"stringValue": BAD, "boolValue": False},
    ],
)
def test_values_that_are_none(value):
    with pytest.raises(InvalidRequestError, match=r"attributes\[0\]\.value") as refused:
        parsed_value(value)
    assert BAD not in str(refused.value)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"5", b"\xff", b'{"a":NaN}', b"SECRET", b'"\\ud800"']
)
def test_what_is_not_a_json_object_is_refused(body):
    with pytest.raises(InvalidRequestError) as refused:
        json_to_otlp(Signal.TRACES, body)
    assert BAD not in str(refused.value)


def nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {"intValue": 1}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


def test_depth_is_limited_as_in_protobufs_own_parsers():
    assert parsed_value(nested(45)).HasField("array_value")
    for depth in (48, 200, 5000):
        body = json.dumps(span_with()).encode()
        inner = b'{"arrayValue":{"values":[' * depth + b"{}" + b"]}}" * depth
        body = body.replace(b"{}", b'{"attributes":[{"key":"k","value":' + inner + b"}]}")
        with pytest.raises(InvalidRequestError):
            json_to_otlp(Signal.TRACES, body)


def test_the_number_of_resources_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(otlp_json, "MAX_RESOURCES", 2)
    assert convert({"resourceSpans": [{}, {}]}).resource_count == 2
    with pytest.raises(TooLargeError):
        convert({"resourceSpans": [{}, {}, {}]})


def test_what_is_not_otlp_cannot_be_shown():
    with pytest.raises(InvalidRequestError):
        otlp_to_json(Signal.TRACES, b"\x0a\x05")


@MODEST
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.one_of(st.sampled_from(["resourceSpans", "scopeSpans", "spans", "name"]), TEXT),
                inner,
                max_size=3,
            ),
        ),
        max_leaves=12,
    )
)
def test_any_json_is_converted_or_refused(document):
    try:
        body = json.dumps(document).encode()
        framed = json_to_otlp(Signal.TRACES, body)
    except (InvalidRequestError, UnicodeEncodeError):
        return
    request = ExportTraceServiceRequest.FromString(framed.payload)
    assert len(request.resource_spans) == framed.resource_count
