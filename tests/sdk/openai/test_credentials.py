from __future__ import annotations

import asyncio
import contextvars
import json
import os

from spanbridge.openai.credentials import HIDDEN, without_credentials
from tests.sdk.openai.conftest import Spans
from tests.sdk.openai.replies import hello, response, said

SECRET = "sk-very-secret"
MCP = {
    "type": "mcp",
    "server_label": "x",
    "server_url": "https://x",
    "authorization": SECRET,
    "headers": {"Authorization": f"Bearer {SECRET}"},
}


def test_what_tools_and_data_sources_carry_to_sign_in_is_hidden():
    search = {"parameters": {"index_name": "i", "authentication": {"key": 1}}}
    found = without_credentials({"model": "m", "tools": [MCP, 3], "data_sources": [search]})
    assert found["tools"] == [{**MCP, "authorization": HIDDEN, "headers": HIDDEN}, 3]
    assert found["data_sources"][0]["parameters"] == {"index_name": "i", "authentication": HIDDEN}


def test_the_parameters_of_a_function_are_its_own():
    schema = {"type": "object", "properties": {"authorization": {"type": "string"}}}
    tool = {"type": "function", "name": "f", "parameters": {**schema, "authorization": "x"}}
    assert without_credentials({"tools": [tool]}) == {"tools": [tool]}
    nested = {"type": "function", "function": {"name": "f", "parameters": schema}}
    assert without_credentials({"tools": [nested]}) == {"tools": [nested]}


def test_no_credential_of_a_tool_is_on_the_span(server, client, spans: Spans):
    server.reply(response(said("done")))
    client.responses.create(model="m", input="hi", tools=[MCP])
    assert SECRET not in json.dumps(dict(spans.one().attributes), default=str)
    assert server.received[0].body["tools"][0]["authorization"] == SECRET


def test_a_forked_child_does_not_end_the_streams_of_its_parent(server, client, spans: Spans):
    server.chat_stream(*hello())
    stream = iter(client.chat.completions.create(model="m", messages=[], stream=True))
    next(stream)
    child = os.fork()
    if child == 0:
        from spanbridge.openai import recorder

        recorder._stop_all()
        os._exit(1 if spans.all() else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    list(stream)
    assert len(spans.all()) == 1


async def test_a_request_may_be_closed_in_another_context(server, aclient, spans: Spans):
    under_way = aclient.chat.completions.create(model="m", messages=[])
    server.stream(lambda: None)
    first_step = contextvars.copy_context().run(asyncio.ensure_future, _until_first_wait(under_way))
    await first_step
    under_way.close()
    assert [span.status.status_code.name for span in spans.all()] == ["ERROR"]


async def _until_first_wait(coroutine):
    coroutine.send(None)
