"""What is written is read back exactly by our own bridge, in whichever conventions."""

from __future__ import annotations

from typing import Any

import httpx2
import openai
import pytest
from opentelemetry.sdk.trace import ReadableSpan

from spanbridge import settings
from spanbridge_semconv import SpanView, attribute_text, details, translate
from spanbridge_semconv.messages import read_embeddings, read_messages

from .conftest import Spans
from .replies import ASKED, USAGE, call, chunk, completion, response, said
from .server import Server
from .test_other_endpoints import text, vectors

DIALECTS = {
    "both": {"gen_ai": True, "mlflow": True},
    "gen_ai": {"gen_ai": True, "mlflow": False},
    "mlflow": {"gen_ai": False, "mlflow": True},
}


@pytest.fixture(params=DIALECTS)
def written(request: pytest.FixtureRequest, spans: Spans) -> str:
    settings.change(**DIALECTS[request.param])
    return str(request.param)


def view(span: ReadableSpan) -> SpanView:
    def texts(attributes: Any) -> dict[str, str]:
        return {key: attribute_text(value) for key, value in (attributes or {}).items()}

    return SpanView(
        attributes=texts(span.attributes),
        scope_name=span.instrumentation_scope.name if span.instrumentation_scope else "",
        span_name=span.name,
        span_kind=span.kind.name.capitalize(),
        status_code=span.status.status_code.name.capitalize(),
        events=[(event.name, texts(event.attributes)) for event in span.events],
        start_ns=span.start_time,
        event_times_ns=[event.timestamp for event in span.events],
    )


def test_a_chat(client: openai.OpenAI, server: Server, spans: Spans, written: str) -> None:
    server.reply(completion({"tool_calls": [call()]}, {"content": "x"}, finish="tool_calls"))
    messages: Any = [{"role": "system", "content": "Be brief."}, *ASKED]
    client.chat.completions.create(
        model="gpt-4o-mini",
        messages=messages,
        temperature=0.5,
        max_completion_tokens=9,
        n=2,
        seed=3,
        tools=[{"type": "function", "function": {"name": "find", "parameters": {}}}],
    )
    seen = view(spans.one())
    found = translate(seen)
    assert found.dialect == ("otel" if written == "gen_ai" else "mlflow")
    assert (found.operation, found.span_type, found.provider) == ("chat", "CHAT_MODEL", "openai")
    assert found.request_model == "gpt-4o-mini"
    assert found.response_model == "gpt-4o-mini-2024-07-18"
    assert found.response_id == "chatcmpl-1"
    assert (found.input_tokens, found.output_tokens, found.total_tokens) == (20, 10, 30)
    assert (found.cache_read_tokens, found.reasoning_tokens) == (8, 4)
    assert found.finish_reasons == ("tool_call", "tool_call")
    more = details(seen)
    assert more["request_temperature"] == 0.5
    assert more["request_max_tokens"] == 9
    assert more["request_choice_count"] == 2
    assert more["request_seed"] == 3
    assert more["server_address"] == "127.0.0.1"
    told = read_messages(dict(spans.one().attributes or {}), model_call=True)
    assert [message["role"] for message in told.input] == ["system", "user"]
    assert told.output[0]["parts"][0]["arguments"] == {"town": "Ulm"}
    assert told.output[1]["parts"] == [{"type": "text", "content": "x"}]
    assert [tool["name"] for tool in told.tool_definitions] == ["find"]


def test_a_stream(client: openai.OpenAI, server: Server, spans: Spans, written: str) -> None:
    server.chat_stream(chunk({"content": "Hi"}), chunk({}, "stop"), chunk(usage=USAGE))
    list(client.chat.completions.create(model="m", messages=ASKED, stream=True))
    seen = view(spans.one())
    found = translate(seen)
    first = spans.attributes()["gen_ai.response.time_to_first_chunk"]
    assert found.time_to_first_token_ns == pytest.approx(first * 1e9, abs=1)
    assert details(seen)["request_stream"] is True
    assert found.finish_reasons == ("stop",)
    assert found.input_tokens == 20


