"""A conversation typed by a person: blocks, a decorated function and OpenAI in one trace."""

import openai

import spanbridge as mlflow
from spanbridge.entities import SpanType

mlflow.openai.autolog()
client = openai.OpenAI()


@mlflow.trace(span_type=SpanType.CHAIN)
def talk() -> int:
    messages = [{"role": "system", "content": "You are a friendly guide."}]
    while True:
        with mlflow.start_span(name="User") as span:
            span.set_inputs(messages)
            typed = input()
            span.set_outputs(typed)
        if typed == "bye":
            return len(messages)
        messages.append({"role": "user", "content": typed})
        reply = client.chat.completions.create(model="gpt-fake", messages=messages)
        messages.append({"role": "assistant", "content": reply.choices[0].message.content})


print(talk())
