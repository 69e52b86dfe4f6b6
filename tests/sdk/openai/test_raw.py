"""Raw and streaming responses: the application gets the HTTP response and reads it itself."""

from __future__ import annotations

import json
import pickle
from typing import Any

import httpx
import openai
import pytest
from opentelemetry.trace import StatusCode

from .conftest import Spans
from .replies import ASKED, chunk, completion, hello
from .server import Server

SAID = [{"type": "text", "content": "Hello"}]


def parts(spans: Spans) -> Any:
    return spans.json("gen_ai.output.messages")[0]["parts"]


def test_raw_response(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(completion({"content": "Hello"}), headers={"x-request-id": "req_1"})
    raw = client.chat.completions.with_raw_response.create(model="m", messages=ASKED)
    assert raw.headers["x-request-id"] == "req_1"
    assert parts(spans) == SAID
    assert raw.parse().choices[0].message.content == "Hello"
    assert len(spans.all()) == 1


def test_raw_response_that_is_a_stream(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())
    raw = client.chat.completions.with_raw_response.create(model="m", messages=ASKED, stream=True)
    assert spans.all() == []
    stream = raw.parse()
    assert type(stream) is openai.Stream
    assert len(list(stream)) == 4
    assert parts(spans) == SAID
    assert len(spans.chunks()) == 4


def test_streaming_response_ends_with_its_body(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.reply(completion({"content": "Hello"}))
    with client.chat.completions.with_streaming_response.create(
        model="m", messages=ASKED
    ) as response:
        assert spans.all() == []
        assert response.parse().choices[0].message.content == "Hello"
        assert parts(spans) == SAID
    assert spans.one().status.status_code is StatusCode.OK
    assert spans.attributes()["gen_ai.usage.input_tokens"] == 20


@pytest.mark.parametrize("how", ["iter_lines", "iter_text", "iter_bytes", "read", "json", "text"])
def test_streaming_response_however_it_is_read(
    client: openai.OpenAI, server: Server, spans: Spans, how: str
) -> None:
    server.reply(completion({"content": "Hello"}))
    with client.chat.completions.with_streaming_response.create(
        model="m", messages=ASKED
    ) as response:
        read = getattr(response, how)()
        if how.startswith("iter"):
            list(read)
    assert parts(spans) == SAID


@pytest.mark.parametrize("how", ["iter_lines", "iter_text", "iter_bytes"])
def test_events_read_as_lines(
    client: openai.OpenAI, server: Server, spans: Spans, how: str
) -> None:
    server.chat_stream(*hello())
    with client.chat.completions.with_streaming_response.create(
        model="m", messages=ASKED, stream=True
    ) as response:
        read = list(getattr(response, how)())
    joined = b"".join(read) if how == "iter_bytes" else "".join(read).encode()
    assert joined.count(b"data:") == 5
    assert parts(spans) == SAID


def test_pieces_of_the_size_asked_for(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())
    with client.chat.completions.with_streaming_response.create(
        model="m", messages=ASKED, stream=True
    ) as response:
        *pieces, rest = response.iter_bytes(10)
    assert {len(piece) for piece in pieces} == {10}
    assert len(rest) <= 10
    assert parts(spans) == SAID


def test_streaming_response_left_unread(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.reply(completion({"content": "Hello"}))
    with client.chat.completions.with_streaming_response.create(
        model="m", messages=ASKED
    ) as response:
        assert response.status_code == 200
    assert spans.one().status.status_code is StatusCode.UNSET
    assert spans.attributes()["spanbridge.stream.stopped_early"] is True
    assert "mlflow.spanOutputs" not in spans.attributes()


def test_a_response_is_as_before_when_it_has_been_read(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())
    raw = client.chat.completions.with_raw_response.create(model="m", messages=ASKED, stream=True)
    assert raw.http_response.read().endswith(b"data: [DONE]\n\n")
    again = pickle.loads(pickle.dumps(raw.http_response))
    assert again.read() == raw.http_response.read()
    assert len(list(raw.parse())) == 4
    assert len(spans.all()) == 1


async def test_async_raw_and_streaming(
    aclient: openai.AsyncOpenAI, server: Server, spans: Spans
) -> None:
    server.reply(completion({"content": "Hello"}))
    server.chat_stream(*hello())
    raw = await aclient.chat.completions.with_raw_response.create(model="m", messages=ASKED)
    assert raw.parse().choices[0].message.content == "Hello"
    assert parts(spans) == SAID
    spans.exporter.clear()
    async with aclient.chat.completions.with_streaming_response.create(
        model="m", messages=ASKED, stream=True
    ) as response:
        lines = [line async for line in response.iter_lines() if line]
    assert len(lines) == 5
    assert parts(spans) == SAID
    spans.exporter.clear()
    async with aclient.chat.completions.with_streaming_response.create(
        model="m", messages=ASKED, stream=True
    ) as response:
        assert len([one async for one in await response.parse()]) == 4
    assert parts(spans) == SAID


def test_a_half_event_at_the_end(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    # Some servers leave the last empty line out; the openai package does without it in part.
    server.stream(*hello()[:3], b"data: " + json.dumps(chunk({}, "stop")).encode())
    list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    assert parts(spans) == SAID
    assert spans.attributes()["gen_ai.response.finish_reasons"] == ("stop",)


def test_a_client_of_the_older_httpx(server: Server, spans: Spans, autolog: None) -> None:
    server.reply(completion({"content": "Hello"}))
    server.chat_stream(*hello())
    http: Any = httpx.Client()
    with openai.OpenAI(api_key="k", base_url=server.url, http_client=http) as client:
        client.chat.completions.create(model="m", messages=ASKED)
        stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
        assert len(list(stream)) == 4
    for span in spans.all():
        assert "Hello" in str((span.attributes or {})["gen_ai.output.messages"])
    assert len(spans.all()) == 2
