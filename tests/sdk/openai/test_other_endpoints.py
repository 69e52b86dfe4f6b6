"""Legacy completions, embeddings and images."""

from __future__ import annotations

import base64
import struct
from typing import Any

import openai
import pytest
from opentelemetry.trace import StatusCode

from .conftest import Spans
from .server import Server

USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


def text(piece: str, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "text": piece, "finish_reason": finish, "logprobs": None}
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1,
        "model": "gpt-3.5-turbo-instruct",
        "choices": [choice],
        **more,
    }


def test_legacy_completion(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(text("Hello", "stop", usage=USAGE))
    client.completions.create(model="gpt-3.5-turbo-instruct", prompt="Say", max_tokens=5)
    attributes = spans.attributes()
    assert spans.one().name == "text_completion gpt-3.5-turbo-instruct"
    assert attributes["mlflow.spanType"] == '"LLM"'
    assert attributes["gen_ai.usage.output_tokens"] == 2
    assert attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert spans.json("gen_ai.input.messages") == [
        {"role": "user", "parts": [{"type": "text", "content": "Say"}]}
    ]
    assert spans.json("gen_ai.output.messages") == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "Hello"}],
            "finish_reason": "stop",
        }
    ]


def test_legacy_completion_streamed(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.chat_stream(text("Hel"), text("lo", "stop"), {**text(""), "choices": [], "usage": USAGE})
    stream = client.completions.create(
        model="m", prompt="Say", stream=True, stream_options={"include_usage": True}
    )
    assert "".join(one.choices[0].text for one in stream if one.choices) == "Hello"
    assert spans.json("mlflow.spanOutputs")["choices"][0]["text"] == "Hello"
    assert spans.json("mlflow.chat.tokenUsage")["total_tokens"] == 7
    assert len(spans.chunks()) == 3


def vectors(*values: tuple[float, ...]) -> dict[str, Any]:
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(struct.pack(f"<{len(value)}f", *value)).decode(),
        }
        for index, value in enumerate(values)
    ]
    usage = {"prompt_tokens": 9, "total_tokens": 9}
    return {"object": "list", "data": data, "model": "text-embedding-3-small", "usage": usage}


def test_embeddings(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply(vectors((0.5, 0.25), (1.0, 0.0)))
    made = client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    assert made.data[0].embedding == [0.5, 0.25]
    attributes = spans.attributes()
    assert spans.one().name == "embeddings text-embedding-3-small"
    assert attributes["mlflow.spanType"] == '"EMBEDDING"'
    assert attributes["gen_ai.usage.input_tokens"] == 9
    assert spans.json("mlflow.chat.tokenUsage") == {"input_tokens": 9, "total_tokens": 9}
    assert attributes["gen_ai.embeddings.dimension.count"] == 2
    assert spans.json("mlflow.spanInputs")["input"] == ["a", "b"]
    assert spans.json("mlflow.spanOutputs")["data"] == [
        {"object": "embedding", "index": 0},
        {"object": "embedding", "index": 1},
    ]
    assert "gen_ai.input.messages" not in attributes


async def test_async_embeddings(aclient: openai.AsyncOpenAI, server: Server, spans: Spans) -> None:
    server.reply(vectors((0.5,)))
    await aclient.embeddings.create(model="m", input="a", dimensions=1, encoding_format="float")
    attributes = spans.attributes()
    assert attributes["gen_ai.request.encoding_formats"] == ("float",)
    assert attributes["gen_ai.embeddings.dimension.count"] == 1


def test_an_image(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    usage = {
        "input_tokens": 8,
        "output_tokens": 100,
        "total_tokens": 108,
        "input_tokens_details": {"text_tokens": 8, "image_tokens": 0},
    }
    image = {"url": "https://example.com/cat.png", "revised_prompt": "a grey cat"}
    server.reply({"created": 1, "data": [image], "usage": usage})
    client.images.generate(model="gpt-image-1", prompt="a cat", size="1024x1024")
    attributes = spans.attributes()
    assert spans.one().name == "generate_content gpt-image-1"
    assert attributes["gen_ai.output.type"] == "image"
    assert attributes["gen_ai.usage.output_tokens"] == 100
    assert attributes["gen_ai.usage.text.input_tokens"] == 8
    assert spans.json("gen_ai.output.messages")[0]["parts"] == [
        {"type": "text", "content": "a grey cat"},
        {"type": "uri", "modality": "image", "uri": "https://example.com/cat.png"},
    ]


def test_an_image_edited(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply({"created": 1, "output_format": "png", "data": [{"b64_json": "AAAA"}]})
    client.images.edit(model="gpt-image-1", image=("a.png", b"bytes", "image/png"), prompt="red")
    assert spans.json("mlflow.spanInputs")["prompt"] == "red"
    assert "bytes" not in spans.attributes()["mlflow.spanInputs"]
    (part,) = spans.json("gen_ai.output.messages")[0]["parts"]
    assert part == {
        "type": "blob",
        "modality": "image",
        "mime_type": "image/png",
        "content": "AAAA",
    }


def test_an_image_varied(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    server.reply({"created": 1, "data": [{"url": "https://example.com/1.png"}]})
    with pytest.warns(DeprecationWarning, match="deprecated"):
        client.images.create_variation(image=b"bytes", model="dall-e-2")
    assert spans.one().name == "generate_content dall-e-2"


def test_an_image_streamed(client: openai.OpenAI, server: Server, spans: Spans) -> None:
    partial = {
        "type": "image_generation.partial_image",
        "b64_json": "AAAA",
        "partial_image_index": 0,
        "created_at": 1,
    }
    done = {
        "type": "image_generation.completed",
        "b64_json": "BBBB",
        "created_at": 2,
        "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    }
    server.stream(partial, done)
    stream = client.images.generate(model="gpt-image-1", prompt="a cat", stream=True)
    assert len(list(stream)) == 2
    assert spans.one().status.status_code is StatusCode.OK
    assert spans.json("mlflow.spanOutputs")["data"] == [{"b64_json": "BBBB"}]
    assert spans.attributes()["gen_ai.usage.output_tokens"] == 2


def test_large_images_are_left_out_of_chunks_too(
    client: openai.OpenAI, server: Server, spans: Spans
) -> None:
    done = {"type": "image_generation.completed", "b64_json": "A" * 80_000, "created_at": 2}
    server.stream(done)
    list(client.images.generate(model="gpt-image-1", prompt="a cat", stream=True))
    assert spans.chunks()[0]["left_out"] == "b64_json, 80000 characters"
    assert spans.json("mlflow.spanOutputs")["data"][0]["left_out"] == "b64_json, 80000 characters"
