"""An agent with a tool, and the tokens it used; the same for every vendor.

python tool_agent.py MODEL [BASE_URL]
"""

import json
import sys

from openai import OpenAI

import spanbridge as mlflow
from spanbridge.entities import SpanType

mlflow.openai.autolog()
mlflow.set_experiment("Agents")

model, *address = sys.argv[1:]
client = OpenAI(base_url=address[0] if address else None)


@mlflow.trace(span_type=SpanType.TOOL)
def get_weather(city: str) -> str:
    return {"Paris": "rain", "Cairo": "sun"}.get(city, "unknown")


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather of a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]
FUNCTIONS = {"get_weather": get_weather}


@mlflow.trace(span_type=SpanType.AGENT)
def answer(question: str) -> str:
    messages = [{"role": "user", "content": question}]
    reply = client.chat.completions.create(model=model, messages=messages, tools=TOOLS)
    said = reply.choices[0].message
    messages.append(said)
    for call in said.tool_calls or ():
        result = FUNCTIONS[call.function.name](**json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    reply = client.chat.completions.create(model=model, messages=messages)
    return reply.choices[0].message.content


print(answer("How is the weather in Paris?"))

trace = mlflow.get_trace(trace_id=mlflow.get_last_active_trace_id())
total = trace.info.token_usage
print(total["input_tokens"], total["output_tokens"], total["total_tokens"])
for span in trace.data.spans:
    if usage := span.get_attribute("mlflow.chat.tokenUsage"):
        print(span.name, usage["input_tokens"], usage["output_tokens"], usage["total_tokens"])
