from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from spanbridge_ingest.demo.fake_llm import FakeLLM

WEATHER = {
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer"},
            "unit": {"enum": ["celsius", "fahrenheit"]},
        },
    },
}
CHAT_TOOLS = [{"type": "function", "function": WEATHER}]
ASK = [{"role": "user", "content": "Weather in Paris?"}]


@pytest.fixture(scope="module")
def llm() -> Iterator[httpx.Client]:
    with FakeLLM() as server, httpx.Client(base_url=server.url) as client:
        yield client


def chat(llm: httpx.Client, **body: Any) -> Any:
    answer = llm.post("/chat/completions", json={"model": "gpt-fake", "messages": ASK, **body})
    assert answer.status_code == 200
    return answer.json()


def events(answer: httpx.Response) -> list[Any]:
    assert answer.headers["content-type"] == "text/event-stream"
    data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    return [json.loads(item) for item in data if item != "[DONE]"]


def test_a_plain_question_gets_a_fixed_answer_and_usage(llm: httpx.Client) -> None:
    reply = chat(llm)
    assert reply["model"] == "gpt-fake-2026-01-01"
    assert reply["choices"][0]["message"]["content"] == "Hello from the fake model."
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert reply["usage"]["prompt_tokens"] == 23
    assert reply["usage"]["total_tokens"] == 34
    assert reply["usage"]["prompt_tokens_details"] == {"cached_tokens": 8}
    assert reply["usage"]["completion_tokens_details"] == {"reasoning_tokens": 4}
    assert chat(llm) == reply


def test_tools_are_called_first_with_arguments_that_fit_their_schema(llm: httpx.Client) -> None:
    reply = chat(llm, tools=CHAT_TOOLS)
    choice = reply["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "get_weather"
    arguments = json.loads(call["function"]["arguments"])
    assert arguments == {"city": "Paris", "days": 1, "unit": "celsius"}


def test_a_tool_result_is_answered_in_words(llm: httpx.Client) -> None:
    first = chat(llm, tools=CHAT_TOOLS)
    result = {"role": "tool", "tool_call_id": "call_fake0001", "content": "21 C"}
    messages = [*ASK, first["choices"][0]["message"], result]
    reply = chat(llm, tools=CHAT_TOOLS, messages=messages)
    assert "21 C" in reply["choices"][0]["message"]["content"]
    assert reply["usage"]["prompt_tokens_details"]["cached_tokens"] == 64
    assert reply["id"] != first["id"]


def test_tool_choice_and_parallel_calls_are_obeyed(llm: httpx.Client) -> None:
    other = {"type": "function", "function": {"name": "other"}}
    tools = [*CHAT_TOOLS, other]

    def called(**body: Any) -> list[str]:
        message = chat(llm, tools=tools, **body)["choices"][0]["message"]
        return [call["function"]["name"] for call in message.get("tool_calls", ())]

    assert called() == ["get_weather", "other"]
    assert called(parallel_tool_calls=False) == ["get_weather"]
    assert called(tool_choice="none") == []
    assert called(tool_choice={"type": "function", "function": {"name": "other"}}) == ["other"]


def test_a_stream_says_the_same_as_a_whole_answer(llm: httpx.Client) -> None:
    body = {"model": "gpt-fake", "messages": ASK, "stream": True}
    body["stream_options"] = {"include_usage": True}
    answer = llm.post("/chat/completions", json=body)
    chunks = events(answer)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert "".join(d.get("content", "") for d in deltas) == "Hello from the fake model."
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"] == chat(llm)["usage"]
    assert answer.text.endswith("data: [DONE]\n\n")
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_a_stream_without_usage_has_none(llm: httpx.Client) -> None:
    body = {"model": "gpt-fake", "messages": ASK, "stream": True, "tools": CHAT_TOOLS}
    chunks = events(llm.post("/chat/completions", json=body))
    assert not any("usage" in chunk for chunk in chunks)
    call = chunks[1]["choices"][0]["delta"]["tool_calls"][0]
    assert call["function"]["name"] == "get_weather"


def test_responses_answer_whole_streamed_and_with_tools(llm: httpx.Client) -> None:
    body: dict[str, Any] = {"model": "gpt-fake", "input": "Say hello."}
    whole = llm.post("/responses", json=body).json()
    assert whole["output"][0]["content"][0]["text"] == "Hello from the fake model."
    assert whole["usage"]["input_tokens_details"] == {"cached_tokens": 8}
    stream = events(llm.post("/responses", json={**body, "stream": True}))
    assert stream[0]["type"] == "response.created"
    assert stream[-1]["type"] == "response.completed"
    assert stream[-1]["response"]["output"] == whole["output"]
    body["tools"] = [{"type": "function", **WEATHER}]
    body["input"] = [{"role": "user", "content": [{"type": "input_text", "text": "In Paris?"}]}]
    (call,) = llm.post("/responses", json=body).json()["output"]
    assert call["type"] == "function_call"
    assert json.loads(call["arguments"])["city"] == "Paris"
    body["input"] += [call, {"type": "function_call_output", "call_id": "x", "output": "21 C"}]
    (message,) = llm.post("/responses", json=body).json()["output"]
    assert "21 C" in message["content"][0]["text"]


def test_embeddings_count_their_inputs(llm: httpx.Client) -> None:
    body = {"model": "emb-fake", "input": ["alpha", "beta"]}
    reply = llm.post("/embeddings", json=body).json()
    assert [len(item["embedding"]) for item in reply["data"]] == [4, 4]
    assert reply["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert len(llm.post("/embeddings", json={**body, "input": "one"}).json()["data"]) == 1


@pytest.mark.parametrize(
    ("model", "status", "kind"),
    [
        ("gpt-err-429", 429, "rate_limit_error"),
        ("gpt-err-500", 500, "server_error"),
        ("gpt-err-401", 401, "invalid_request_error"),
    ],
)
def test_a_failing_model_fails(llm: httpx.Client, model: str, status: int, kind: str) -> None:
    answer = llm.post("/chat/completions", json={"model": model, "messages": ASK})
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == kind


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"model":"m"}', b'{"model":"m","messages":3}']
)
def test_nonsense_is_refused_and_the_connection_goes_on(llm: httpx.Client, body: bytes) -> None:
    assert llm.post("/chat/completions", content=body).status_code == 400
    assert chat(llm)["choices"]


def test_unknown_paths_are_not_found_and_models_are_listed(llm: httpx.Client) -> None:
    assert llm.post("/images", json={"model": "m"}).status_code == 404
    assert llm.get("/nothing").status_code == 404
    assert llm.get("/models").json()["data"][0]["id"] == "gpt-fake"
