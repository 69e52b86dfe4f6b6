"""An application with tracing of its own: one trace, its provider, its processors."""

import json
import os

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

mine = InMemorySpanExporter()
provider = TracerProvider(resource=Resource.create({"service.name": "neighbour"}))
provider.add_span_processor(SimpleSpanProcessor(mine))
trace.set_tracer_provider(provider)
environment = dict(os.environ)

import spanbridge  # noqa: E402

tracer = trace.get_tracer("app")
late = InMemorySpanExporter()


@spanbridge.trace
def handler() -> str:
    with tracer.start_as_current_span("SELECT 1"):
        return inner()


@spanbridge.trace
def inner() -> str:
    return "done"


with tracer.start_as_current_span("GET /"):
    handler()
provider.add_span_processor(SimpleSpanProcessor(late))
with tracer.start_as_current_span("GET /again"):
    handler()

spans = mine.get_finished_spans()
by_id = {span.context.span_id: span.name for span in spans}
parents = {span.name: by_id.get(span.parent.span_id) for span in spans[:4] if span.parent}
print(
    json.dumps(
        {
            "parents": parents,
            "traces": len({span.context.trace_id for span in spans}),
            "same": trace.get_tracer_provider() is provider,
            "late": [span.name for span in late.get_finished_spans()],
            "environment": environment == dict(os.environ),
        }
    )
)
