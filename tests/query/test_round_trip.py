"""Any request that can be stored comes back as it was sent."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

from spanbridge_ingest.query import otlp, traces
from spanbridge_ingest.query.schema import TraceDocument
from spanbridge_ingest.store import ClickHouseStore, Signal
from tests.query import strategies
from tests.query.loading import comparable, embedded_store, write, write_payloads


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseStore]:
    with embedded_store(tmp_path_factory.mktemp("store")) as store:
        yield store


_RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
EXAMPLES = [7, pytest.param(60, marks=pytest.mark.slow)]


@pytest.mark.parametrize("examples", EXAMPLES)
def test_spans(store: ClickHouseStore, examples: int) -> None:
    @settings(_RELAXED, max_examples=examples)
    @given(data=st.data())
    def come_back(data: st.DataObject) -> None:
        trace_id = secrets.token_bytes(16)
        sent = data.draw(strategies.trace_requests(trace_id))
        write(store, sent)

        rebuilt = traces.trace_otlp(store, trace_id.hex())
        assert comparable([rebuilt]) == comparable([sent])

        document = traces.trace_document(store, trace_id.hex())
        TraceDocument.model_validate(orjson.loads(orjson.dumps(document)), strict=True)

    come_back()


@pytest.mark.parametrize("examples", EXAMPLES)
def test_logs(store: ClickHouseStore, examples: int) -> None:
    @settings(_RELAXED, max_examples=examples)
    @given(data=st.data())
    def come_back(data: st.DataObject) -> None:
        trace_id = secrets.token_bytes(16)
        sent = data.draw(strategies.log_requests(trace_id))
        write(store, sent)

        rebuilt = otlp.rebuild_logs_request(traces.trace_logs(store, trace_id.hex()))

        assert comparable([rebuilt]) == comparable([sent])

    come_back()


def _one_span(**fields: object) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(**fields)
    span.trace_id = span.trace_id or secrets.token_bytes(16)
    span.span_id = span.span_id or secrets.token_bytes(8)
    return request


def _trace_id(request: ExportTraceServiceRequest) -> str:
    return request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()


def test_equal_keys_all_come_back_and_the_first_is_shown(store: ClickHouseStore) -> None:
    twice = [
        KeyValue(key="k", value=AnyValue(int_value=1)),
        KeyValue(key="k", value=AnyValue(string_value="two")),
    ]
    sent = _one_span(attributes=twice)
    write(store, sent)

    assert comparable([traces.trace_otlp(store, _trace_id(sent))]) == comparable([sent])
    [span] = traces.trace_document(store, _trace_id(sent))["spans"]
    assert span["attributes"] == {"k": 1}


@pytest.mark.parametrize("depth", [3, 10, 30])
def test_deep_values_come_back(store: ClickHouseStore, depth: int) -> None:
    value = AnyValue(string_value="bottom")
    for _ in range(depth):
        value = AnyValue(array_value=ArrayValue(values=[value, AnyValue(double_value=0.5)]))
    sent = _one_span(attributes=[KeyValue(key="deep", value=value)])
    write(store, sent)

    assert comparable([traces.trace_otlp(store, _trace_id(sent))]) == comparable([sent])


def test_a_span_stored_twice_is_read_once(store: ClickHouseStore) -> None:
    sent_at = 1_234_567_890_123_456_789
    sent = _one_span(name="once", start_time_unix_nano=sent_at, end_time_unix_nano=sent_at + 4)
    write(store, sent)
    write(store, sent)

    assert comparable([traces.trace_otlp(store, _trace_id(sent))]) == comparable([sent])
    [item] = traces.list_traces(store, start=sent_at, end=sent_at + 1).traces
    assert item["span_count"] == 1


@pytest.mark.parametrize("start", [0, 1, 4291747200 * 10**9, 2**63 - 1, 2**63, 2**64 - 1])
def test_absurd_times_are_found_and_exact(store: ClickHouseStore, start: int) -> None:
    sent = _one_span(start_time_unix_nano=start, end_time_unix_nano=7)
    write(store, sent)

    document = traces.trace_document(store, _trace_id(sent))

    assert (document["start_time_unix_nano"], document["end_time_unix_nano"]) == (start, 7)
    listed = traces.list_traces(store, limit=500).traces
    assert _trace_id(sent) in {item["trace_id"] for item in listed}


def test_otlp_json_reads_back_as_the_same_request(store: ClickHouseStore) -> None:
    sent = _one_span(
        name="json",
        start_time_unix_nano=2**60,
        end_time_unix_nano=2**60 + 1,
        kind=3,
        attributes=[KeyValue(key="b", value=AnyValue(bytes_value=b"\x00\xff"))],
    )
    sent.resource_spans[0].scope_spans[0].spans[0].links.add(trace_id=b"L" * 16, span_id=b"l" * 8)
    write(store, sent)

    document = json.loads(json.dumps(otlp.to_otlp_json(traces.trace_otlp(store, _trace_id(sent)))))

    [span] = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert span["traceId"] == _trace_id(sent)
    assert span["links"][0]["traceId"] == (b"L" * 16).hex()
    assert (span["kind"], span["startTimeUnixNano"]) == (3, str(2**60))
    assert span["attributes"][0]["value"] == {"bytesValue": "AP8="}


def test_text_that_is_not_utf8_is_read_with_replacements(store: ClickHouseStore) -> None:
    sent = _one_span(
        name="name \0 BAD",
        trace_state="BAD",
        attributes=[
            KeyValue(key="key BAD", value=AnyValue(string_value="value \0 BAD")),
            KeyValue(
                key="list", value=AnyValue(array_value={"values": [{"string_value": "in BAD"}]})
            ),
        ],
    )
    span = sent.resource_spans[0].scope_spans[0].spans[0]
    span.events.add(name="event BAD").attributes.add(key="e").value.string_value = "BAD"
    sent.resource_spans[0].resource.attributes.add(key="service.name").value.string_value = "BAD"
    payload = sent.SerializeToString().replace(b"BAD", b"\xff\xfe\x80")
    write_payloads(store, Signal.TRACES, [payload], [1])

    document = orjson.loads(orjson.dumps(traces.trace_document(store, _trace_id(sent))))

    bad = "\N{REPLACEMENT CHARACTER}"
    [read] = document["spans"]
    assert read["name"].startswith(f"name \0 {bad}")
    assert next(iter(read["attributes"])).startswith(f"key {bad}")
    assert next(iter(read["attributes"].values())).startswith(f"value \0 {bad}")
    assert read["attributes"]["list"][0].startswith(f"in {bad}")
    assert bad in read["events"][0]["name"]
    assert bad in document["service_name"]
    [listed] = [
        item
        for item in traces.list_traces(store, limit=500).traces
        if item["trace_id"] == _trace_id(sent)
    ]
    assert bad in listed["service_name"]
    traces.trace_otlp(store, _trace_id(sent)).SerializeToString()
