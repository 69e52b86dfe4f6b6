"""Spans to send through a Collector."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.e2e.processes import Service, wait_until
from tests.e2e.reading import ask

_chance = random.Random(5)
"""Ids are the same each time."""


def value_of(value: Any) -> AnyValue:
    """An attribute's value in OTLP."""
    found = AnyValue()
    if isinstance(value, bool):
        found.bool_value = value
    elif isinstance(value, int):
        found.int_value = value
    elif isinstance(value, float):
        found.double_value = value
    elif isinstance(value, Mapping):
        found.kvlist_value.SetInParent()
        for key, inner in value.items():
            found.kvlist_value.values.add(key=key).value.CopyFrom(value_of(inner))
    elif isinstance(value, list):
        found.array_value.SetInParent()
        found.array_value.values.extend(value_of(inner) for inner in value)
    else:
        found.string_value = value
    return found


def trace(
    *spans: Mapping[str, Any],
    scope: str = "tests.pipelines",
    service: str = "application",
    error: bool = False,
    seconds: float = 0.2,
) -> ExportTraceServiceRequest:
    """A trace: a root that serves a request, and spans below it with these attributes.

    Args:
        spans: attributes of each; the operation and the model, if there, are its name.
        scope: of all spans.
        service: the resource's name.
        error: whether the last span failed.
        seconds: how long the root took, until now.
    """
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    found = resource.scope_spans.add()
    found.scope.name = scope
    trace_id, end = _chance.randbytes(16), time.time_ns()
    start = end - int(seconds * 1e9)
    root = found.spans.add(
        trace_id=trace_id,
        span_id=_chance.randbytes(8),
        name="POST /ask",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=start,
        end_time_unix_nano=end,
    )
    for number, attributes in enumerate(spans, 1):
        operation = attributes.get("gen_ai.operation.name", "work")
        span = found.spans.add(
            trace_id=trace_id,
            span_id=_chance.randbytes(8),
            parent_span_id=root.span_id,
            name=f"{operation} {attributes.get('gen_ai.request.model', number)}",
            kind=Span.SPAN_KIND_CLIENT,
            start_time_unix_nano=start + number * 1_000_000,
            end_time_unix_nano=end,
        )
        for key, value in attributes.items():
            span.attributes.add(key=key).value.CopyFrom(value_of(value))
    if error:
        last = found.spans[-1]
        last.status.code = Status.STATUS_CODE_ERROR
        last.status.message = "it failed"
    return request


def chat(input_tokens: int = 20, output_tokens: int = 5, **attributes: Any) -> dict[str, Any]:
    """The attributes of a call in the GenAI conventions."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-fake",
        "gen_ai.usage.input_tokens": input_tokens,
        "gen_ai.usage.output_tokens": output_tokens,
        **attributes,
    }


def trace_id_of(request: ExportTraceServiceRequest) -> str:
    """The trace id in hex."""
    return request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()


def spans_in(requests: Sequence[ExportTraceServiceRequest]) -> list[Span]:
    """All spans."""
    scopes = (s for r in requests for resource in r.resource_spans for s in resource.scope_spans)
    return list(itertools.chain.from_iterable(scope.spans for scope in scopes))


def stored(service: Service, sql: str, enough: Callable[[list[dict[str, Any]]], bool]) -> Any:
    """The rows of a query, once they are enough."""
    wait_until(lambda: enough(ask(service, sql)), f"the rows of {sql}", 60, 0.2)
    return ask(service, sql)
