"""Traces built by hand with the client: every start has its end."""

import json

import spanbridge as mlflow
from spanbridge import MlflowClient
from spanbridge.entities import SpanType

client = MlflowClient()

# A trace with two children, one below the other.
root = client.start_trace(
    name="report",
    inputs={"user": "123", "action": "make"},
    attributes={"environment": "test"},
    tags={"team": "blue"},
)
fetch = client.start_span(
    name="fetch",
    trace_id=root.trace_id,
    parent_id=root.span_id,
    span_type=SpanType.RETRIEVER,
    inputs={"user": "123"},
    attributes={"database": "users"},
)
parse = client.start_span("parse", trace_id=root.trace_id, parent_id=fetch.span_id)
client.end_span(trace_id=root.trace_id, span_id=parse.span_id, outputs={"rows": 42})
client.end_span(
    trace_id=root.trace_id, span_id=fetch.span_id, outputs={"ok": True}, attributes={"ms": 150}
)
client.end_trace(trace_id=root.trace_id, outputs={"url": "report/1"}, attributes={"pages": 3})


def risky(items: list[int]) -> str:
    """A batch in which one item fails."""
    trace = client.start_trace(name="batch", inputs={"size": len(items)})
    for item in items:
        span = client.start_span(f"item {item}", trace.trace_id, trace.span_id, inputs=item)
        try:
            client.end_span(trace.trace_id, span.span_id, outputs=10 / item, status="OK")
        except ZeroDivisionError as error:
            client.end_span(
                trace.trace_id, span.span_id, status="ERROR", attributes={"error": str(error)}
            )
    client.end_trace(trace.trace_id, outputs={"items": len(items)}, status="ERROR")
    return trace.trace_id


batch = risky([5, 0])

# A span with a beginning and an end of one's own choice.
background = mlflow.start_span_no_context(
    name="background", inputs={"job": 7}, start_time_ns=1_800_000_000_000_000_000
)
child = mlflow.start_span_no_context(name="part", parent_span=background, span_type="TASK")
child.set_outputs([1, 2])
child.end()
current = mlflow.get_current_active_span()
background.end(outputs="done", end_time_ns=1_900_000_000_000_000_000)

client.set_trace_tag(root.trace_id, "reviewed", "yes")
client.set_trace_tag(root.trace_id, "draft", "yes")
client.delete_trace_tag(root.trace_id, "draft")
print(
    json.dumps(
        {
            "root": root.trace_id,
            "same": root.request_id == root.trace_id,
            "batch": batch,
            "background": background.trace_id,
            "current": current is None,
            "read": [span.name for span in client.get_trace(root.trace_id).data.spans],
            "tags": client.get_trace(root.trace_id).info.tags,
        }
    )
)
