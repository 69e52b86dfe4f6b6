"""More attributes, events and spans than the usual limits and queues hold."""

import spanbridge
from spanbridge.entities import SpanEvent

with spanbridge.start_span("wide", span_type="TASK") as span:
    span.set_inputs({"first": True})
    for i in range(300):
        span.set_attribute(f"key{i}", i)
    for i in range(300):
        span.add_event(SpanEvent(f"event{i}"))
    span.set_outputs({"last": True})
    spanbridge.update_current_trace(tags={"kept": "yes"}, session_id="s-wide")

with spanbridge.start_span("long"):
    for _ in range(4000):
        with spanbridge.start_span("leaf") as leaf:
            leaf.set_inputs(1)

assert spanbridge.flush(timeout_s=60)  # the end of the process would wait for five seconds
