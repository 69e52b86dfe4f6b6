"""Work that outlives the request it came with still belongs to the caller's trace."""

import spanbridge
from spanbridge.tracing import set_tracing_context_from_http_request_headers

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

with set_tracing_context_from_http_request_headers({"Traceparent": f"00-{TRACE}-{CALLER}-01"}):
    span = spanbridge.start_span_no_context("background")
    with spanbridge.start_span("request"):
        spanbridge.update_current_trace(tags={"side": "server"}, session_id="s-remote")
outlives = spanbridge.start_span_no_context("afterwards", parent_span=span)
outlives.end()
span.end()
with spanbridge.start_span("its own"):
    pass
