"""Whole span trees, one file each. ``UPDATE_SNAPSHOTS=1`` writes the files anew."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openai
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator

import spanbridge
from spanbridge import settings

from .conftest import Spans
from .replies import ASKED, USAGE, call, chunk, completion, hello, response, said
from .server import Server
from .test_other_endpoints import text, vectors
from .test_responses_api import SEARCH, THOUGHT, events

SNAPSHOTS = Path(__file__).parent / "snapshots"
START = 1_800_000_000_000_000_000
MS = 1_000_000
TOOL: Any = {
    "type": "function",
    "function": {"name": "find", "parameters": {"type": "object", "properties": {}}},
}


class Counted(IdGenerator):
    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def generate_span_id(self) -> int:
        return next(self._numbers)

    def generate_trace_id(self) -> int:
        return next(self._numbers)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    clock = itertools.count(START, MS)
    monkeypatch.setattr("opentelemetry.sdk.trace.time_ns", lambda: next(clock))
    monkeypatch.setattr(
        "spanbridge.openai.recorder.time", SimpleNamespace(time_ns=lambda: next(clock))
    )
    found = Spans()
    provider = TracerProvider(id_generator=Counted())
    provider.add_span_processor(SimpleSpanProcessor(found.exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    settings.restore(None)
    yield found
    settings.restore(None)


def document(span: ReadableSpan) -> dict[str, Any]:
    attributes: dict[str, Any] = dict(span.attributes or {})
    if "server.port" in attributes:
        attributes["server.port"] = "<port>"
    events = [
        {
            "name": event.name,
            "attributes": {
                key: value
                for key, value in (event.attributes or {}).items()
                if key != "exception.stacktrace"
            },
        }
        for event in span.events
    ]
    return {
        "name": span.name,
        "span_id": f"{span.context.span_id:016x}",
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "trace_id": f"{span.context.trace_id:032x}",
        "kind": span.kind.name,
        "status": [span.status.status_code.name, span.status.description],
        "ms": [((moment or 0) - START) / MS for moment in (span.start_time, span.end_time)],
        "attributes": dict(sorted(attributes.items())),
        "events": events,
    }


def check(name: str, spans: Spans) -> None:
    found = sorted(map(document, spans.all()), key=lambda span: str(span["span_id"]))
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert json.loads(json.dumps(found)) == json.loads(path.read_text())


def agent(client: openai.OpenAI, server: Server) -> None:
    @spanbridge.trace(span_type=spanbridge.SpanType.TOOL)
    def find(town: str) -> str:
        return f"{town} is on the Danube."

    server.reply(completion({"tool_calls": [call()]}, finish="tool_calls"))
    server.reply(completion({"content": "On the Danube."}))
    with spanbridge.start_span("agent", span_type=spanbridge.SpanType.AGENT) as span:
        span.set_inputs({"question": "Where is Ulm?"})
        messages: Any = [*ASKED]
        first = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[TOOL])
        asked: Any = (first.choices[0].message.tool_calls or [])[0]
        result = find(**json.loads(asked.function.arguments))
        messages += [
            {"role": "assistant", "tool_calls": [call()]},
            {"role": "tool", "tool_call_id": asked.id, "content": result},
        ]
        last = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[TOOL])
        span.set_outputs(last.choices[0].message.content)


def chat_stream(client: openai.OpenAI, server: Server) -> None:
    server.chat_stream(*hello(), chunk(usage=USAGE))
    list(client.chat.completions.create(model="gpt-4o-mini", messages=ASKED, stream=True))


def chat_stopped_early(client: openai.OpenAI, server: Server) -> None:
    server.chat_stream(*hello())
    with client.chat.completions.create(model="m", messages=ASKED, stream=True) as stream:
        next(stream)
        next(stream)


def chat_error(client: openai.OpenAI, server: Server) -> None:
    error = {"message": "Too many.", "type": "requests", "code": "rate_limit_exceeded"}
    server.reply({"error": error}, status=429)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="m", messages=ASKED)


def responses(client: openai.OpenAI, server: Server) -> None:
    server.reply(response(THOUGHT, SEARCH, said("On the Danube.")))
    client.responses.create(
        model="gpt-5",
        instructions="Be brief.",
        input="Where is Ulm?",
        tools=[{"type": "web_search"}],
        reasoning={"effort": "low"},
    )


def responses_stream(client: openai.OpenAI, server: Server) -> None:
    server.stream(*events(response(said("Hello"))))
    list(client.responses.create(model="gpt-5", input="Say hello.", stream=True))


def completions(client: openai.OpenAI, server: Server) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    server.reply(text("Hello", "stop", usage=usage))
    client.completions.create(model="gpt-3.5-turbo-instruct", prompt="Say", max_tokens=5)


def embeddings(client: openai.OpenAI, server: Server) -> None:
    server.reply(vectors((0.5, 0.25), (1.0, 0.0)))
    client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])


def images(client: openai.OpenAI, server: Server) -> None:
    usage = {"input_tokens": 8, "output_tokens": 100, "total_tokens": 108}
    server.reply({"created": 1, "data": [{"url": "https://example.com/cat.png"}], "usage": usage})
    client.images.generate(model="gpt-image-1", prompt="a cat", n=1)


SCENES = (
    *(agent, chat_stream, chat_stopped_early, chat_error),
    *(responses, responses_stream, completions, embeddings, images),
)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_tree(
    client: openai.OpenAI,
    server: Server,
    spans: Spans,
    scene: Callable[[openai.OpenAI, Server], None],
) -> None:
    scene(client, server)
    check(scene.__name__, spans)


@pytest.mark.parametrize(("name", "change"), [("gen_ai", "mlflow"), ("mlflow", "gen_ai")])
def test_tree_in_one_of_the_conventions(
    client: openai.OpenAI, server: Server, spans: Spans, name: str, change: str
) -> None:
    settings.change(**{change: False})
    agent(client, server)
    check(f"agent_{name}", spans)


async def chat(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(model="gpt-4o-mini", messages=ASKED, stream=True)
    assert len([one async for one in stream]) == 5


async def respond(client: openai.AsyncOpenAI) -> None:
    stream = await client.responses.create(model="gpt-5", input="Say hello.", stream=True)
    assert len([one async for one in stream]) == 8


@pytest.mark.parametrize(("work", "name"), [(chat, "chat_stream"), (respond, "responses_stream")])
async def test_async_trees_are_the_same(
    aclient: openai.AsyncOpenAI,
    server: Server,
    spans: Spans,
    work: Callable[[openai.AsyncOpenAI], Awaitable[None]],
    name: str,
) -> None:
    if work is chat:
        server.chat_stream(*hello(), chunk(usage=USAGE))
    else:
        server.stream(*events(response(said("Hello"))))
    await work(aclient)
    check(name, spans)
