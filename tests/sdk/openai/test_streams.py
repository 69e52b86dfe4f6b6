"""Streamed chat completions."""

from __future__ import annotations

import json
import threading
from typing import Any

import openai
import pytest
from opentelemetry.trace import StatusCode

import spanbridge
from spanbridge import settings

from .conftest import Spans
from .replies import ASKED, USAGE, call, chunk, hello
from .server import Server


def contents(stream: Any) -> list[Any]:
    return [one.choices[0].delta.content for one in stream if one.choices]


def test_a_stream(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    chunks = [*hello(), chunk(usage=USAGE)]
    server.chat_stream(*chunks)
    stream = client.chat.completions.create(
        model="m", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    assert type(stream) is openai.Stream
    assert contents(stream) == ["", "Hel", "lo", None]
    assert spans.one().status.status_code is StatusCode.OK
    assert spans.chunks() == chunks
    names = [event.name for event in spans.one().events]
    assert names == [f"mlflow.chunk.item.{number}" for number in range(5)]
    attributes = spans.attributes()
    assert attributes["gen_ai.request.stream"] is True
    assert 0 < attributes["gen_ai.response.time_to_first_chunk"] < 60
    assert attributes["gen_ai.usage.input_tokens"] == 20
    assert "spanbridge.stream.stopped_early" not in attributes
    assert spans.json("gen_ai.output.messages") == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "Hello"}],
            "finish_reason": "stop",
        }
    ]


def test_the_chunk_is_recorded_as_it_came(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    text = '{"choices":[],   "new": "Gr\\u00fc\\u00dfe", "number": 1.0}'
    server.stream(text, "[DONE]")
    list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    (event,) = spans.one().events
    assert (event.attributes or {})["mlflow.chunk.value"] == text


def test_time_to_the_first_chunk(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    gate = threading.Event()
    server.chat_stream(*hello()[:1], gate.wait, *hello()[1:])
    stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    next(stream)
    assert spans.all() == []
    threading.Timer(0.3, gate.set).start()
    contents(stream)
    span = spans.one()
    whole = ((span.end_time or 0) - (span.start_time or 0)) / 1e9
    assert spans.attributes()["gen_ai.response.time_to_first_chunk"] < whole - 0.25


def test_choices_and_tool_calls(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(
        chunk({"role": "assistant", "content": "Hel"}, index=0),
        chunk({"tool_calls": [{"index": 0, **call(arguments='{"town"')}]}, index=1),
        chunk({"content": "lo"}, "stop", index=0),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": ':"Ulm"}'}}]}, index=1),
        chunk({}, "tool_calls", index=1),
    )
    list(client.chat.completions.create(model="m", messages=ASKED, stream=True, n=2))
    hi, tool = spans.json("gen_ai.output.messages")
    assert hi["parts"] == [{"type": "text", "content": "Hello"}]
    assert tool["parts"][0]["arguments"] == {"town": "Ulm"}
    assert spans.attributes()["gen_ai.response.finish_reasons"] == ("stop", "tool_calls")


def test_chunks_that_azure_sends(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    filtered = {"choices": [], "id": "", "model": "", "prompt_filter_results": [{"index": 0}]}
    server.chat_stream(filtered, *hello(), chunk(usage=USAGE))
    list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    assert spans.attributes()["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
    assert spans.attributes()["gen_ai.usage.output_tokens"] == 10


def test_as_many_chunk_events_as_wanted(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())
    settings.change(max_chunk_events=3)
    list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    assert len(spans.one().events) == 3
    assert spans.attributes()["spanbridge.stream.dropped_chunk_events"] == 1
    assert "Hello" in spans.attributes()["gen_ai.output.messages"]


def test_the_helper(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())
    with client.chat.completions.stream(model="m", messages=ASKED) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content == "Hello"
    assert spans.one().status.status_code is StatusCode.OK
    assert "omit" not in spans.attributes()["mlflow.spanInputs"].lower()


async def test_the_async_helper(aclient: openai.AsyncOpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())
    async with aclient.chat.completions.stream(model="m", messages=ASKED) as stream:
        final = await stream.get_final_completion()
    assert final.choices[0].message.content == "Hello"
    assert len(spans.chunks()) == 4


async def test_async(aclient: openai.AsyncOpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())
    async with spanbridge.start_span("agent"):
        stream = await aclient.chat.completions.create(model="m", messages=ASKED, stream=True)
        assert type(stream) is openai.AsyncStream
        assert [one.choices[0].delta.content async for one in stream] == ["", "Hel", "lo", None]
    call, agent = spans.all()
    assert call.parent is not None
    assert call.parent.span_id == agent.context.span_id
    assert call.status.status_code is StatusCode.OK


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_events_in_odd_bytes(
    client: openai.OpenAI, server: Server, spans: Spans, ends: str
) -> None:
    text = "".join(f": ping{ends}{ends}data:{json.dumps(c)}{ends}{ends}" for c in hello())
    content = (text + f"data: [DONE]{ends}{ends}").encode()
    server.stream(*[content[at : at + 7] for at in range(0, len(content), 7)])
    stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    assert contents(stream) == ["", "Hel", "lo", None]
    assert spans.chunks() == hello()


def test_a_stream_read_in_another_thread(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())
    with spanbridge.start_span("agent"):
        stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
        reader = threading.Thread(target=lambda: list(stream))
        reader.start()
        reader.join()
    call, agent = spans.all()
    assert call.parent is not None
    assert call.parent.span_id == agent.context.span_id
    assert len(call.events) == 4


def test_many_threads_at_once(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())

    def work(number: int) -> None:
        with spanbridge.start_span(f"agent {number}"):
            model = f"m{number}"
            list(client.chat.completions.create(model=model, messages=ASKED, stream=True))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    agents = {span.context.span_id: span for span in spans.all() if span.name.startswith("agent")}
    calls = [span for span in spans.all() if span.name.startswith("chat")]
    assert len(calls) == 16
    for one in calls:
        assert one.parent is not None
        assert agents[one.parent.span_id].name == one.name.replace("chat m", "agent ")
        assert len(one.events) == 4


def test_json_where_a_stream_was_asked_for(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.reply({"choices": [], "model": "m2"})
    list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    assert spans.attributes()["gen_ai.response.model"] == "m2"
