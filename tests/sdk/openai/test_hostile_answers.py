"""Answers that no server should give: the application gets them as they are, and a span ends."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

import spanbridge
from spanbridge.openai.credentials import HIDDEN, without_credentials
from spanbridge.openai.reduce_chat import CompletionReducer
from spanbridge.openai.responses import failure_of
from spanbridge.openai.sse import Splitter
from tests.sdk.openai.conftest import Spans
from tests.sdk.openai.replies import chunk

DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
SECRET = "sk-very-secret"


def test_a_body_that_is_too_deep_ends_its_span(server, client, spans: Spans):
    server.stream(DEEP, headers={"content-type": "application/json"})
    with pytest.raises(RecursionError):
        client.chat.completions.create(model="m", messages=[])
    assert spans.attributes()["error.type"] == "RecursionError"


def test_an_event_that_is_too_deep_ends_its_span(server, client, spans: Spans, caplog):
    server.stream(b"data: " + DEEP + b"\n\n")
    with pytest.raises(RecursionError):
        list(client.chat.completions.create(model="m", messages=[], stream=True))
    assert spans.one().name == "chat m"
    assert "please report it" not in caplog.text


@pytest.mark.parametrize("odd", [{1, 2}, object(), "\ud800", b"x"])
def test_a_redaction_hook_may_return_anything(server, client, spans: Spans, odd: Any, caplog):
    server.chat_stream(chunk({"content": "Hello"}), chunk({}, "stop"))
    with spanbridge.tracing.configure(redact=lambda value, what: odd if what == "chunk" else value):
        list(client.chat.completions.create(model="m", messages=[], stream=True))
    assert spans.json("mlflow.spanOutputs")["choices"][0]["message"]["content"] == "Hello"
    assert "Hello" not in json.dumps(spans.chunks())
    assert "please report it" not in caplog.text


def test_pieces_of_tool_calls_of_wrong_types():
    reducer = CompletionReducer()
    for piece in (
        {"id": ["no", "text"], "function": "no object"},
        {"index": 1, "function": "no object"},
        {"index": 1, "function": {"name": "f", "arguments": "{}"}},
    ):
        reducer.add(chunk({"tool_calls": [piece]}))
    calls = reducer.body()["choices"][0]["message"]["tool_calls"]
    assert calls[1]["function"] == {"name": "f", "arguments": "{}"}


def test_a_kind_of_failure_is_a_word():
    said = {"error": {"code": {"prompt": SECRET}, "type": "invalid", "message": "no"}}
    failure = failure_of(said)
    assert failure is not None
    assert failure.type == "invalid"


def test_an_event_in_many_pieces_takes_no_longer_than_it_is_long():
    splitter = Splitter()
    began = time.process_time()
    splitter.feed(b"data: ")
    for _ in range(1000):
        assert splitter.feed(b"x" * 65536) == []
    (event,) = splitter.feed(b"\n\n")
    assert len(event.data) == 65_536_000
    # Copying what is held with every piece takes more than 10 s.
    assert time.process_time() - began < 5


def test_credentials_within_parameters_and_addresses():
    dependency = {"type": "endpoint", "authentication": {"key": SECRET}}
    source = {"parameters": {"index_name": "i", "embedding_dependency": dependency}}
    tool = {"type": "mcp", "server_url": f"https://me:{SECRET}@x.y/mcp?key={SECRET}"}
    group = {"type": "namespace", "tools": [{"type": "mcp", "authorization": SECRET}]}
    found = without_credentials({"tools": [tool, group], "data_sources": [source]})
    assert SECRET not in json.dumps(found)
    assert found["tools"][0]["server_url"] == f"https://x.y/mcp?{HIDDEN}"


def test_no_credential_is_in_the_events_of_a_stream(server, client, spans: Spans):
    tool = {"type": "mcp", "server_label": "x", "headers": {"Authorization": SECRET}}
    response = {"id": "r", "object": "response", "output": [], "model": "m", "tools": [tool]}
    server.stream({"type": "response.created", "response": response})
    list(client.responses.create(model="m", input="hi", stream=True))
    assert SECRET not in spans.one().to_json()
    assert spans.chunks()[0]["response"]["tools"][0]["headers"] == HIDDEN
