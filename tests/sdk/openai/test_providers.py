from __future__ import annotations

import pytest

from spanbridge.openai.providers import Server, server_of
from spanbridge_semconv.translate import spelled

URLS = {
    "https://api.openai.com/v1/": "openai",
    "https://eu.api.openai.com/v1/": "openai",
    "https://mine.openai.azure.com/openai/": "azure.ai.openai",
    "https://mine.services.ai.azure.com/openai/v1/": "azure.ai.openai",
    "https://mine.services.ai.azure.com/models/": "azure.ai.inference",
    "https://api.fireworks.ai/inference/v1/": "fireworks_ai",
    "https://api.groq.com/openai/v1/": "groq",
    "https://api.deepseek.com/": "deepseek",
    "https://api.mistral.ai/v1/": "mistral_ai",
    "https://api.x.ai/v1/": "x_ai",
    "https://api.perplexity.ai/": "perplexity",
    "https://api.together.xyz/v1/": "together_ai",
    "https://api.moonshot.cn/v1/": "moonshot_ai",
    "https://generativelanguage.googleapis.com/v1beta/openai/": "gcp.gemini",
    "https://us-central1-aiplatform.googleapis.com/v1/": "gcp.vertex_ai",
    "https://aiplatform.googleapis.com/v1/": "gcp.vertex_ai",
    "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/": "aws.bedrock",
    "https://my-llm.us-west-2.elb.amazonaws.com/v1/": "openai",
    "https://adb-1.2.azuredatabricks.net/serving-endpoints/": "databricks",
    "https://dbc-1.cloud.databricks.com/serving-endpoints/": "databricks",
    "https://router.huggingface.co/v1/": "hugging_face",
    "https://llm.example.com/v1/": "openai",
    "http://localhost:11434/v1/": "ollama",
    "http://192.168.0.7:11434/v1/": "ollama",
    "http://ollama/v1/": "ollama",
    "http://[::1]:8000/v1/": "vllm",
    "http://vllm.models.svc.internal/v1/": "vllm",
    "http://127.0.0.1:4000/": "openai",
    "https://llm.example.com:8000/v1/": "openai",
    "https://box.ai/v1/": "openai",
}


@pytest.mark.parametrize(("url", "provider"), URLS.items())
def test_the_provider_follows_from_the_url(url: str, provider: str) -> None:
    assert server_of(url).provider == provider


@pytest.mark.parametrize("provider", sorted(set(URLS.values())))
def test_providers_are_spelled_as_the_registry_has_them(provider: str) -> None:
    assert spelled("providers", provider) == provider


def test_a_client_for_azure_decides() -> None:
    assert server_of("https://gateway.example.com/", azure=True).provider == "azure.ai.openai"


@pytest.mark.parametrize(
    ("url", "address", "port"),
    [
        ("https://API.openai.com/v1/", "api.openai.com", 443),
        ("http://localhost/v1", "localhost", 80),
        ("http://[::1]:8000/v1/", "::1", 8000),
        ("https://llm.example.com:99999/v1", "llm.example.com", 443),
        ("", "", 443),
    ],
)
def test_address_and_port(url: str, address: str, port: int) -> None:
    assert server_of(url) == Server("vllm" if port == 8000 else "openai", address, port)
