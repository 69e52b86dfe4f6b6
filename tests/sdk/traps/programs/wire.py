"""Everything that belongs to a trace travels with its spans; what has ended stays as it is."""

import spanbridge


@spanbridge.trace(name="everything")
def everything() -> None:
    with spanbridge.start_span("child"):
        spanbridge.update_current_trace(
            tags={"fruit": "apple", "number": 7},
            metadata={"build": "77"},
            session_id="s-1",
            user="ada",
            client_request_id="r-1",
            request_preview="asked",
            response_preview="answered",
            state="ERROR",
        )
    spanbridge.update_current_trace(tags={"late": "yes"})


with spanbridge.tracing.context(tags={"around": "yes"}):
    everything()

with spanbridge.start_span("ended") as span:
    span.set_inputs("before")
    span.set_outputs("before")
span.set_inputs("after")
span.set_outputs("after")
span.set_attribute("after", True)
span.set_attributes({"after too": True})
span.set_status("ERROR")
span.set_span_type("AFTER")
span.add_event(spanbridge.entities.SpanEvent("after"))
span.record_exception(ValueError("after"))
span.end(outputs="after")