def test_a_response(client: openai.OpenAI, server: Server, spans: Spans, written: str) -> None:
    function = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    server.reply(response(said("Hello"), function))
    client.responses.create(
        model="gpt-5", instructions="Be brief.", input="x", reasoning={"effort": "low"}
    )
    seen = view(spans.one())
    found = translate(seen)
    assert (found.operation, found.span_type) == ("chat", "CHAT_MODEL")
    assert (found.request_model, found.response_model) == ("gpt-5", "gpt-5-2025-08-07")
    assert (found.input_tokens, found.output_tokens) == (30, 12)
    assert (found.cache_read_tokens, found.reasoning_tokens) == (16, 5)
    assert found.finish_reasons == ("tool_call",)
    assert details(seen)["request_reasoning_level"] == "low"
    told = read_messages(dict(spans.one().attributes or {}), model_call=True)
    assert told.system_instructions == [{"type": "text", "content": "Be brief."}]
    assert [part["type"] for part in told.output[0]["parts"]] == ["text", "tool_call"]


def test_a_legacy_completion(
    client: openai.OpenAI, server: Server, spans: Spans, written: str
) -> None:
    server.reply(text("Hello", "length", usage={"prompt_tokens": 5, "completion_tokens": 2}))
    client.completions.create(model="m", prompt="Say")
    found = translate(view(spans.one()))
    assert (found.operation, found.span_type) == ("text_completion", "LLM")
    assert found.finish_reasons == ("length",)
    assert (found.input_tokens, found.output_tokens) == (5, 2)
    told = read_messages(dict(spans.one().attributes or {}), model_call=True)
    assert told.input[0]["parts"] == [{"type": "text", "content": "Say"}]
    assert told.output[0]["parts"] == [{"type": "text", "content": "Hello"}]


def test_embeddings(client: openai.OpenAI, server: Server, spans: Spans, written: str) -> None:
    server.reply(vectors((0.5, 0.25), (1.0, 0.0)))
    client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    found = translate(view(spans.one()))
    assert (found.operation, found.span_type) == ("embeddings", "EMBEDDING")
    assert (found.input_tokens, found.output_tokens, found.total_tokens) == (9, None, 9)
    attributes = dict(spans.one().attributes or {})
    embedded = read_embeddings(attributes, read_messages(attributes, model_call=True))
    assert embedded is not None
    assert (embedded.texts, embedded.count, embedded.dimension) == (["a", "b"], 2, 2)


def test_an_image(client: openai.OpenAI, server: Server, spans: Spans, written: str) -> None:
    usage = {"input_tokens": 8, "output_tokens": 100, "total_tokens": 108}
    image = {"url": "https://example.com/cat.png"}
    server.reply({"created": 1, "data": [image], "usage": usage})
    client.images.generate(model="gpt-image-1", prompt="a cat")
    found = translate(view(spans.one()))
    assert found.operation == "generate_content"
    assert found.span_type == ("CHAT_MODEL" if written == "gen_ai" else "LLM")
    assert (found.request_model, found.output_tokens) == ("gpt-image-1", 100)


def test_a_failure(client: openai.OpenAI, server: Server, spans: Spans, written: str) -> None:
    server.reply({"error": {"message": "m"}}, status=429)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="gpt-4o", messages=ASKED)
    found = translate(view(spans.one()))
    assert found.error_type == "openai.RateLimitError"
    assert (found.request_model, found.provider) == ("gpt-4o", "openai")
    assert (found.response_model, found.input_tokens) == ("", None)


@pytest.mark.parametrize("written", ["both", "gen_ai", "mlflow"], indirect=True)
@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://api.fireworks.ai/inference/v1", "fireworks_ai"),
        ("https://mine.openai.azure.com/openai", "azure.ai.openai"),
        ("https://api.mistral.ai/v1", "mistral_ai"),
        ("https://api.x.ai/v1", "x_ai"),
        ("http://localhost:11434/v1", "ollama"),
        ("http://localhost:8000/v1", "vllm"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "gcp.gemini"),
    ],
)
def test_providers(spans: Spans, autolog: None, written: str, url: str, provider: str) -> None:
    # Nothing is sent: the transport has the answer.
    answer = httpx2.Response(200, json=completion({"content": "x"}))
    http = httpx2.Client(transport=httpx2.MockTransport(lambda _: answer))
    with openai.OpenAI(api_key="k", base_url=url, http_client=http) as client:
        client.chat.completions.create(model="m", messages=ASKED)
    assert translate(view(spans.one())).provider == provider
