"""The keys that MLflow's programs look things up by, as far as spans and traces here have them."""

from __future__ import annotations

from typing import Final

ASSESSMENT_ID_PREFIX: Final = "a-"
STREAM_CHUNK_EVENT_NAME_FORMAT: Final = "mlflow.chunk.item.{index}"
STREAM_CHUNK_EVENT_VALUE_KEY: Final = "mlflow.chunk.value"
TRACE_REQUEST_ID_PREFIX: Final = "tr-"
"""Accepted in front of the 32 digits of a trace id; not given out."""


class SpanAttributeKey:
    """Attributes of spans."""

    CHAT_TOOLS: Final = "mlflow.chat.tools"
    CHAT_USAGE: Final = "mlflow.chat.tokenUsage"
    DESCRIPTION: Final = "mlflow.spanDescription"
    EXPERIMENT_ID: Final = "mlflow.experimentId"
    FUNCTION_NAME: Final = "mlflow.spanFunctionName"
    INPUTS: Final = "mlflow.spanInputs"
    INTERMEDIATE_OUTPUTS: Final = "mlflow.trace.intermediate_outputs"
    LLM_COST: Final = "mlflow.llm.cost"
    LOG_LEVEL: Final = "mlflow.spanLogLevel"
    MESSAGE_FORMAT: Final = "mlflow.message.format"
    MODEL: Final = "mlflow.llm.model"
    MODEL_PROVIDER: Final = "mlflow.llm.provider"
    OUTPUTS: Final = "mlflow.spanOutputs"
    REQUEST_ID: Final = "mlflow.traceRequestId"
    SESSION_ID: Final = "session.id"
    SPAN_TYPE: Final = "mlflow.spanType"
    TRACE_TAG_PREFIX: Final = "mlflow.traceTag."
    USER_ID: Final = "user.id"


class TraceMetadataKey:
    """Metadata of traces."""

    MODEL_ID: Final = "mlflow.modelId"
    SOURCE_RUN: Final = "mlflow.sourceRun"
    TRACE_SESSION: Final = "mlflow.trace.session"
    TRACE_USER: Final = "mlflow.trace.user"


class TraceTagKey:
    """Tags of traces."""

    TRACE_NAME: Final = "mlflow.traceName"


class TokenUsageKey:
    """Counts in ``token_usage`` and in the attribute ``mlflow.chat.tokenUsage``."""

    CACHE_CREATION_INPUT_TOKENS: Final = "cache_creation_input_tokens"
    CACHE_READ_INPUT_TOKENS: Final = "cache_read_input_tokens"
    INPUT_TOKENS: Final = "input_tokens"
    OUTPUT_TOKENS: Final = "output_tokens"
    REASONING_TOKENS: Final = "reasoning_tokens"
    TOTAL_TOKENS: Final = "total_tokens"

    @classmethod
    def all_keys(cls) -> list[str]:
        """Every key that a count may have."""
        return [
            *(cls.INPUT_TOKENS, cls.OUTPUT_TOKENS, cls.TOTAL_TOKENS),
            *(*cls.cache_keys(), cls.REASONING_TOKENS),
        ]

    @classmethod
    def cache_keys(cls) -> list[str]:
        """The keys of counts that are about a cache of prompts."""
        return [cls.CACHE_READ_INPUT_TOKENS, cls.CACHE_CREATION_INPUT_TOKENS]


class CostKey:
    """Amounts in ``cost`` and in the attribute ``mlflow.llm.cost``."""

    TOTAL_COST: Final = "total_cost"


class AssessmentMetadataKey:
    """Metadata of assessments."""

    SOURCE_RUN_ID: Final = "mlflow.assessment.sourceRunId"


class GenAiSemconvKey:
    """Attributes of the OpenTelemetry GenAI conventions."""

    AGENT_NAME: Final = "gen_ai.agent.name"
    CONVERSATION_ID: Final = "gen_ai.conversation.id"
    INPUT_MESSAGES: Final = "gen_ai.input.messages"
    OPERATION_NAME: Final = "gen_ai.operation.name"
    OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
    PROVIDER_NAME: Final = "gen_ai.provider.name"
    REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
    REQUEST_MODEL: Final = "gen_ai.request.model"
    REQUEST_STOP_SEQUENCES: Final = "gen_ai.request.stop_sequences"
    REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
    REQUEST_TOP_P: Final = "gen_ai.request.top_p"
    RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
    RESPONSE_ID: Final = "gen_ai.response.id"
    RESPONSE_MODEL: Final = "gen_ai.response.model"
    SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"
    TOOL_CALL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
    TOOL_CALL_RESULT: Final = "gen_ai.tool.call.result"
    TOOL_DEFINITIONS: Final = "gen_ai.tool.definitions"
    TOOL_NAME: Final = "gen_ai.tool.name"
    USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
    USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
