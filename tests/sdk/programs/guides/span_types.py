"""Spans of every type, with what their type is known for: documents, tools, events, links."""

import json

import spanbridge as mlflow
from spanbridge.entities import Document, SpanEvent, SpanType
from spanbridge.tracing import set_span_chat_tools

TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]


@mlflow.trace(span_type=SpanType.RETRIEVER)
def retrieve(question: str) -> list[Document]:
    return [
        Document(page_content="The Nile is long.", metadata={"doc_uri": "nile.md"}, id="1"),
        Document(page_content="So is the Amazon.", metadata={"doc_uri": "amazon.md"}, id="2"),
    ]


@mlflow.trace(span_type=SpanType.CHAT_MODEL)
def model(messages: list) -> dict:
    span = mlflow.get_current_active_span()
    set_span_chat_tools(span, TOOLS)
    span.set_attribute(
        "mlflow.chat.tokenUsage", {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    )
    span.add_event(SpanEvent(name="retry", attributes={"attempt": 2}))
    return {"role": "assistant", "content": "long rivers"}


types = [value for name, value in vars(SpanType).items() if name.isupper()]
with mlflow.start_span("all types", span_type="MY_OWN") as root:
    root.set_inputs({"types": len(types)})
    for kind in types:
        with mlflow.start_span(f"a {kind}", span_type=kind) as span:
            span.set_inputs(kind.lower())
    retrieve("rivers?")
    model([{"role": "user", "content": "rivers?"}])
    root.set_span_type("CHANGED")
own = mlflow.get_trace(root.trace_id).data.spans[0].span_type
print(json.dumps({"types": types, "own": own}))
