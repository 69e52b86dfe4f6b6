"""The Responses API."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from opentelemetry.trace import StatusCode
from pydantic import BaseModel

from .conftest import Spans
from .replies import response, said
from .server import Server

THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "A river is meant."}],
}
SEARCH = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "Ulm"},
}
CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "find",
    "arguments": '{"town":"Ulm"}',
    "status": "completed",
}


def events(final: dict[str, Any]) -> list[dict[str, Any]]:
    begun = {**final, "status": "in_progress", "output": [], "usage": None}
    where = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
    steps: list[dict[str, Any]] = [
        {"type": "response.created", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**said(""), "content": []},
        },
        {
            "type": "response.content_part.added",
            **where,
            "part": {"type": "output_text", "text": "", "annotations": []},
        },
        {"type": "response.output_text.delta", **where, "delta": "Hel"},
        {"type": "response.output_text.delta", **where, "delta": "lo"},
        {"type": "response.output_text.done", **where, "text": "Hello"},
        {"type": "response.output_item.done", "output_index": 0, "item": said("Hello")},
        {"type": f"response.{final['status']}", "response": final},
    ]
    return [{**step, "sequence_number": number} for number, step in enumerate(steps)]


def test_a_response(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    body = response(THOUGHT, SEARCH, said("On the Danube."))
    server.reply(body)
    answer = client.responses.create(
        model="gpt-5",
        instructions="Be brief.",
        input="Where is Ulm?",
        reasoning={"effort": "low"},
        tools=[
            {"type": "web_search"},
            {"type": "function", "name": "find", "parameters": {}, "strict": True},
            {"type": "tomorrows_tool"},  # type: ignore[list-item]
            {"no": "tool"},  # type: ignore[list-item]
        ],
    )
    assert answer.output_text == "On the Danube."
    assert spans.one().name == "chat gpt-5"
    attributes = spans.attributes()
    assert attributes["openai.api.type"] == "responses"
    assert attributes["gen_ai.response.model"] == "gpt-5-2025-08-07"
    assert attributes["gen_ai.usage.cache_read.input_tokens"] == 16
    assert attributes["gen_ai.usage.reasoning.output_tokens"] == 5
    assert attributes["gen_ai.request.reasoning.level"] == "low"
    assert attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert spans.json("gen_ai.system_instructions") == [{"type": "text", "content": "Be brief."}]
    assert spans.json("gen_ai.input.messages")[0]["parts"][0]["content"] == "Where is Ulm?"
    (message,) = spans.json("gen_ai.output.messages")
    assert [part["type"] for part in message["parts"]] == ["reasoning", "server_tool_call", "text"]
    tools = [tool["function"]["name"] for tool in spans.json("mlflow.chat.tools")]
    assert tools == ["web_search", "find", "tomorrows_tool"]
    assert spans.json("mlflow.spanOutputs") == body


def test_a_function_call_and_its_answer(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.reply(response(CALL))
    asked: Any = [
        {"role": "user", "content": "Where?"},
        CALL,
        {"type": "function_call_output", "call_id": "call_1", "output": "Danube"},
    ]
    client.responses.create(model="gpt-5", input=asked)
    assert spans.attributes()["gen_ai.response.finish_reasons"] == ("tool_call",)
    roles = [message["role"] for message in spans.json("gen_ai.input.messages")]
    assert roles == ["user", "assistant", "tool"]
    (part,) = spans.json("gen_ai.output.messages")[0]["parts"]
    assert (part["name"], part["arguments"], part["id"]) == ("find", {"town": "Ulm"}, "call_1")


class Town(BaseModel):
    name: str


def test_parse(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(response(said('{"name":"Ulm"}')))
    parsed = client.responses.parse(model="gpt-5", input="x", text_format=Town)
    assert parsed.output_parsed == Town(name="Ulm")
    assert spans.attributes()["gen_ai.output.type"] == "json"


def test_a_failed_response(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(response(status="failed", error={"code": "server_error", "message": "oops"}))
    assert client.responses.create(model="gpt-5", input="x").status == "failed"
    assert spans.one().status.status_code is StatusCode.ERROR
    assert spans.one().status.description == "server_error: oops"
    assert spans.attributes()["error.type"] == "server_error"


def test_an_incomplete_response(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    details = {"reason": "max_output_tokens"}
    server.reply(response(said("On"), status="incomplete", incomplete_details=details))
    client.responses.create(model="gpt-5", input="x", max_output_tokens=16)
    assert spans.one().status.status_code is StatusCode.OK
    assert spans.attributes()["gen_ai.response.finish_reasons"] == ("max_output_tokens",)
    assert spans.json("gen_ai.output.messages")[0]["finish_reason"] == "length"


def test_a_stream(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    final = response(said("Hello"))
    server.stream(*events(final))
    stream = client.responses.create(model="gpt-5", input="x", stream=True)
    assert len(list(stream)) == 8
    assert spans.json("mlflow.spanOutputs") == final
    assert spans.chunks() == events(final)
    assert spans.one().status.status_code is StatusCode.OK
    assert spans.attributes()["gen_ai.usage.input_tokens"] == 30


def test_a_stream_that_fails(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    final = response(status="failed", error={"code": "server_error", "message": "oops"})
    server.stream(*events(final))
    list(client.responses.create(model="gpt-5", input="x", stream=True))
    assert spans.one().status.description == "server_error: oops"


def test_a_stream_stopped_early(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.stream(*events(response(said("Hello"))))
    with client.responses.create(model="gpt-5", input="x", stream=True) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                break
    assert spans.one().status.status_code is StatusCode.UNSET
    assert spans.json("gen_ai.output.messages")[0]["parts"] == [{"type": "text", "content": "Hel"}]


def test_the_helper(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.stream(*events(response(said("Hello"))))
    with client.responses.stream(model="gpt-5", input="x") as stream:
        assert stream.get_final_response().output_text == "Hello"
    assert spans.one().status.status_code is StatusCode.OK
    assert len(spans.chunks()) == 8


@pytest.mark.parametrize("streams", [False, True])
async def test_async(
    aclient: openai.AsyncOpenAI, server: Server, spans: Spans, streams: bool
) -> None:
    final = response(said("Hello"))
    if streams:
        server.stream(*events(final))
        stream = await aclient.responses.create(model="gpt-5", input="x", stream=True)
        assert len([event async for event in stream]) == 8
    else:
        server.reply(final)
        await aclient.responses.create(model="gpt-5", input="x")
    assert spans.json("mlflow.spanOutputs") == final


def test_other_requests_of_the_api(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(response(said("Hello")))
    client.responses.retrieve("resp_1")
    assert spans.all() == []
