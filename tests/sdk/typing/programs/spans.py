"""Spans, their setters, and the constants that go with them."""

from typing import assert_type

import spanbridge
from spanbridge import SpanType, start_span, start_span_no_context, trace
from spanbridge.entities import LiveSpan, SpanEvent, SpanStatus, SpanStatusCode

with start_span("search", span_type=SpanType.RETRIEVER, attributes={"top_k": 3}) as span:
    assert_type(span, LiveSpan)
    span.set_inputs({"question": "why"})
    span.set_outputs(["because"])
    span.set_attribute("top_k", 3)
    span.set_attributes({"a": 1, "b": [1.5, 2.5]})
    span.set_status("OK")
    span.set_status(SpanStatusCode.ERROR)
    span.set_status(SpanStatus(SpanStatusCode.ERROR, "no answer"))
    span.add_event(SpanEvent("retry", attributes={"attempt": 2}))
    span.record_exception(ValueError("no"))
    assert_type(span.trace_id, str)
    assert_type(span.is_recording, bool)
    span.set_inputs()  # error
    span.set_status(5)  # error
    span.add_event("retry")  # error
    span.set_attributes([("a", 1)])  # error
    span.finish()  # error


async def asynchronously() -> None:
    async with start_span("search") as span:
        assert_type(span, LiveSpan)


detached = start_span_no_context("search", parent_span=span, inputs=1)
assert_type(detached, LiveSpan)
detached.end(outputs=2, status="OK", end_time_ns=1)
detached.end(end_time_ns="now")  # error

types: list[str] = [SpanType.LLM, SpanType.CHAT_MODEL, SpanType.TOOL, "MY_TYPE"]
text: str = SpanType.AGENT
text.lower()
text = SpanType.ROBOT  # error

current = spanbridge.get_current_active_span()
current.set_inputs(1)  # error
if current is not None:
    current.set_inputs(1)
assert_type(spanbridge.get_active_trace_id(), str | None)
assert_type(spanbridge.flush(), bool)
spanbridge.update_current_trace(tags={"a": "b"}, session_id="s", user="u")
spanbridge.update_current_trace(tags="a")  # error
spanbridge.update_current_trace(session=1)  # error

start_span(1)  # error
start_span("search", type="LLM")  # error
trace(42)  # error
trace(span_type=5)  # error
trace(nome="x")  # error
trace(output_reducer="sum")  # error
trace(attributes=[1])  # error


@trace(name=5)  # error
def misnamed() -> None: ...


with spanbridge.tracing.context(session_id="s", enabled=False):
    pass
with spanbridge.tracing.context(session=1):  # error
    pass
spanbridge.tracing.configure(semconv="gen_ai")
spanbridge.tracing.configure(redact=lambda value, where: value)
spanbridge.tracing.configure(redact="x")  # error
