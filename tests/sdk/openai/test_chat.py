"""Chat completions that come at once."""

from __future__ import annotations

import copy
from typing import Any

import openai
import pytest
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import BaseModel

import spanbridge

from .conftest import Spans
from .replies import ASKED, call, completion
from .server import Server

TOOL: Any = {
    "type": "function",
    "function": {"name": "find", "parameters": {"type": "object", "properties": {}}},
}


def test_a_completion(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    body = completion({"content": "On the Danube."})
    server.reply(body)
    messages: Any = [{"role": "system", "content": "Be brief."}, *ASKED]
    said = client.chat.completions.create(model="gpt-4o-mini", messages=messages, temperature=0.5)
    assert said.choices[0].message.content == "On the Danube."
    span = spans.one()
    assert (span.name, span.kind) == ("chat gpt-4o-mini", SpanKind.CLIENT)
    assert span.status.status_code is StatusCode.OK
    assert spans.json("mlflow.spanOutputs") == body
    assert spans.json("mlflow.spanInputs") == {
        "model": "gpt-4o-mini",
        "messages": messages,
        "temperature": 0.5,
    }
    assert spans.json("gen_ai.input.messages") == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "Where is Ulm?"}]},
    ]
    attributes = spans.attributes()
    assert attributes["gen_ai.usage.cache_read.input_tokens"] == 8
    assert attributes["gen_ai.usage.reasoning.output_tokens"] == 4
    assert attributes["server.address"] == "127.0.0.1"
    assert attributes["http.response.status_code"] == 200
    assert spans.json("mlflow.chat.tokenUsage") == {
        "input_tokens": 20,
        "output_tokens": 10,
        "total_tokens": 30,
        "cache_read_input_tokens": 8,
        "reasoning_tokens": 4,
    }


