"""Spans of plain OpenTelemetry inside and around those of the SDK, and headers written by hand.

With OWN_PROVIDER set, the application brings a provider with a sampler that keeps nothing but what
its parent keeps.
"""

import json
import os

from opentelemetry import context, propagate, trace

import spanbridge

if os.environ.get("OWN_PROVIDER"):
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased

    provider = TracerProvider(
        resource=Resource({"service.name": "theirs"}), sampler=ParentBased(ALWAYS_OFF)
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)

UNSAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
SAMPLED = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
tracer = trace.get_tracer("database")


@spanbridge.trace
def ours(question: str) -> str:
    with tracer.start_as_current_span("theirs") as span:
        span.set_attribute("db.system.name", "sqlite")
        return within(question)


@spanbridge.trace(span_type="TOOL")
def within(question: str) -> str:
    live = spanbridge.get_current_active_span()
    with tracer.start_as_current_span("lowest"):
        assert spanbridge.get_current_active_span() is live
        spanbridge.update_current_trace(tags={"depth": "lowest"})
        propagate.inject(headers)
    return question


headers: dict[str, str] = {}
outcome = {}
for name, parent in (("sampled", SAMPLED), ("unsampled", UNSAMPLED)):
    token = context.attach(propagate.extract({"traceparent": parent, "tracestate": "vendor=1"}))
    headers.clear()
    ours("why")
    context.detach(token)
    outcome[name] = dict(headers)
outcome["root"] = ours("why") and spanbridge.get_last_active_trace_id()
print(json.dumps(outcome))
spanbridge.flush()
