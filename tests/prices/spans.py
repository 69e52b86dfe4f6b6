"""Requests with model calls that have a price: made up, and the recorded ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.query.loading import TRACE_FILES

SECOND = 1_000_000_000
START = 1_780_000_000 * SECOND

REAL_NAMES = {
    "gpt-fake": "gpt-4o",
    "claude-fake": "claude-sonnet-4-5",
    "gemini-fake": "gemini-2.5-pro",
    "text-embedding-fake": "text-embedding-3-small",
}

_ids = itertools.count(1)


@dataclass(frozen=True)
class Call:
    """A span of one call of a model."""

    model: str = "gpt-4o"
    response_model: str = ""
    provider: str = "openai"
    operation: str = "chat"
    start: int = START
    input: int | None = 1000
    output: int | None = 100
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None

    def attributes(self) -> dict[str, str | int]:
        given: dict[str, str | int | None] = {
            "gen_ai.operation.name": self.operation,
            "gen_ai.provider.name": self.provider,
            "gen_ai.request.model": self.model,
            "gen_ai.response.model": self.response_model,
            "gen_ai.usage.input_tokens": self.input,
            "gen_ai.usage.output_tokens": self.output,
            "gen_ai.usage.cache_read.input_tokens": self.cache_read,
            "gen_ai.usage.cache_creation.input_tokens": self.cache_write,
            "gen_ai.usage.reasoning.output_tokens": self.reasoning,
        }
        return {key: value for key, value in given.items() if value not in (None, "")}


def trace(*calls: Call) -> tuple[str, ExportTraceServiceRequest]:
    """A trace with a root that is no model call and one span below it for each call."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    trace_id, root_id = next(_ids).to_bytes(16, "big"), next(_ids).to_bytes(8, "big")
    first = min(call.start for call in calls)
    scope.spans.add(
        trace_id=trace_id,
        span_id=root_id,
        name="work",
        start_time_unix_nano=first,
        end_time_unix_nano=first + SECOND,
    )
    scope.spans.extend(_spans(calls, trace_id, root_id))
    return trace_id.hex(), request


def _spans(calls: Iterable[Call], trace_id: bytes, parent_id: bytes) -> Iterable[Span]:
    for call in calls:
        span = Span(
            trace_id=trace_id,
            span_id=next(_ids).to_bytes(8, "big"),
            parent_span_id=parent_id,
            name=f"{call.operation} {call.model}",
            kind=Span.SPAN_KIND_CLIENT,
            start_time_unix_nano=call.start,
            end_time_unix_nano=call.start + SECOND,
        )
        for key, value in call.attributes().items():
            attribute = span.attributes.add(key=key).value
            if isinstance(value, int):
                attribute.int_value = value
            else:
                attribute.string_value = value
        yield span


def recorded_with_real_names() -> list[ExportTraceServiceRequest]:
    """The requests of the corpus, their models named like ones that have a price."""
    requests = [ExportTraceServiceRequest.FromString(path.read_bytes()) for path in TRACE_FILES]
    for message, field in [found for request in requests for found in _strings(request)]:
        text = getattr(message, field)
        for fake, real in REAL_NAMES.items():
            text = text.replace(fake, real)
        setattr(message, field, text)
    return requests


def _strings(message: Message) -> Iterator[tuple[Message, str]]:
    """Every text field of a message that holds something."""
    for field, value in message.ListFields():
        for item in value if field.is_repeated else [value]:
            if isinstance(item, Message):
                yield from _strings(item)
            elif isinstance(item, str) and not field.is_repeated:
                yield message, field.name
