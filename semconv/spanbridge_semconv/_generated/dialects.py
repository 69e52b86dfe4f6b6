"""How dialects are recognised, in order.

Generated from semconv/spanbridge_semconv/registry by `python semconv/generate.py`; do not edit.
"""

from __future__ import annotations

from typing import Final

from spanbridge_semconv.model import Dialect

DIALECTS: Final[tuple[Dialect, ...]] = (
    Dialect(
        name="anthropic_sdk",
        title="Anthropic SDK",
        scopes=("com.anthropic.sdk.*", "com.anthropic.claude-platform"),
        keys=("anthropic.request.id", "anthropic.message.*"),
    ),
    Dialect(
        name="openinference",
        title="OpenInference",
        scopes=("openinference.*",),
        keys=(
            "openinference.*",
            "llm.input_messages.*",
            "llm.output_messages.*",
            "llm.token_count.*",
            "llm.invocation_parameters",
            "llm.model_name",
            "llm.provider",
            "llm.system",
            "llm.prompts.*",
            "llm.tools.*",
            "embedding.embeddings.*",
            "embedding.model_name",
            "retrieval.documents.*",
            "reranker.*",
        ),
    ),
    Dialect(name="mlflow", title="MLflow", scopes=("mlflow.*",), keys=("mlflow.*",)),
    Dialect(
        name="traceloop",
        title="Traceloop OpenLLMetry",
        scopes=(
            "traceloop.tracer",
            "opentelemetry.instrumentation.openai.*",
            "opentelemetry.instrumentation.openai",
            "opentelemetry.instrumentation.openai_agents",
            "opentelemetry.instrumentation.anthropic",
            "opentelemetry.instrumentation.langchain",
            "opentelemetry.instrumentation.llamaindex",
            "opentelemetry.instrumentation.haystack",
            "opentelemetry.instrumentation.crewai",
            "opentelemetry.instrumentation.agno",
            "opentelemetry.instrumentation.bedrock",
            "opentelemetry.instrumentation.sagemaker",
            "opentelemetry.instrumentation.cohere",
            "opentelemetry.instrumentation.google_generativeai",
            "opentelemetry.instrumentation.vertexai",
            "opentelemetry.instrumentation.groq",
            "opentelemetry.instrumentation.mistralai",
            "opentelemetry.instrumentation.ollama",
            "opentelemetry.instrumentation.replicate",
            "opentelemetry.instrumentation.together",
            "opentelemetry.instrumentation.transformers",
            "opentelemetry.instrumentation.watsonx",
            "opentelemetry.instrumentation.alephalpha",
            "opentelemetry.instrumentation.writer",
            "opentelemetry.instrumentation.voyageai",
        ),
        keys=(
            "traceloop.*",
            "llm.request.type",
            "llm.usage.*",
            "llm.is_streaming",
            "gen_ai.prompt.{i}.*",
            "gen_ai.completion.{i}.*",
            "llm.request.functions.*",
        ),
    ),
    Dialect(
        name="otel",
        title="OpenTelemetry GenAI",
        scopes=(
            "opentelemetry.instrumentation.genai.*",
            "opentelemetry.util.genai.*",
            "opentelemetry.instrumentation.google_genai",
        ),
        keys=(
            "gen_ai.provider.name",
            "gen_ai.input.messages",
            "gen_ai.output.messages",
            "gen_ai.system_instructions",
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.workflow.name",
            "gen_ai.tool.definitions",
            "gen_ai.retrieval.*",
            "gen_ai.request.stream",
        ),
    ),
    Dialect(
        name="otel_legacy",
        title="OpenTelemetry GenAI until 1.36",
        scopes=(
            "opentelemetry.instrumentation.openai_v2",
            "opentelemetry.instrumentation.vertexai_v2",
        ),
        keys=("gen_ai.system",),
    ),
    Dialect(name="genai", title="Unknown emitter of GenAI attributes", keys=("gen_ai.*",)),
)
