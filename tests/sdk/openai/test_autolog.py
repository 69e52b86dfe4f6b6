"""Turning it on and off, and what it may change about requests."""

from __future__ import annotations

import logging
import os
from typing import Any

import openai
import pytest
from openai._base_client import AsyncAPIClient, SyncAPIClient

import spanbridge.openai
from spanbridge import autologging
from spanbridge.openai.patching import PATCH

from .conftest import Spans
from .replies import ASKED, USAGE, chunk, completion, hello
from .server import Server

METHODS = ("request", "_process_response")


def installed() -> list[Any]:
    return [getattr(cls, name) for cls in (SyncAPIClient, AsyncAPIClient) for name in METHODS]


def test_on_and_off() -> None:
    before = installed()
    spanbridge.openai.autolog()
    once = installed()
    spanbridge.openai.autolog()
    assert installed() == once
    assert not set(once) & set(before)
    spanbridge.openai.autolog(disable=True)
    assert installed() == before
    spanbridge.openai.autolog(disable=True)
    assert installed() == before
    spanbridge.openai.autolog(log_traces=False)
    assert installed() == before


def test_autolog_of_everything_that_is_installed() -> None:
    before = installed()
    autologging.autolog()
    assert not set(installed()) & set(before)
    autologging.autolog(disable=True)
    assert installed() == before


def test_what_is_not_installed_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autologging, "_INTEGRATIONS", {"no_such_library": "no.such.module"})
    autologging.autolog()


def test_off_in_the_middle_of_a_stream(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(*hello())
    stream = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    next(stream)
    spanbridge.openai.autolog(disable=True)
    assert len(list(stream)) == 3
    list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    assert len(spans.one().events) == 4


@pytest.mark.parametrize("name", METHODS)
def test_a_package_of_another_kind(
    server: Server,
    spans: Spans,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    original = getattr(SyncAPIClient, name)
    monkeypatch.delattr(SyncAPIClient, name)
    with caplog.at_level(logging.WARNING):
        spanbridge.openai.autolog(silent=True)
        assert caplog.records == []
        spanbridge.openai.autolog()
    assert "not recorded" in caplog.text
    assert name in caplog.text
    monkeypatch.setattr(SyncAPIClient, name, original, raising=False)
    server.reply(completion({"content": "x"}))
    with openai.OpenAI(api_key="k", base_url=server.url) as client:
        client.chat.completions.create(model="m", messages=ASKED)
    assert spans.all() == []


def test_usage_of_streams_on_request(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    spanbridge.openai.autolog(request_stream_usage=True)
    server.chat_stream(*hello(), chunk(usage=USAGE))
    chunks = list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    assert len(chunks) == 4
    assert server.received[0].body["stream_options"] == {"include_usage": True}
    assert spans.attributes()["gen_ai.usage.input_tokens"] == 20
    assert len(spans.chunks()) == 4


@pytest.mark.parametrize("include", [True, False])
def test_who_says_something_about_usage_gets_it_so(
    client: openai.OpenAI, server: Server, spans: Spans, include: bool
) -> None:
    spanbridge.openai.autolog(request_stream_usage=True)
    server.chat_stream(*hello(), chunk(usage=USAGE))
    chunks = list(
        client.chat.completions.create(
            model="m", messages=ASKED, stream=True, stream_options={"include_usage": include}
        )
    )
    assert len(chunks) == 5
    assert server.received[0].body["stream_options"] == {"include_usage": include}


def test_usage_in_a_chunk_with_choices_is_not_hidden(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    spanbridge.openai.autolog(request_stream_usage=True)
    server.chat_stream(*hello()[:3], chunk({}, "stop", usage=USAGE))
    assert len(list(client.chat.completions.create(model="m", messages=ASKED, stream=True))) == 4


async def test_other_stream_options_stay(
    aclient: openai.AsyncOpenAI, server: Server, spans: Spans
) -> None:
    spanbridge.openai.autolog(request_stream_usage=True)
    server.chat_stream(*hello(), chunk(usage=USAGE))
    options: Any = {"include_obfuscation": False}
    stream = await aclient.chat.completions.create(
        model="m", messages=ASKED, stream=True, stream_options=options
    )
    assert len([one async for one in stream]) == 4
    sent = server.received[0].body["stream_options"]
    assert sent == {"include_obfuscation": False, "include_usage": True}
    assert options == {"include_obfuscation": False}


def test_only_streams_are_asked(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    spanbridge.openai.autolog(request_stream_usage=True)
    server.reply(completion({"content": "x"}))
    client.chat.completions.create(model="m", messages=ASKED)
    assert "stream_options" not in server.received[0].body


def test_no_trace_context_is_sent_unless_asked(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.reply(completion({"content": "x"}))
    client.chat.completions.create(model="m", messages=ASKED)
    assert "traceparent" not in {name.lower() for name in server.received[0].headers}


def test_trace_context_on_request(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    spanbridge.openai.autolog(propagate_trace_context=True)
    server.reply(completion({"content": "x"}))
    client.chat.completions.create(model="m", messages=ASKED, extra_headers={"x-mine": "1"})
    headers = {name.lower(): value for name, value in server.received[0].headers.items()}
    context = spans.one().context
    assert headers["traceparent"][3:52] == f"{context.trace_id:032x}-{context.span_id:016x}"
    assert headers["x-mine"] == "1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_that_is_forked_while_another_thread_patches_can_patch() -> None:
    with PATCH._lock:
        if (pid := os.fork()) == 0:
            free = PATCH._lock.acquire(timeout=5)
            os._exit(0 if free else 1)
    assert os.waitpid(pid, 0)[1] == 0
