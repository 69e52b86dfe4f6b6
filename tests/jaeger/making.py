"""Traces made for a purpose. Ids are numbers, times ns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.jaeger.client import any_value

START = 1_790_000_000 * 10**9
MS = 10**6


def id_of(trace: int) -> str:
    return f"{trace:032x}"


def span(trace: int, number: int, parent: int = 0, **fields: Any) -> Span:
    """A span of 1 ms that begins ``number`` ms after START."""
    attributes = fields.pop("attributes", {})
    start = fields.pop("start", START + number * MS)
    made = Span(
        trace_id=trace.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        start_time_unix_nano=start,
        end_time_unix_nano=start + fields.pop("duration", MS),
        **{"name": f"step {number}", "kind": Span.SPAN_KIND_INTERNAL, **fields},
    )
    made.attributes.extend(KeyValue(key=k, value=any_value(v)) for k, v in attributes.items())
    return made


def request(*parts: tuple[str, Sequence[Span]]) -> ExportTraceServiceRequest:
    """Spans by service; a service without a name has no ``service.name``."""
    made = ExportTraceServiceRequest()
    for service, spans in parts:
        resource = made.resource_spans.add()
        if service:
            resource.resource.attributes.add(key="service.name", value=any_value(service))
        resource.scope_spans.add(scope={"name": "tests"}, spans=spans)
    return made


def chat(trace: int, number: int, parent: int, text: str) -> Span:
    """The call of a model in a dialect of its own, whose words nobody but the bridge knows."""
    return span(
        trace,
        number,
        parent,
        name="ChatCompletion",
        attributes={
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-4o",
            "llm.provider": "openai",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": text,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": text.upper(),
            "llm.token_count.prompt": 3,
            "llm.token_count.completion": 4,
        },
    )
