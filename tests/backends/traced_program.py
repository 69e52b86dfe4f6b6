"""A program with everything that the SDK says of spans and traces. Prints the trace's id."""

from __future__ import annotations

from collections.abc import Iterator

import spanbridge
from spanbridge import SpanType

MESSAGES = [{"role": "user", "content": "How warm is it in Paris?"}]
ANSWER = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "21 degrees"}}],
    "model": "gpt-5",
}


@spanbridge.trace(span_type=SpanType.TOOL)
def weather(city: str, *, unit: str = "C") -> dict[str, object]:
    return {"city": city, "degrees": 21, "unit": unit}


@spanbridge.trace(span_type=SpanType.RETRIEVER)
def retrieve(query: str) -> list[dict[str, object]]:
    return [{"page_content": "Paris is in France.", "metadata": {"doc_uri": "paris.md"}}]


@spanbridge.trace(name="stream words", output_reducer=" ".join)
def words() -> Iterator[str]:
    yield from ("21", "degrees")


def ask_model() -> None:
    with spanbridge.start_span("chat gpt-5", span_type=SpanType.CHAT_MODEL) as span:
        span.set_inputs({"messages": MESSAGES, "model": "gpt-5"})
        span.set_attribute("mlflow.llm.model", "gpt-5")
        span.set_attribute("mlflow.llm.provider", "openai")
        span.set_outputs(ANSWER)
        span.set_attribute(
            "mlflow.chat.tokenUsage",
            {"input_tokens": 12, "output_tokens": 3, "total_tokens": 15},
        )


@spanbridge.trace(name="agent", span_type=SpanType.AGENT, attributes={"team": "weather"})
def agent(question: str) -> str:
    spanbridge.update_current_trace(
        tags={"release": "1.2"},
        metadata={"tier": "gold"},
        session_id="s-7",
        user="ann",
        request_preview="warmth in Paris",
        response_preview="21 degrees",
    )
    weather("Paris")
    retrieve(question)
    list(words())
    ask_model()
    try:
        fail()
    except ValueError:
        return "21 degrees"
    raise AssertionError("it did not fail")


@spanbridge.trace(span_type="MY_TYPE")
def fail() -> None:
    raise ValueError("no such city")


agent("How warm is it in Paris?")
# A server just started may take longer for its first spans than a process waits when it ends.
spanbridge.flush(60)
print(spanbridge.get_last_active_trace_id())
