"""The agent with a tool again, over the Responses interface, and streamed at the end."""

import json

from openai import OpenAI

import spanbridge as mlflow
from spanbridge.entities import SpanType

mlflow.openai.autolog()
client = OpenAI()
TOOLS = [
    {
        "type": "function",
        "name": "temperature",
        "parameters": {
            "type": "object",
            "properties": {"latitude": {"type": "number"}, "longitude": {"type": "number"}},
            "required": ["latitude", "longitude"],
            "additionalProperties": False,
        },
        "strict": True,
    }
]


@mlflow.trace(span_type=SpanType.TOOL)
def temperature(latitude, longitude):
    return 30 - latitude


@mlflow.trace(span_type=SpanType.AGENT)
def answer(question: str) -> str:
    items = [{"role": "user", "content": question}]
    reply = client.responses.create(model="gpt-fake", input=items, tools=TOOLS)
    call = reply.output[0]
    result = temperature(**json.loads(call.arguments))
    items += [
        call,
        {"type": "function_call_output", "call_id": call.call_id, "output": str(result)},
    ]
    with client.responses.stream(model="gpt-fake", input=items, tools=TOOLS) as stream:
        return stream.get_final_response().output_text


print(answer("How warm is it in Paris?"))
