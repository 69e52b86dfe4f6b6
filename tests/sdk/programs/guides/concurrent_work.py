"""Asynchronous tasks and threads: what belongs to one trace, and what does not."""

import asyncio
import contextvars
import json
from concurrent.futures import ThreadPoolExecutor

import openai

import spanbridge as mlflow

mlflow.openai.autolog()
client = openai.OpenAI()


@mlflow.trace
async def step(name: str, pause: float) -> str:
    await asyncio.sleep(pause)
    with mlflow.start_span(f"inside {name}"):
        await asyncio.sleep(0)
    return name.upper()


@mlflow.trace
async def pipeline(names: list[str]) -> list[str]:
    tasks = [step(name, 0.02 * (len(names) - i)) for i, name in enumerate(names)]
    return await asyncio.gather(*tasks)


@mlflow.trace
def worker(question: str) -> str:
    messages = [{"role": "user", "content": question}]
    reply = client.chat.completions.create(model="gpt-fake", messages=messages)
    return reply.choices[0].message.content


@mlflow.trace
def together(questions: list[str]) -> list[str]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [
            pool.submit(contextvars.copy_context().run, worker, question) for question in questions
        ]
        return [future.result() for future in futures]


@mlflow.trace
def apart(questions: list[str]) -> int:
    with ThreadPoolExecutor(max_workers=2) as pool:
        return len(list(pool.map(worker, questions)))


letters = asyncio.run(pipeline(["a", "b", "c"]))
answers = together(["How are you?", "And your family?"])
print(json.dumps({"letters": letters, "answers": len(answers), "apart": apart(["One?", "Two?"])}))
