"""How a span says what it is: the attributes of MLflow and of the OpenTelemetry GenAI conventions.

Sources: MLflow 3.18's span attributes (values are JSON texts); the GenAI conventions' span names,
operations and usage attributes; OpenInference's ``input.value`` and ``output.value`` for payloads
that the GenAI conventions have no place for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import orjson

from spanbridge.entities.span_type import SpanType
from spanbridge.settings import Settings
from spanbridge.values import to_attribute, to_json

_logger: Final = logging.getLogger("spanbridge")

MLFLOW: Final = "mlflow."
PLAIN: Final = ("mlflow.traceTag.", "mlflow.experimentId")
SPAN_TYPE: Final = "mlflow.spanType"
INPUTS: Final = "mlflow.spanInputs"
OUTPUTS: Final = "mlflow.spanOutputs"
OWN_FIELDS: Final = frozenset({SPAN_TYPE, INPUTS, OUTPUTS})
"""Attributes that a span has setters for."""
FUNCTION: Final = "mlflow.spanFunctionName"
USAGE: Final = "mlflow.chat.tokenUsage"
MODEL: Final = "mlflow.llm.model"
PROVIDER: Final = "mlflow.llm.provider"
COST: Final = "mlflow.llm.cost"
LOG_LEVEL: Final = "mlflow.spanLogLevel"
DESCRIPTION: Final = "mlflow.spanDescription"
TOOLS: Final = "mlflow.chat.tools"
TRACE_NAME: Final = "mlflow.traceTag.mlflow.traceName"
OPERATION: Final = "gen_ai.operation.name"

OPERATIONS: Final[Mapping[str, str]] = {
    SpanType.CHAT_MODEL: "chat",
    SpanType.LLM: "text_completion",
    SpanType.EMBEDDING: "embeddings",
    SpanType.RETRIEVER: "retrieval",
    SpanType.TOOL: "execute_tool",
    SpanType.AGENT: "invoke_agent",
    SpanType.WORKFLOW: "invoke_workflow",
    SpanType.RERANKER: "rerank",
    SpanType.CHAIN: "chain",
    SpanType.TASK: "execute_task",
    SpanType.GUARDRAIL: "guardrail",
    SpanType.EVALUATOR: "evaluate",
}
"""The operation that a span type is: those of the GenAI conventions, and words that the bridge
reads back for the others."""

_USAGE: Final[Mapping[str, str]] = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cache_read_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_creation_input_tokens": "gen_ai.usage.cache_write.input_tokens",
    "reasoning_output_tokens": "gen_ai.usage.reasoning.output_tokens",
}
MODEL_TYPES: Final = frozenset({SpanType.CHAT_MODEL, SpanType.LLM})
"""The types of spans that are inferences: what goes in and comes out are messages."""
MESSAGES: Final[Mapping[str, str]] = {
    "gen_ai.input.messages": "input",
    "gen_ai.output.messages": "output",
    "gen_ai.system_instructions": "system_instructions",
    "gen_ai.tool.definitions": "tool_definitions",
}
"""Attributes with what models were told and answered, by the parts of the schema they hold."""
CONTENT: Final = frozenset(
    {
        *MESSAGES,
        "gen_ai.completion",
        "gen_ai.prompt",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
        "input.value",
        "mlflow.chat.messages",
        "mlflow.chat.tools",
        "mlflow.chunk.value",
        "output.value",
    }
)
"""Attributes that hold what people, models and tools said."""
WHERE: Final[Mapping[str, str]] = {
    "gen_ai.input.messages": "input_messages",
    "gen_ai.output.messages": "output_messages",
    "gen_ai.system_instructions": "system_instructions",
    "gen_ai.tool.definitions": "tool_definitions",
    TOOLS: "tool_definitions",
}
"""What the redaction hook is told that the values of some attributes are; of others, their key."""
CHUNK: Final = "mlflow.chunk.value"
_CONTENT_PREFIXES: Final = (
    *("gen_ai.prompt.", "gen_ai.completion.", "gen_ai.content.", "gen_ai.retrieval."),
    *("gen_ai.evaluation.explanation", "llm.input_messages.", "llm.output_messages."),
    *("traceloop.entity.input", "traceloop.entity.output"),
)
_FACTS: Final = (
    *("gen_ai.agent.name", "gen_ai.agent.id", "gen_ai.data_source."),
    *("gen_ai.embeddings.", "gen_ai.operation.", "gen_ai.output.type", "gen_ai.provider."),
    *("gen_ai.request.", "gen_ai.response.", "gen_ai.tool.call.id", "gen_ai.tool.name"),
    *("gen_ai.tool.type", "gen_ai.usage.", "mlflow.chat.tokenUsage", "mlflow.experimentId"),
    *("mlflow.llm.", "mlflow.message.format", "mlflow.spanFunctionName", "mlflow.spanLogLevel"),
    *("mlflow.sourceRun", "spanbridge.", "openai.", "http.request.method"),
    *("http.request.resend_count", "http.response.status_code", "server.", "error.type"),
    *("exception.type", "exception.escaped"),
)
"""What is known to tell nothing of what was said; whatever else there is may."""


def kept(key: str, value: object) -> Any:
    """An attribute's value as it is written: MLflow's own as JSON texts, others plain."""
    if key.startswith(MLFLOW) and not key.startswith(PLAIN):
        return to_json(value)
    return to_attribute(value)


def is_json(key: str, text: str) -> bool:
    """Whether the value of an attribute is a text of JSON that stands for something else."""
    return (key.startswith(MLFLOW) and not key.startswith(PLAIN)) or text[:1] in ("{", "[")


def is_content(key: str) -> bool:
    """Whether an attribute may hold something private: what was said, or what is not known here."""
    return says_something(key) or not key.startswith(_FACTS)


def says_something(key: str) -> bool:
    """Whether an attribute is known to hold what people, models or tools said."""
    return key in CONTENT or key.startswith(_CONTENT_PREFIXES)


def spell(
    values: dict[str, Any],
    emitted: Settings,
    name: str,
    span_type: str,
    inputs: str | None,
    outputs: str | None,
    is_local_root: bool,
) -> None:
    """Add to a span's attributes what it is, in the dialects that are emitted.

    Args:
        values: the attributes so far; changed.
        emitted: the settings.
        name: of the span.
        span_type: of the span.
        inputs: a text of JSON, None if there are none.
        outputs: likewise.
        is_local_root: it names its trace.
    """
    if emitted.gen_ai:
        _spell_gen_ai(values, name, span_type)
        # Messages that an instrumentation made hold all there is; what is read here may not.
        told = values.keys() & MESSAGES.keys()
        if span_type in MODEL_TYPES and not told:
            values.update(_messages(values, inputs, outputs))
        if not emitted.mlflow or span_type == SpanType.TOOL:
            _payload(
                values,
                span_type,
                None if "gen_ai.input.messages" in told else inputs,
                None if "gen_ai.output.messages" in told else outputs,
            )
    if not emitted.mlflow:
        for key in [k for k in values if k.startswith(MLFLOW) and not k.startswith(PLAIN)]:
            del values[key]
        if span_type not in OPERATIONS and span_type != SpanType.UNKNOWN:
            # There is no operation for it, and a type must not get lost.
            values[SPAN_TYPE] = to_json(span_type)
        return
    if is_local_root:
        values[TRACE_NAME] = name
    if inputs is not None:
        values[INPUTS] = inputs
    if outputs is not None:
        values[OUTPUTS] = outputs
    values[SPAN_TYPE] = f'"{span_type}"' if span_type.isidentifier() else to_json(span_type)


def _spell_gen_ai(values: dict[str, Any], name: str, span_type: str) -> None:
    operation = OPERATIONS.get(span_type)
    if operation is not None:
        values.setdefault(OPERATION, operation)
    if span_type == SpanType.TOOL:
        values.setdefault("gen_ai.tool.name", name)
    elif span_type == SpanType.AGENT:
        values.setdefault("gen_ai.agent.name", name)
    if USAGE in values:
        usage = _object(values[USAGE])
        for key, attribute in _USAGE.items():
            if type(usage.get(key)) is int:
                values.setdefault(attribute, usage[key])
    for key, attribute in ((MODEL, "gen_ai.request.model"), (PROVIDER, "gen_ai.provider.name")):
        if key in values:
            values.setdefault(attribute, _text(values[key]))


def messages(
    attributes: Mapping[str, Any], inputs: str | None, outputs: str | None
) -> dict[str, Any]:
    """What a model was told and answered, by the attributes of the conventions, as JSON texts.

    Args:
        attributes: of the span; messages that an instrumentation has set are taken as they are.
        inputs: a text of JSON, None if there are none.
        outputs: likewise.
    """
    told = {key: attributes[key] for key in MESSAGES if key in attributes}
    return told or _messages(attributes, inputs, outputs)


def _messages(values: Mapping[str, Any], inputs: str | None, outputs: str | None) -> dict[str, Any]:
    """Inputs and outputs in the conventions' schema, as far as they can be read as messages."""
    payload = {key: text for key, text in ((INPUTS, inputs), (OUTPUTS, outputs)) if text}
    if TOOLS in values:
        payload[TOOLS] = values[TOOLS]
    if not payload:
        return {}
    # Not needed by who has no spans of models; loading it takes longer than all the rest.
    from spanbridge.quick_messages import quickly
    from spanbridge_semconv.messages import read_messages

    try:
        with quickly():
            found = read_messages({SPAN_TYPE: '"CHAT_MODEL"', **payload}, model_call=True)
    except Exception as error:
        # Inputs and outputs nobody thought of must not cost the span what else it says.
        _logger.warning("Messages were not read: %s", type(error).__name__)
        return {}
    parts = ((key, getattr(found, part)) for key, part in MESSAGES.items())
    return {key: to_json(said) for key, said in parts if said and not _has_generic(said)}


def _has_generic(said: list[dict[str, Any]]) -> bool:
    """Whether something in it could not be read."""
    parts = [part for item in said for part in item.get("parts", (item,))]
    return any(part.get("type") == "generic" for part in parts)


def _payload(
    values: dict[str, Any], span_type: str, inputs: str | None, outputs: str | None
) -> None:
    """Inputs and outputs, for who reads no attributes of MLflow."""
    if span_type == SpanType.TOOL:
        keys = ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result")
    else:
        keys = ("input.value", "output.value")
    for key, text in zip(keys, (inputs, outputs), strict=True):
        if text is not None and key not in values:
            values[key] = text
            if span_type != SpanType.TOOL:
                values[key.replace("value", "mime_type")] = "application/json"


def _object(text: Any) -> dict[str, Any]:
    value = _loaded(text)
    return value if isinstance(value, dict) else {}


def _text(text: Any) -> str:
    value = _loaded(text)
    return value if isinstance(value, str) else str(text)


def _loaded(text: Any) -> Any:
    try:
        return orjson.loads(text)
    except (ValueError, TypeError):
        return text
