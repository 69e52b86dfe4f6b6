"""Calls that fail, are cancelled, or whose answer nobody reads to its end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from typing import Any

import openai
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from .conftest import Spans
from .replies import ASKED, chunk, completion, hello
from .server import Server

EARLY = "spanbridge.stream.stopped_early"


def exception(span: ReadableSpan) -> dict[str, Any]:
    (event,) = [event for event in span.events if event.name == "exception"]
    return dict(event.attributes or {})


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, "BadRequestError"), (429, "RateLimitError"), (500, "InternalServerError")],
)
def test_an_error_of_http(
    client: openai.OpenAI, server: Server, spans: Spans, status: int, error: str
) -> None:
    server.reply({"error": {"message": "too much", "type": "t", "code": "c"}}, status=status)
    with pytest.raises(openai.APIStatusError):
        client.chat.completions.create(model="m", messages=ASKED)
    span = spans.one()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is not None
    assert "too much" in span.status.description
    attributes = spans.attributes()
    assert attributes["error.type"] == f"openai.{error}"
    assert attributes["http.response.status_code"] == status
    assert exception(span)["exception.type"] == f"openai.{error}"
    assert "Where is Ulm?" in attributes["gen_ai.input.messages"]


def test_no_connection(server: Server, spans: Spans, autolog: None) -> None:
    with (
        openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1", max_retries=0) as client,
        pytest.raises(openai.APIConnectionError),
    ):
        client.chat.completions.create(model="m", messages=ASKED)
    assert spans.attributes()["error.type"] == "openai.APIConnectionError"
    assert spans.attributes()["server.port"] == 9


def test_retries_are_one_call(server: Server, spans: Spans, autolog: None) -> None:
    again = {"retry-after-ms": "1"}
    server.reply({}, status=503, headers=again)
    server.reply({}, status=503, headers=again)
    server.reply(completion({"content": "x"}))
    with openai.OpenAI(api_key="k", base_url=server.url, max_retries=2) as client:
        client.chat.completions.create(model="m", messages=ASKED)
    assert len(server.received) == 3
    assert spans.one().status.status_code is StatusCode.OK
    assert spans.attributes()["http.request.resend_count"] == 2


def test_an_error_in_the_stream(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.stream(*hello()[:2], {"error": {"message": "overloaded", "code": "server_error"}})
    with pytest.raises(openai.APIError, match="overloaded"):
        list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    span = spans.one()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "server_error: overloaded"
    assert spans.attributes()["error.type"] == "server_error"
    assert EARLY not in spans.attributes()
    assert "Hel" in spans.attributes()["gen_ai.output.messages"]


def test_a_connection_that_breaks_in_the_stream(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.stream(*hello()[:2], cut=True)
    with pytest.raises(Exception, match=r".") as raised:
        list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    span = spans.one()
    assert span.status.status_code is StatusCode.ERROR
    assert exception(span)["exception.type"].endswith("RemoteProtocolError")
    assert "RemoteProtocolError" in repr([raised.value, raised.value.__cause__])
    assert "Hel" in spans.attributes()["gen_ai.output.messages"]


def test_a_stream_that_is_no_json(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.stream(*hello()[:2], "{broken")
    with pytest.raises(ValueError, match="Expecting"):
        list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    assert spans.one().status.status_code is StatusCode.ERROR
    assert spans.attributes()["error.type"].endswith("JSONDecodeError")


def test_what_the_application_does_wrong_is_not_the_calls_fault(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())

    def work() -> None:
        with client.chat.completions.create(model="m", messages=ASKED, stream=True) as stream:
            for _ in stream:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert spans.one().status.status_code is StatusCode.UNSET
    assert spans.attributes()[EARLY] is True


def assert_stopped_early(spans: Spans, seen: int) -> None:
    span = spans.one()
    assert span.status.status_code is StatusCode.UNSET
    assert spans.attributes()[EARLY] is True
    assert len(spans.chunks()) == seen


def test_closed_early(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())
    stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    next(stream)
    next(stream)
    stream.close()
    assert_stopped_early(spans, 2)
    assert spans.json("mlflow.spanOutputs")["choices"][0]["message"]["content"] == "Hel"
    assert stream.response.is_closed
    stream.close()
    assert len(spans.all()) == 1


def test_left_by_break(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())
    with client.chat.completions.create(model="m", messages=ASKED, stream=True) as stream:
        for _ in stream:
            break
    assert_stopped_early(spans, 1)


def test_stopped_after_the_last_word_is_complete(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())
    with client.chat.completions.create(model="m", messages=ASKED, stream=True) as stream:
        for one in stream:
            if one.choices[0].finish_reason is not None:
                break
    assert spans.one().status.status_code is StatusCode.OK
    assert EARLY not in spans.attributes()


@pytest.mark.parametrize("seen", [0, 1, 3])
def test_forgotten(client: openai.OpenAI, server: Server, spans: Spans, seen: int) -> None:
    server.chat_stream(*hello())
    stream: Any = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    for _ in range(seen):
        next(stream)
    assert spans.all() == []
    del stream
    gc.collect()
    assert_stopped_early(spans, seen)


def test_a_raw_stream_forgotten_before_it_was_parsed(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())
    client.chat.completions.with_raw_response.create(model="m", messages=ASKED, stream=True)
    gc.collect()
    assert_stopped_early(spans, 0)


async def test_async_closed_early(
    aclient: openai.AsyncOpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())
    stream = await aclient.chat.completions.create(model="m", messages=ASKED, stream=True)
    await anext(stream)
    await stream.close()
    assert_stopped_early(spans, 1)


async def test_async_left_by_break(
    aclient: openai.AsyncOpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())
    async with await aclient.chat.completions.create(
        model="m", messages=ASKED, stream=True
    ) as stream:
        async for _ in stream:
            break
    assert_stopped_early(spans, 1)


async def test_cancelled_before_the_answer(
    aclient: openai.AsyncOpenAI, server: Server, spans: Spans
) -> None:
    gate = threading.Event()
    server.stream(gate.wait, *hello())
    # The status line comes with the first chunk's headers; the wait is for the first chunk.
    stream = await aclient.chat.completions.create(model="m", messages=ASKED, stream=True)
    task = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    span = spans.one()
    assert span.status.status_code is StatusCode.ERROR
    assert spans.attributes()["error.type"] == "asyncio.exceptions.CancelledError"


async def test_cancelled_while_the_request_is_under_way(
    aclient: openai.AsyncOpenAI, spans: Spans
) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.close()

    gate = asyncio.Event()
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        quiet = aclient.with_options(base_url=f"http://127.0.0.1:{port}/v1")
        task = asyncio.ensure_future(quiet.chat.completions.create(model="m", messages=ASKED))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
    assert spans.one().status.status_code is StatusCode.ERROR
    assert spans.attributes()["error.type"] == "asyncio.exceptions.CancelledError"


async def test_read_in_another_task(
    aclient: openai.AsyncOpenAI, server: Server, spans: Spans
) -> None:
    server.chat_stream(*hello())
    stream = await aclient.chat.completions.create(model="m", messages=ASKED, stream=True)

    async def read() -> int:
        return len([one async for one in stream])

    assert await asyncio.create_task(read()) == 4
    assert spans.one().status.status_code is StatusCode.OK


def test_closed_by_another_thread(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    gate = threading.Event()
    server.stream(chunk({"content": "a"}), lambda: gate.wait(5), chunk({"content": "b"}))
    stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    next(stream)
    closer = threading.Thread(target=stream.close)
    closer.start()
    gate.set()
    with contextlib.suppress(Exception):  # whether the reader notices is httpx's to say
        list(stream)
    closer.join()
    gc.collect()
    assert len(spans.all()) == 1
