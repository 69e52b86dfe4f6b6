"""Functions that yield: as a list, reduced, asynchronous, and a model's stream put together."""

import asyncio
import json

import openai

import spanbridge as mlflow


@mlflow.trace
def numbers():
    yield from range(5)


@mlflow.trace(output_reducer="".join)
def letters(word: str):
    yield from word


@mlflow.trace(output_reducer=lambda parts: {"count": len(parts)})
async def slowly(count: int):
    for i in range(count):
        await asyncio.sleep(0)
        with mlflow.start_span(f"step {i}"):
            yield i


def as_text(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


@mlflow.trace(output_reducer=as_text)
def predict(question: str):
    yield from openai.OpenAI().chat.completions.create(
        model="gpt-fake", messages=[{"role": "user", "content": question}], stream=True
    )


@mlflow.trace
def reader():
    with mlflow.start_span("consume") as span:
        span.set_outputs(list(letters("hello")))


async def collect() -> list[int]:
    return [i async for i in slowly(3)]


printed = {
    "numbers": list(numbers()),
    "letters": list(letters("abc")),
    "slowly": asyncio.run(collect()),
    "predicted": as_text(predict("Hello?")),
}
reader()
print(json.dumps(printed))
