from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from spanbridge_ingest.forward import records
from spanbridge_ingest.forward.context import LogContext
from spanbridge_ingest.forward.options import ForwardLimits
from spanbridge_ingest.forward.records import Logs, Traces
from tests.support import otlp


@st.composite
def requests(draw: st.DrawFn) -> Traces:
    """Spans of a few traces, mixed over resources and scopes."""
    request = Traces()
    number = 0
    for r in range(draw(st.integers(0, 3))):
        resource = request.resource_spans.add(schema_url=f"r{r}")
        resource.resource.dropped_attributes_count = r
        for s in range(draw(st.integers(0, 3))):
            scope = resource.scope_spans.add(schema_url=f"s{s}")
            scope.scope.name = f"{r}.{s}"
            for trace in draw(st.lists(st.integers(1, 3), max_size=4)):
                number += 1
                scope.spans.add(
                    trace_id=trace.to_bytes(16, "big"),
                    span_id=number.to_bytes(8, "big"),
                    name=str(number),
                )
    return request


def located(*requests: Traces) -> Counter[tuple[object, ...]]:
    return Counter(
        (r.schema_url, r.resource.dropped_attributes_count, s.schema_url, s.scope.name, span.name)
        for request in requests
        for r in request.resource_spans
        for s in r.scope_spans
        for span in s.spans
    )


@given(requests())
def test_split_by_trace_every_span_keeps_its_place(request: Traces) -> None:
    pieces = records.by_trace(request)
    parts = {trace_id: records.assembled([piece]) for trace_id, piece in pieces.items()}
    assert sum(piece.size for piece in pieces.values()) <= request.ByteSize()
    assert located(*parts.values()) == located(request)
    for trace_id, part in parts.items():
        assert records.trace_ids(part) == {trace_id}
        assert records.count(part) > 0


@given(requests())
def test_put_together_again_every_resource_is_there_once(request: Traces) -> None:
    pieces = list(records.by_trace(request).values())
    if not pieces:
        return
    again = records.assembled(pieces)
    assert located(again) == located(request)
    assert len(again.resource_spans) <= len(request.resource_spans)


@given(requests(), st.integers(0, 40))
def test_sections_are_the_whole(request: Traces, middle: int) -> None:
    spans = records.count(request)
    first = records.section(request, 0, middle)
    assert records.count(first) == min(middle, spans)
    assert located(first, records.section(request, middle, spans)) == located(request)


def test_log_records_have_sections_too_and_are_found_by_trace() -> None:
    request = otlp.logs("a", "b", "c")
    some = request.resource_logs[0].scope_logs[0].log_records
    some[0].trace_id = some[2].trace_id = (1).to_bytes(16, "big")
    assert records.count(records.section(request, 1, 3)) == 2
    kept, by_trace = records.logs_by_trace(request)
    assert records.count(kept) == 2
    (found,) = by_trace.values()
    assert [record.body.string_value for _, _, record in found] == ["a", "c"]


def context_logs(trace: int, size: int = 0) -> Logs:
    request = otlp.logs("x" * size)
    record = request.resource_logs[0].scope_logs[0].log_records[0]
    record.trace_id = trace.to_bytes(16, "big")
    return request


def found(context: LogContext, trace: int) -> int:
    return sum(records.count(logs) for logs in context.of([trace.to_bytes(16, "big")]))


def test_log_records_are_remembered_for_a_while() -> None:
    context = LogContext(ForwardLimits(context_s=10))
    context.add(context_logs(1), 0.0)
    context.add(context_logs(2), 6.0)
    context.add(context_logs(2), 9.0)
    assert (found(context, 1), found(context, 2)) == (1, 2)
    context.add(context_logs(3), 11.0)
    assert (found(context, 1), found(context, 2), found(context, 3)) == (0, 2, 1)


def test_and_bounded_in_bytes_the_oldest_go_first() -> None:
    context = LogContext(ForwardLimits(context_bytes=10_000))
    for trace in range(1, 50):
        context.add(context_logs(trace, 1000), 0.0)
    remembered = [trace for trace in range(1, 50) if found(context, trace)]
    assert 1 < len(remembered) < 10
    assert remembered == list(range(50 - len(remembered), 50))


def shared_by(traces: int) -> Logs:
    request = otlp.logs(*(f"log{n}" for n in range(traces)))
    resource = request.resource_logs[0].resource
    resource.attributes.add(key="big").value.string_value = "x" * 100_000
    for number, record in enumerate(request.resource_logs[0].scope_logs[0].log_records, 1):
        record.trace_id = number.to_bytes(16, "big")
    return request


def test_what_log_records_of_many_traces_share_counts_and_comes_once() -> None:
    request = shared_by(500)
    context = LogContext(ForwardLimits(context_bytes=1_000_000))
    context.add(request, 0.0)
    (logs,) = context.of(number.to_bytes(16, "big") for number in range(1, 501))
    assert records.count(logs) == 500
    assert logs.ByteSize() < request.ByteSize() + 10


def test_pieces_of_a_request_hold_what_they_share_once() -> None:
    request = otlp.traces(*(f"span{n}" for n in range(1500)), service="x" * 400_000)
    for number, span in enumerate(request.resource_spans[0].scope_spans[0].spans, 1):
        span.trace_id = number.to_bytes(16, "big")
    pieces = records.by_trace(request).values()
    assert len(pieces) == 1500
    assert all(piece.source is request for piece in pieces)
    held = sum(piece.size + piece.share for piece in pieces)
    assert request.ByteSize() - 1500 <= held <= request.ByteSize()
