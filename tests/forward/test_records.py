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
    parts = records.by_trace(request)
    assert located(*parts.values()) == located(request)
    for trace_id, part in parts.items():
        assert records.trace_ids(part) == {trace_id}
        assert records.count(part) > 0


@given(requests())
def test_halves_are_the_whole(request: Traces) -> None:
    halves = records.halves(request)
    if records.count(request) < 2:
        assert halves is None
        return
    assert halves is not None
    assert located(*halves) == located(request)
    assert abs(records.count(halves[0]) - records.count(halves[1])) <= 1


def test_log_records_are_halved_too_and_grouped_by_trace() -> None:
    request = otlp.logs("a", "b", "c")
    some = request.resource_logs[0].scope_logs[0].log_records
    some[0].trace_id = some[2].trace_id = (1).to_bytes(16, "big")
    halves = records.halves(request)
    assert halves is not None
    assert [records.count(half) for half in halves] == [1, 2]
    (found,) = records.logs_by_trace(request).values()
    bodies = [r.body.string_value for r in found.resource_logs[0].scope_logs[0].log_records]
    assert bodies == ["a", "c"]


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
