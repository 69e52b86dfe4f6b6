"""Arbitrary OTLP requests, valid and odd."""

from __future__ import annotations

from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1 import common_pb2 as common
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
KEYS = st.sampled_from(["a", "b", "gen_ai.system", "é", "", "k.0.x"]) | TEXT
UINT32 = st.integers(0, 2**32 - 1)
TIMES = st.integers(0, 2**64 - 1) | st.integers(1_700_000_000 * 10**9, 1_700_000_100 * 10**9)

SCALARS = st.one_of(
    st.just(common.AnyValue()),
    TEXT.map(lambda v: common.AnyValue(string_value=v)),
    st.booleans().map(lambda v: common.AnyValue(bool_value=v)),
    st.integers(-(2**63), 2**63 - 1).map(lambda v: common.AnyValue(int_value=v)),
    # Of the many NaNs only one comes back.
    st.floats(allow_nan=False).map(lambda v: common.AnyValue(double_value=v)),
    st.just(common.AnyValue(double_value=float("nan"))),
    st.binary(max_size=8).map(lambda v: common.AnyValue(bytes_value=v)),
)


def _array(values: list[common.AnyValue]) -> common.AnyValue:
    return common.AnyValue(array_value=common.ArrayValue(values=values))


def _pair(key: str, value: common.AnyValue) -> common.KeyValue:
    return common.KeyValue(key=key, value=value)


def _kvlist(pairs: list[common.KeyValue]) -> common.AnyValue:
    return common.AnyValue(kvlist_value=common.KeyValueList(values=pairs))


VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(_array)
        | st.lists(st.builds(_pair, KEYS, inner), max_size=3).map(_kvlist)
    ),
    max_leaves=8,
)
ATTRIBUTES = st.lists(st.builds(_pair, KEYS, VALUES), max_size=5)
SPAN_IDS = st.binary(min_size=8, max_size=8).filter(any)

EVENTS = st.builds(
    trace_pb2.Span.Event,
    time_unix_nano=TIMES,
    name=TEXT,
    attributes=ATTRIBUTES,
    dropped_attributes_count=UINT32,
)
LINKS = st.builds(
    trace_pb2.Span.Link,
    trace_id=st.binary(min_size=16, max_size=16),
    span_id=st.binary(min_size=8, max_size=8),
    trace_state=TEXT,
    attributes=ATTRIBUTES,
    dropped_attributes_count=UINT32,
    flags=UINT32,
)
STATUSES = st.builds(trace_pb2.Status, message=TEXT, code=st.integers(0, 2) | st.just(77))
RESOURCES = st.builds(
    resource_pb2.Resource,
    attributes=ATTRIBUTES,
    dropped_attributes_count=UINT32,
    entity_refs=st.lists(
        st.builds(
            common.EntityRef,
            schema_url=TEXT,
            type=TEXT,
            id_keys=st.lists(TEXT, max_size=2),
            description_keys=st.lists(TEXT, max_size=2),
        ),
        max_size=2,
    ),
)
SCOPES = st.builds(
    common.InstrumentationScope,
    name=TEXT,
    version=TEXT,
    attributes=ATTRIBUTES,
    dropped_attributes_count=UINT32,
)


@st.composite
def trace_requests(draw: st.DrawFn, trace_id: bytes) -> ExportTraceServiceRequest:
    """Spans of one trace, each with a span id of its own."""
    ids = draw(st.lists(SPAN_IDS, min_size=1, max_size=6, unique=True))
    request = ExportTraceServiceRequest()
    for span_id in ids:
        resource = request.resource_spans.add(resource=draw(RESOURCES), schema_url=draw(TEXT))
        scope = resource.scope_spans.add(scope=draw(SCOPES), schema_url=draw(TEXT))
        span = scope.spans.add(
            trace_id=trace_id,
            span_id=span_id,
            trace_state=draw(TEXT),
            parent_span_id=draw(st.sampled_from([b"", bytes(8), *ids])),
            flags=draw(UINT32),
            name=draw(TEXT),
            start_time_unix_nano=draw(TIMES),
            end_time_unix_nano=draw(TIMES),
            attributes=draw(ATTRIBUTES),
            dropped_attributes_count=draw(UINT32),
            events=draw(st.lists(EVENTS, max_size=2)),
            dropped_events_count=draw(UINT32),
            links=draw(st.lists(LINKS, max_size=2)),
            dropped_links_count=draw(UINT32),
            status=draw(st.none() | STATUSES),
        )
        span.kind = draw(st.integers(0, 5) | st.sampled_from([9, -1]))
    return request


@st.composite
def log_requests(draw: st.DrawFn, trace_id: bytes) -> ExportLogsServiceRequest:
    """Log records of one trace."""
    request = ExportLogsServiceRequest()
    for _ in range(draw(st.integers(1, 4))):
        resource = request.resource_logs.add(resource=draw(RESOURCES), schema_url=draw(TEXT))
        scope = resource.scope_logs.add(scope=draw(SCOPES), schema_url=draw(TEXT))
        record = logs_pb2.LogRecord(
            time_unix_nano=draw(TIMES | st.just(0)),
            observed_time_unix_nano=draw(TIMES | st.just(0)),
            severity_text=draw(TEXT),
            attributes=draw(ATTRIBUTES),
            dropped_attributes_count=draw(UINT32),
            flags=draw(UINT32),
            trace_id=trace_id,
            span_id=draw(st.sampled_from([b"", bytes(8), b"12345678"])),
            event_name=draw(TEXT),
            body=draw(st.none() | VALUES),
        )
        record.severity_number = draw(st.integers(0, 24) | st.just(99))
        scope.log_records.append(record)
    return request
