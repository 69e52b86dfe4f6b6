"""Calls of every kind, with whatever version of the package is there; prints the spans.

Run by ``test_versions`` in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import spanbridge.openai
from tests.sdk.openai.replies import ASKED, USAGE, chunk, completion, hello, response, said
from tests.sdk.openai.server import Server, running
from tests.sdk.openai.test_other_endpoints import vectors


def work(client: Any, server: Server) -> None:
    ask: Any = {"model": "m", "messages": ASKED}
    server.reply(completion({"content": "Hello"}))
    server.chat_stream(*hello(), chunk(usage=USAGE))
    server.chat_stream(*hello(), chunk(usage=USAGE))
    server.chat_stream(*hello(), chunk(usage=USAGE))
    server.chat_stream(*hello())
    server.reply(vectors((0.5, 0.25)))
    server.reply({"error": {"message": "too much"}}, status=429)
    client.chat.completions.create(**ask)
    assert len(list(client.chat.completions.create(**ask, stream=True))) == 4
    raw = client.chat.completions.with_raw_response.create(**ask, stream=True)
    assert len(list(raw.parse())) == 4
    streaming = client.chat.completions.with_streaming_response.create(**ask, stream=True)
    with streaming as answer:
        assert len(list(answer.iter_lines())) > 4
    with client.chat.completions.create(**ask, stream=True) as stream:
        next(stream)
    client.embeddings.create(model="m", input="a")
    try:
        client.chat.completions.create(**ask)
    except openai.RateLimitError:
        server.replies = []
    if hasattr(client, "responses"):
        server.reply(response(said("Hello")))
        client.responses.create(model="m", input="x")


async def work_async(client: Any, server: Server) -> None:
    server.replies = []
    server.chat_stream(*hello())
    stream = await client.chat.completions.create(model="m", messages=ASKED, stream=True)
    assert len([one async for one in stream]) == 4
    await client.close()


def main() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    spanbridge.openai.autolog(request_stream_usage=True)
    with running() as server:
        how: Any = {"api_key": "k", "base_url": server.url, "max_retries": 0}
        with openai.OpenAI(**how) as client:
            work(client, server)
        asyncio.run(work_async(openai.AsyncOpenAI(**how), server))
    spans = [
        {
            "name": span.name,
            "status": span.status.status_code.name,
            "chunks": len([one for one in span.events if one.name.startswith("mlflow.")]),
            "output_tokens": (span.attributes or {}).get("gen_ai.usage.output_tokens"),
            "said": "Hello" in str((span.attributes or {}).get("gen_ai.output.messages")),
        }
        for span in exporter.get_finished_spans()
    ]
    print(json.dumps({"version": openai.__version__, "spans": spans}))


if __name__ == "__main__":
    main()