def test_a_list_that_changes_afterwards(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.stream(*[{"choices": [{"index": 0, "delta": {"content": "x"}}]}], "[DONE]")
    messages: Any = copy.deepcopy(ASKED)
    stream = client.chat.completions.create(model="m", messages=messages, stream=True)
    messages[0]["content"] = "changed"
    messages.append({"role": "user", "content": "more"})
    list(stream)
    assert len(spans.json("gen_ai.input.messages")) == 1
    assert "changed" not in spans.attributes()["mlflow.spanInputs"]


def test_tools(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(completion({"tool_calls": [call()]}, finish="tool_calls"))
    unknown: Any = {"type": "tomorrows_tool"}
    broken: Any = {"type": "function"}
    client.chat.completions.create(model="m", messages=ASKED, tools=[TOOL, unknown, broken])
    assert [tool["function"]["name"] for tool in spans.json("mlflow.chat.tools")] == [
        "find",
        "tomorrows_tool",
    ]
    assert spans.json("gen_ai.tool.definitions")[0]["name"] == "find"
    (message,) = spans.json("gen_ai.output.messages")
    assert message == {
        "role": "assistant",
        "parts": [
            {"type": "tool_call", "id": "call_1", "name": "find", "arguments": {"town": "Ulm"}}
        ],
        "finish_reason": "tool_call",
    }
    assert spans.attributes()["gen_ai.response.finish_reasons"] == ("tool_calls",)


def test_each_choice_is_a_message(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(completion({"content": "a"}, {"content": "b"}))
    client.chat.completions.create(model="m", messages=ASKED, n=2)
    said = [message["parts"][0]["content"] for message in spans.json("gen_ai.output.messages")]
    assert said == ["a", "b"]
    assert spans.attributes()["gen_ai.request.choice.count"] == 2


def test_refusal_audio_reasoning_annotations_and_log_probabilities(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    citation = {"type": "url_citation", "url_citation": {"url": "https://example.com"}}
    messages = [
        {"refusal": "I will not."},
        {"audio": {"id": "audio_1", "data": "AAAA", "transcript": "Hey", "expires_at": 1}},
        {"content": "So.", "reasoning_content": "Hm", "annotations": [citation]},
    ]
    body = completion(*messages)
    body["choices"][2]["logprobs"] = {"content": [{"token": "So", "logprob": -0.5}]}
    server.reply(body)
    client.chat.completions.create(model="m", messages=ASKED, logprobs=True)
    assert spans.json("mlflow.spanOutputs") == body
    parts = [message["parts"] for message in spans.json("gen_ai.output.messages")]
    assert parts[0] == [{"type": "text", "content": "I will not."}]
    assert [part["type"] for part in parts[1]] == ["text", "blob"]
    assert parts[2] == [
        {"type": "reasoning", "content": "Hm"},
        {"type": "text", "content": "So."},
    ]


class Town(BaseModel):
    name: str


def test_parse(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(completion({"content": '{"name": "Ulm"}'}))
    parsed = client.chat.completions.parse(model="m", messages=ASKED, response_format=Town)
    assert parsed.choices[0].message.parsed == Town(name="Ulm")
    assert spans.attributes()["gen_ai.output.type"] == "json"
    schema = spans.json("mlflow.spanInputs")["response_format"]["json_schema"]
    assert schema["name"] == "Town"
    assert "parsed" not in spans.attributes()["mlflow.spanOutputs"]


def test_what_parse_refuses_keeps_its_answer(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    server.reply(completion({"content": '{"na'}, finish="length"))
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(model="m", messages=ASKED, response_format=Town)
    span = spans.one()
    assert span.status.status_code is StatusCode.ERROR
    assert spans.attributes()["error.type"] == "openai.LengthFinishReasonError"
    assert spans.attributes()["gen_ai.usage.output_tokens"] == 10


def test_extra_body_and_no_sentinels(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(completion({"content": "x"}))
    client.chat.completions.create(
        model="m", messages=ASKED, temperature=openai.NOT_GIVEN, extra_body={"top_k": 3}
    )
    assert spans.json("mlflow.spanInputs") == server.received[0].body
    assert spans.attributes()["gen_ai.request.top_k"] == 3


def test_the_module_itself_is_a_client(
    server: Server, spans: Spans, autolog: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reply(completion({"content": "x"}))
    monkeypatch.setattr(openai, "api_key", "key")
    monkeypatch.setattr(openai, "base_url", server.url)
    openai.chat.completions.create(model="m", messages=ASKED)
    assert spans.one().name == "chat m"


def test_below_the_current_span(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(completion({"content": "x"}))
    with spanbridge.start_span("agent"):
        client.chat.completions.create(model="m", messages=ASKED)
        client.with_options(timeout=5).chat.completions.create(model="m", messages=ASKED)
    *calls, agent = spans.all()
    assert {span.parent.span_id for span in calls if span.parent} == {agent.context.span_id}


def test_azure(server: Server, spans: Spans, autolog: None) -> None:
    server.reply(completion({"content": "x"}))
    with openai.AzureOpenAI(
        api_key="key", api_version="2024-10-21", azure_endpoint=server.url.removesuffix("/v1")
    ) as client:
        client.chat.completions.create(model="my-deployment", messages=ASKED)
    assert server.received[0].path.startswith("/openai/deployments/my-deployment/chat/completions")
    attributes = spans.attributes()
    assert attributes["gen_ai.provider.name"] == "azure.ai.openai"
    assert attributes["gen_ai.request.model"] == "my-deployment"
    assert spans.json("mlflow.llm.provider") == "azure"


def test_a_request_sent_without_the_helpers(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    body = completion({"content": "x"})
    server.reply(body)
    answer = client.post("/chat/completions", cast_to=object, body={"model": "m", "messages": []})
    assert answer == body
    assert spans.json("mlflow.spanOutputs") == body


def test_other_requests_have_no_span(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply({"object": "list", "data": []})
    assert client.models.list().data == []
    assert spans.all() == []


async def test_async(aclient: openai.AsyncOpenAI, server: Server, spans: Spans) -> None:
    server.reply(completion({"content": "x"}))
    async with spanbridge.start_span("agent"):
        await aclient.chat.completions.create(model="m", messages=ASKED)
        await aclient.chat.completions.parse(model="m", messages=ASKED)
    *calls, agent = spans.all()
    assert [span.name for span in calls] == ["chat m", "chat m"]
    assert {span.parent.span_id for span in calls if span.parent} == {agent.context.span_id}
