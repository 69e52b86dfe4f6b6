"""Random traces as OTLP requests that arrive in any order, some spans twice."""

from __future__ import annotations

import random

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

START_NS = 1_780_000_000 * 10**9
_OPERATIONS = ("chat", "chat", "embeddings", "invoke_agent", "execute_tool", "")
_MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "nobody-knows")


def span(
    rng: random.Random, trace_id: bytes, number: int, above: int, *, operation: str | None = None
) -> Span:
    """A span of a random kind, below another one of its trace or below none (0)."""
    chosen = rng.choice(_OPERATIONS) if operation is None else operation
    begin = START_NS + rng.randrange(8 * 10**9)
    given: dict[str, str | int] = {"gen_ai.operation.name": chosen} if chosen else {}
    if chosen in ("chat", "embeddings", "invoke_agent"):
        given |= {"gen_ai.provider.name": "openai", "gen_ai.request.model": rng.choice(_MODELS)}
        if rng.random() < 0.8:
            given["gen_ai.usage.input_tokens"] = rng.randrange(1000)
        if rng.random() < 0.8 and chosen != "embeddings":
            given["gen_ai.usage.output_tokens"] = rng.randrange(100)
    if rng.random() < 0.2:
        given |= {"user.id": f"user-{rng.randrange(3)}", "session.id": f"s-{rng.randrange(3)}"}
    made = Span(
        trace_id=trace_id,
        span_id=number.to_bytes(8, "big"),
        parent_span_id=above.to_bytes(8, "big") if above else b"",
        name=chosen or "work",
        start_time_unix_nano=begin,
        end_time_unix_nano=begin + rng.randrange(10**9),
    )
    for key, value in given.items():
        if isinstance(value, int):
            made.attributes.add(key=key).value.int_value = value
        else:
            made.attributes.add(key=key).value.string_value = value
    return made


def forest(rng: random.Random, traces: int) -> list[Span]:
    """The spans of some traces, shuffled; some parents are missing, some spans come twice."""
    made: list[Span] = []
    for _ in range(traces):
        trace_id = rng.randbytes(16)
        for number in range(1, rng.randint(2, 12)):
            above = rng.choice([0, *range(1, number), 99])
            made.append(span(rng, trace_id, number, above))
    made += rng.sample(made, len(made) // 20)
    # Stored twice in another form: it grew in between.
    for one in rng.sample(made, len(made) // 20):
        grown = Span.FromString(one.SerializeToString())
        grown.end_time_unix_nano += rng.randrange(10**9)
        made.append(grown)
    rng.shuffle(made)
    return made


def request(*spans: Span) -> ExportTraceServiceRequest:
    """The spans as one request of two scopes."""
    made = ExportTraceServiceRequest()
    resource = made.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "forest"
    for remainder, name in enumerate("ab"):
        scope = resource.scope_spans.add()
        scope.scope.name = name
        scope.spans.extend(one for one in spans if one.span_id[-1] % 2 == remainder)
    return made
