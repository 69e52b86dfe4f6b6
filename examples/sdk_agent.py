"""An agent with a tool, recorded with the SDK; any server with OpenAI's interface will do.

    spanbridge serve &
    export OPENAI_BASE_URL=http://localhost:11434/v1 OPENAI_API_KEY=ollama MODEL=llama3.2
    python examples/sdk_agent.py "Will it rain in Paris?"
    spanbridge traces list

Without OPENAI_BASE_URL, OpenAI itself is asked. Needs `pip install 'spanbridge[openai]'`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from openai import OpenAI

import spanbridge
from spanbridge import SpanType

MODEL = os.environ.get("MODEL", "gpt-4o-mini")
WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city today.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


@spanbridge.trace(span_type=SpanType.TOOL)
def get_weather(city: str) -> str:
    return f"21 C and sunny in {city}"


@spanbridge.trace(span_type=SpanType.AGENT)
def ask(client: OpenAI, question: str) -> str | None:
    spanbridge.update_current_trace(tags={"example": "sdk_agent"}, session_id="example")
    messages: list[Any] = [{"role": "user", "content": question}]
    while True:
        reply = client.chat.completions.create(
            model=MODEL, messages=messages, tools=[{"type": "function", "function": WEATHER}]
        )
        said = reply.choices[0].message
        if not said.tool_calls:
            return said.content
        messages.append(said)
        for call in said.tool_calls:
            result = get_weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def main() -> None:
    spanbridge.openai.autolog()
    with OpenAI() as client:
        print(ask(client, " ".join(sys.argv[1:]) or "How is the weather in Paris?"))
    trace = spanbridge.get_trace(spanbridge.get_last_active_trace_id())
    print(f"trace {trace.trace_id}, {trace.info.token_usage['total_tokens']} tokens")


if __name__ == "__main__":
    main()
