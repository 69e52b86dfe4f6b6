"""Facts as attributes of a span: those of the OpenTelemetry GenAI conventions and of MLflow.

What MLflow has no attribute for keeps the one of the GenAI conventions, which MLflow knows too. So
with MLflow's alone, only those are left out for which MLflow has others.
"""

from __future__ import annotations

from typing import Any, Final

from spanbridge.openai.endpoints import Endpoint
from spanbridge.openai.facts import RequestFacts, ResponseFacts
from spanbridge.openai.providers import Server
from spanbridge.openai.token_usage import TokenUsage
from spanbridge_semconv.emit.mlflow import PROVIDERS

_COUNTS: Final = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
}
_MLFLOW_COUNTS: Final = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
    "reasoning_tokens": "reasoning_tokens",
}


def span_name(endpoint: Endpoint, request: RequestFacts) -> str:
    """The name of the span, as the conventions have it."""
    return f"{endpoint.operation} {request.model}".rstrip()


def request_attributes(
    endpoint: Endpoint, server: Server, request: RequestFacts, *, gen_ai: bool, mlflow: bool
) -> dict[str, Any]:
    """What is known when the request is sent, without content."""
    found: dict[str, Any] = {"gen_ai.operation.name": endpoint.operation}
    if gen_ai:
        found["gen_ai.provider.name"] = server.provider
    if request.model:
        found["gen_ai.request.model"] = request.model
    found.update(request.parameters)
    if server.address:
        found["server.address"] = server.address
        found["server.port"] = server.port
    if mlflow:
        found["mlflow.llm.provider"] = PROVIDERS.get(server.provider, server.provider)
        if request.model:
            # Until the response says which one answered.
            found["mlflow.llm.model"] = request.model
        if endpoint.api in ("chat", "completions", "responses"):
            found["mlflow.message.format"] = "openai"
    return found


def response_attributes(response: ResponseFacts, *, gen_ai: bool, mlflow: bool) -> dict[str, Any]:
    """What is known when the response is there, without content."""
    found: dict[str, Any] = dict(response.properties)
    if response.response_id:
        found["gen_ai.response.id"] = response.response_id
    if response.finish_reasons:
        found["gen_ai.response.finish_reasons"] = list(response.finish_reasons)
    if response.model and gen_ai:
        found["gen_ai.response.model"] = response.model
    if response.model and mlflow:
        found["mlflow.llm.model"] = response.model
    if response.usage is not None:
        found.update(_usage(response.usage, gen_ai=gen_ai, mlflow=mlflow))
    return found


def _usage(usage: TokenUsage, *, gen_ai: bool, mlflow: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if gen_ai:
        for name, key in _COUNTS.items():
            if (count := getattr(usage.counts, name)) is not None:
                found[key] = count
    for name, count in usage.modalities.items():
        found[f"gen_ai.usage.{name}_tokens"] = count
    if mlflow:
        found["mlflow.chat.tokenUsage"] = {
            key: count
            for name, key in _MLFLOW_COUNTS.items()
            if (count := getattr(usage.counts, name)) is not None
        }
    return found
