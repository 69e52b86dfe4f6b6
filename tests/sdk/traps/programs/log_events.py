"""Contents go out in log events, without a LoggerProvider of the application's."""

import contextlib
import json
import os
import sys

import openai

import spanbridge
from spanbridge import SpanType

spanbridge.openai.autolog()
client = openai.OpenAI(max_retries=0)


def mask(span) -> None:
    if span.name == "masked" and span.inputs is not None:
        span.set_inputs({"messages": [{"role": "user", "content": "####"}]})


spanbridge.tracing.configure(span_processors=[mask])


@spanbridge.trace(span_type=SpanType.CHAT_MODEL)
def home_made(messages: list) -> dict:
    return {"role": "assistant", "content": "home made answer"}


@spanbridge.trace(span_type=SpanType.LLM, output_reducer="".join)
def streamed(prompt: str):
    yield from ("in ", "pieces")


@spanbridge.trace(span_type=SpanType.TOOL)
def look_up(word: str) -> str:
    return f"not on any wire: {word}"


@spanbridge.trace(name="masked", span_type=SpanType.CHAT_MODEL)
def masked(messages: list) -> None:
    raise ValueError(f"refused: {messages}")


def say(text: str) -> list:
    return [{"role": "user", "content": text}]


with spanbridge.start_span("root"):
    client.chat.completions.create(model="gpt-fake", messages=say("a plain question"))
    for _ in client.chat.completions.create(
        model="gpt-fake", messages=say("a streamed question"), stream=True
    ):
        pass
    client.embeddings.create(model="emb-fake", input="not on any wire")
    home_made(say("home made question"))
    list(streamed("tell me"))
    look_up("secret")
    with contextlib.suppress(ValueError):
        masked(say("4095-2609"))

assert spanbridge.flush()
sys.stdout.flush()
if (pid := os.fork()) == 0:
    home_made(say("asked in a child"))
    sys.exit(0)
status = os.waitpid(pid, 0)[1]
home_made(say("asked at the end"))
print(json.dumps({"status": status, "grpc": "grpc" in sys.modules}))
