"""Chat completions: whole, streamed, asynchronous; then with tracing of OpenAI switched off."""

import asyncio
import os

import openai

import spanbridge as mlflow

mlflow.openai.autolog()
mlflow.set_tracking_uri(os.environ["SPANBRIDGE_TRACKING_URI"])
mlflow.set_experiment("Chat")

client = openai.OpenAI()
question = [
    {"role": "system", "content": "Answer in one sentence."},
    {"role": "user", "content": "Which river runs through Cairo?"},
]

answer = client.chat.completions.create(
    model="gpt-fake", messages=question, temperature=0.1, max_tokens=100
)
print(answer.choices[0].message.content)

stream = client.chat.completions.create(model="gpt-fake", messages=question, stream=True)
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="")
print()

counted = client.chat.completions.create(
    model="gpt-fake", messages=question, stream=True, stream_options={"include_usage": True}
)
print(sum(1 for chunk in counted if chunk.usage))


async def ask() -> None:
    async with openai.AsyncOpenAI() as another:
        reply = await another.chat.completions.create(model="gpt-fake", messages=question)
        print(reply.choices[0].message.content)
        pieces = await another.chat.completions.create(
            model="gpt-fake", messages=question, stream=True
        )
        print("".join([piece.choices[0].delta.content or "" async for piece in pieces]))


asyncio.run(ask())

mlflow.openai.autolog(disable=True)
client.chat.completions.create(model="gpt-untraced", messages=question)
