"""The Responses interface: whole, streamed, asynchronous, with a built-in tool, structured."""

import asyncio

import openai
from pydantic import BaseModel

import spanbridge as mlflow

mlflow.autolog()
client = openai.OpenAI()


class River(BaseModel):
    name: str
    length_km: int


reply = client.responses.create(
    model="gpt-fake", instructions="Be brief.", input="Which river runs through Cairo?"
)
print(reply.output_text)

for event in client.responses.create(model="gpt-fake", input="And through Paris?", stream=True):
    if event.type == "response.output_text.delta":
        print(event.delta, end="")
print()

searched = client.responses.create(
    model="gpt-fake",
    input="Any news of the river?",
    tools=[{"type": "web_search"}],
    reasoning={"effort": "low", "summary": "auto"},
)
print([item.type for item in searched.output])

print(client.responses.parse(model="gpt-fake", input="Nile?", text_format=River).output_parsed)


async def ask() -> None:
    async with openai.AsyncOpenAI() as another:
        print((await another.responses.create(model="gpt-fake", input="And London?")).output_text)


asyncio.run(ask())
