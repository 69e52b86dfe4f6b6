"""The fake model server, asked by the real client: what other tests rely on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import openai
import pytest
from pydantic import BaseModel

from tests.support.fake_openai import FakeOpenAI

ASK = [{"role": "user", "content": "Weather in Paris?"}]
WEATHER = {
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
TOOLS = [{"type": "function", "function": WEATHER}]


class City(BaseModel):
    name: str
    people: int


@pytest.fixture(scope="module")
def llm() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def client(llm: FakeOpenAI) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=llm.url, api_key="sk-test", max_retries=0) as client:
        yield client


def test_choices_differ_and_streams_say_the_same_as_whole_answers(client: openai.OpenAI) -> None:
    asked = {"model": "gpt-fake", "messages": ASK, "n": 2}
    whole = client.chat.completions.create(**asked)
    texts = ["", ""]
    usage = None
    options = {"include_usage": True}
    for chunk in client.chat.completions.create(**asked, stream=True, stream_options=options):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == [choice.message.content for choice in whole.choices]
    assert texts[0] != texts[1]
    assert usage == whole.usage


def test_the_client_puts_streamed_tool_calls_together(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="gpt-fake", messages=ASK, tools=TOOLS) as stream:
        message = stream.get_final_completion().choices[0].message
    assert json.loads(message.tool_calls[0].function.arguments) == {"city": "Paris"}


def test_structured_output_fits_the_schema(client: openai.OpenAI) -> None:
    chat = client.chat.completions.parse(model="gpt-fake", messages=ASK, response_format=City)
    response = client.responses.parse(model="gpt-fake", input="Paris?", text_format=City)
    assert (
        chat.choices[0].message.parsed == response.output_parsed == City(name="example", people=1)
    )


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("gpt-refusal", "refusal"),
        ("gpt-reasoning", "reasoning_content"),
        ("gpt-audio", "audio"),
    ],
)
def test_models_do_what_their_name_says(client: openai.OpenAI, model: str, field: str) -> None:
    whole = client.chat.completions.create(model=model, messages=ASK)
    assert getattr(whole.choices[0].message, field)
    stream = client.chat.completions.create(model=model, messages=ASK, stream=True)
    assert any(getattr(c.choices[0].delta, field, None) for c in stream)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
    ],
)
def test_errors(client: openai.OpenAI, status: int, error: type[openai.APIStatusError]) -> None:
    with pytest.raises(error):
        client.responses.create(model=f"gpt-err-{status}", input="Hello")


def test_streams_break_or_tell_of_an_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIConnectionError):
        list(client.chat.completions.create(model="gpt-break", messages=ASK, stream=True))
    with pytest.raises(openai.APIError, match="overloaded"):
        list(client.chat.completions.create(model="gpt-midway", messages=ASK, stream=True))


def test_a_header_scripts_a_request(client: openai.OpenAI) -> None:
    script = {"x-fake-script": json.dumps({"words": 4})}
    reply = client.chat.completions.create(model="m", messages=ASK, extra_headers=script)
    assert reply.choices[0].message.content == "word0 word1 word2 word3"


@pytest.mark.parametrize("outcome", ["completed", "incomplete", "failed"])
def test_streams_of_responses_end_as_their_model_says(client: openai.OpenAI, outcome: str) -> None:
    model = "gpt-fake" if outcome == "completed" else f"gpt-{outcome}"
    events = list(client.responses.create(model=model, input="Hello", stream=True))
    assert events[0].type == "response.created"
    assert events[-1].type == f"response.{outcome}"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    whole, last = client.responses.create(model=model, input="Hello"), events[-1].response
    assert (last.status, last.output, last.usage) == (outcome, whole.output, whole.usage)


def test_built_in_tools_and_reasoning_stand_before_the_answer(client: openai.OpenAI) -> None:
    tools = [{"type": "web_search"}, {"type": "code_interpreter", "container": {"type": "auto"}}]
    asked = {"model": "gpt-fake", "input": "Hello", "tools": tools, "reasoning": {"effort": "low"}}
    types = ["reasoning", "web_search_call", "code_interpreter_call", "message"]
    whole = client.responses.create(**asked)
    assert [item.type for item in whole.output] == types
    with client.responses.stream(**asked) as stream:
        assert [item.type for item in stream.get_final_response().output] == types


def test_legacy_completions_embeddings_and_images(client: openai.OpenAI) -> None:
    text = client.completions.create(model="gpt-fake", prompt=["a", "b"], n=2)
    assert [choice.index for choice in text.choices] == [0, 1, 2, 3]
    stream = client.completions.create(model="gpt-fake", prompt="a", stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream) == text.choices[0].text
    vectors = client.embeddings.create(model="emb-fake", input=["a", "b"])
    assert vectors.data[1].embedding == pytest.approx([0.1, 0.2, 0.3, 0.01])
    assert vectors.usage.total_tokens == 6
    assert client.images.generate(model="gpt-image-fake", prompt="a cat").data[0].b64_json


def test_whose_server_it_is_depends_on_the_base_url(llm: FakeOpenAI) -> None:
    ollama = openai.DefaultHttpxClient(proxy=llm.root)
    azure = openai.AzureOpenAI(azure_endpoint=llm.root, api_key="k", api_version="2024-10-21")
    clients = {
        "ollama": openai.OpenAI(
            base_url="http://localhost:11434/v1", api_key="k", http_client=ollama
        ),
        "fireworks": openai.OpenAI(base_url=llm.fireworks_url, api_key="k"),
        "azure": azure,
    }
    chunks = {}
    for name, client in clients.items():
        with client:
            stream = client.chat.completions.create(model="m:1b", messages=ASK, stream=True)
            chunks[name] = list(stream)
        assert (llm.requests[-1].vendor, llm.requests[-1].path) == (name, "/chat/completions")
    assert chunks["ollama"][0].model == "m:1b"
    assert not any(chunk.usage for chunk in chunks["ollama"])
    assert chunks["fireworks"][-1].usage
    assert chunks["azure"][0].choices == []


def test_requests_are_recorded(llm: FakeOpenAI, client: openai.OpenAI) -> None:
    client.responses.create(model="m", input="Hi", extra_headers={"X-Mine": "1"})
    last = llm.requests[-1]
    assert last.headers["x-mine"] == "1"
    assert last.body["input"] == "Hi"
