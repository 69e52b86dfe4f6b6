"""Costs in trace documents and in lists of traces."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanbridge_ingest.query import traces
from spanbridge_ingest.query.schema import TraceDocument, TraceList
from spanbridge_ingest.store import ClickHouseStore
from tests.prices.spans import Call, trace
from tests.query.loading import write

KNOWN = Call(model="gpt-4o", response_model="gpt-4o-2024-08-06", input=1_000_000, output=100_000)
UNKNOWN = Call(model="nobody", input=10, output=5)


def read(store: ClickHouseStore, *calls: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document of a trace of calls, and its line in the list."""
    trace_id, request = trace(*calls)
    write(store, request)
    document = traces.trace_document(store, trace_id)
    listed = traces.list_traces(store, limit=500)
    TraceDocument.model_validate(document)
    TraceList.model_validate({"traces": listed.traces, "next_cursor": None})
    [summary] = [line for line in listed.traces if line["trace_id"] == trace_id]
    return document, summary


@pytest.mark.parametrize(
    ("calls", "usd", "unknown"),
    [
        ([KNOWN], 3.5, 0),
        ([KNOWN, KNOWN], 7.0, 0),
        ([KNOWN, UNKNOWN], 3.5, 1),
        ([UNKNOWN, UNKNOWN], None, 2),
        ([Call(input=None, output=None)], None, 0),
        ([Call(input=5, output=None)], None, 1),
    ],
    ids=["one", "two", "one of two", "none of two", "no usage", "half a usage"],
)
def test_a_trace_costs_what_its_calls_cost_as_far_as_that_is_known(
    store: ClickHouseStore, calls: list[Call], usd: float | None, unknown: int
) -> None:
    for document in read(store, *calls):
        assert (document["cost_usd"], document["cost_unknown_calls"]) == (usd, unknown)


def test_each_span_with_usage_has_its_cost(store: ClickHouseStore) -> None:
    document, _ = read(store, KNOWN, UNKNOWN)
    costs = {span["name"]: span["cost_usd"] for span in document["spans"]}
    assert costs == {"work": None, "chat gpt-4o": 3.5, "chat nobody": None}


def test_a_wrapper_s_sum_has_a_cost_but_does_not_count(store: ClickHouseStore) -> None:
    trace_id, request = trace(KNOWN)
    scope = request.resource_spans[0].scope_spans[0]
    root = scope.spans[0]
    agent = Call(model="gpt-4o", operation="invoke_agent", input=1_000_000, output=100_000)
    for key, value in agent.attributes().items():
        attribute = root.attributes.add(key=key).value
        if isinstance(value, int):
            attribute.int_value = value
        else:
            attribute.string_value = value
    write(store, request)
    document = traces.trace_document(store, trace_id)
    costs = [(span["cost_usd"], span["usage_counted"]) for span in document["spans"]]
    assert costs == [(3.5, False), (3.5, True)]
    assert (document["cost_usd"], document["cost_unknown_calls"]) == (3.5, 0)


def test_what_the_emitter_says_of_cost_is_not_taken(store: ClickHouseStore) -> None:
    trace_id, request = trace(UNKNOWN)
    span: Span = request.resource_spans[0].scope_spans[0].spans[1]
    for key in ("gen_ai.usage.cost", "llm.cost.total", "operation.cost"):
        span.attributes.add(key=key).value.double_value = 42.0
    write(store, request)
    document = traces.trace_document(store, trace_id)
    assert document["cost_usd"] is None
    assert document["spans"][1]["attributes"]["llm.cost.total"] == 42.0
