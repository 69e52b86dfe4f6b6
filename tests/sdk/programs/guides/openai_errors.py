"""What goes wrong: refused requests, a stream that breaks, an answer nobody waits for."""

import asyncio
import contextlib

import openai

import spanbridge as mlflow

mlflow.openai.autolog()
client = openai.OpenAI(max_retries=0)
question = [{"role": "user", "content": "Hello?"}]


@mlflow.trace
def ask(model: str) -> str:
    return client.chat.completions.create(model=model, messages=question).choices[0].message.content


for model in ("gpt-err-401", "gpt-err-429"):
    try:
        ask(model)
    except openai.APIStatusError as error:
        print(type(error).__name__)

try:
    for chunk in client.chat.completions.create(model="gpt-break", messages=question, stream=True):
        print(chunk.choices[0].delta.content or "", end="")
except openai.APIError as error:
    print(type(error).__name__)


@mlflow.trace
def first_word() -> str:
    stream = client.chat.completions.create(model="gpt-words-9", messages=question, stream=True)
    with stream:
        for chunk in stream:
            if word := chunk.choices[0].delta.content:
                return word
    return ""


print(first_word())


@mlflow.trace
async def impatient() -> None:
    async with openai.AsyncOpenAI(max_retries=0) as another:
        await another.chat.completions.create(model="gpt-late", messages=question)


async def main() -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(impatient(), 0.2)


asyncio.run(main())
