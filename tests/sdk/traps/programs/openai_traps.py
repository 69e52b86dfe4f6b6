"""What gets lost or mixed up between a model's answer and its span."""

import contextlib
import sys

import openai

import spanbridge

spanbridge.openai.autolog()
client = openai.OpenAI(max_retries=0)
ASK = [{"role": "user", "content": "Hello?"}]
FUNCTION = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}


def create(model: str, **more):
    return client.chat.completions.create(model=model, messages=ASK, **more)


def drain(model: str, **more) -> None:
    for _ in create(model, stream=True, **more):
        pass


drain("gpt-fake", n=2)
create("gpt-fake", tools=[FUNCTION, {"type": "never_heard_of", "x": 1}], tool_choice="none")
client.responses.create(
    model="gpt-fake", input="Hi", tools=[{"type": "never_heard_of"}, {"type": "web_search"}]
)
client.embeddings.create(model="emb-fake", input="one text")
with client.chat.completions.stream(model="gpt-fake", messages=ASK) as stream:
    stream.until_done()
for model in ("gpt-refusal", "gpt-reasoning", "gpt-audio"):
    drain(model)
drain("gpt-fake", logprobs=True)
with contextlib.suppress(openai.BadRequestError):
    create("gpt-err-400")
client.responses.create(model="gpt-failed", input="Hi")
list(client.responses.create(model="gpt-failed", input="Hi", stream=True))
list(client.responses.create(model="gpt-incomplete", input="Hi", stream=True))
print(client.chat.completions.with_raw_response.create(model="gpt-fake", messages=ASK).http_version)
with client.chat.completions.with_streaming_response.create(
    model="gpt-fake", messages=ASK
) as response:
    print(len(response.read()) > 100)
drain("gpt-words-400")
azure = openai.AzureOpenAI(azure_endpoint=sys.argv[1], api_key="k", api_version="2024-10-21")
for _ in azure.chat.completions.create(
    model="gpt-fake", messages=ASK, stream=True, stream_options={"include_usage": True}
):
    pass
# The program ends with this stream half read.
unfinished = iter(create("gpt-words-50", stream=True))
next(unfinished), next(unfinished), next(unfinished)
