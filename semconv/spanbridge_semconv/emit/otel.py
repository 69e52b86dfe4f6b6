"""The current OpenTelemetry GenAI conventions as a target.

Messages, system instructions and tool definitions are JSON texts in the schema of the conventions.
A raw payload has no place there; it stays where it was, except the arguments and the result of a
tool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.emit import documents
from spanbridge_semconv.emit.content import PARTS
from spanbridge_semconv.emit.reading import Payload, Reading
from spanbridge_semconv.emit.registry_keys import BY_NAME, COUNTED, is_modality
from spanbridge_semconv.emit.statement import Statement
from spanbridge_semconv.messages.jsontext import parse_container, parse_result
from spanbridge_semconv.text import attribute_text, double_text
from spanbridge_semconv.translate import spelled

MESSAGES: Final[Mapping[str, str]] = {
    "input": "gen_ai.input.messages",
    "output": "gen_ai.output.messages",
    "system_instructions": "gen_ai.system_instructions",
    "tool_definitions": "gen_ai.tool.definitions",
}
TOOL: Final[Mapping[str, str]] = {
    "input": "gen_ai.tool.call.arguments",
    "output": "gen_ai.tool.call.result",
}
_ELSEWHERE: Final = ("operation", "span_type", "input", "output", "retrieval_query")
_TYPE_OF: Final = next(
    dict(source.map or ()) for source in SOURCES["span_type"] if source.origin == "concept"
)
"""The span type that follows from an operation."""
_OPERATION_OF: Final = {
    **{"GUARDRAIL": "guardrail", "EVALUATOR": "evaluate", "CHAIN": "chain", "TASK": "execute_task"},
    **{"WORKFLOW": "invoke_workflow", "AGENT": "invoke_agent", "TOOL": "execute_tool"},
    **{"RETRIEVER": "retrieval", "EMBEDDING": "embeddings", "RERANKER": "rerank"},
    **{"CHAT_MODEL": "chat", "LLM": "text_completion"},
}
"""The operation of a span of a type whose dialect named none."""


def state(reading: Reading) -> Statement:
    """What the conventions have to say about a span."""
    statement = Statement()
    _operation(reading, statement)
    for name in reading.values:
        concept = BY_NAME[name]
        if concept.gen_ai and name not in _ELSEWHERE and (reading.counted or name not in COUNTED):
            put_concept(reading, statement, name, concept.gen_ai)
    if reading.counted:
        statement.untouched.update(filter(is_modality, reading.content.attributes))
        statement.concepts.add("total_tokens")
    for part in PARTS:
        _messages(reading, statement, part)
    if reading.found.span_type == "TOOL":
        _tool(reading, statement, "input", reading.input)
        _tool(reading, statement, "output", reading.output)
    _retrieval(reading, statement)
    return statement


def put_concept(reading: Reading, statement: Statement, name: str, key: str) -> None:
    """State a concept under a plain attribute, or leave one that says the same."""
    value = reading.values[name]
    concept = BY_NAME[name]
    if concept.type == "duration" and isinstance(value, int):
        value = value / 10**9
        if "e" in double_text(value):
            return
    elif isinstance(value, tuple):
        value = list(value)
    present = reading.content.attributes.get(key)
    if name == "finish_reasons" and isinstance(present, list | tuple):
        # The conventions leave the words to the provider.
        words = [spelled(concept.vocabulary, str(word)) for word in present]
        value = present if words == value else value
    statement.put(name, key, value)


def _operation(reading: Reading, statement: Statement) -> None:
    operation = reading.found.operation or _OPERATION_OF.get(reading.found.span_type, "")
    if reading.found.call_part and reading.span_type == "CHAIN":
        # The other part of a streamed call stands for it, and no attribute would say so.
        operation = "chain"
    if operation:
        statement.put("operation", "gen_ai.operation.name", operation)
        if _family(_TYPE_OF.get(operation)) == _family(reading.found.span_type):
            statement.concepts.add("span_type")


def _family(span_type: str | None) -> str | None:
    """The conventions do not tell a chat from other generation of text."""
    return "LLM" if span_type == "CHAT_MODEL" else span_type


def _messages(reading: Reading, statement: Statement, part: str) -> None:
    found: list[dict[str, Any]] = getattr(reading.messages, part)
    if not found:
        return
    key = MESSAGES[part]
    present = reading.content.attributes.get(key)
    if isinstance(present, str) and _tidied(parse_container(present)) == found:
        statement.untouched.add(key)
    else:
        statement.stated[key] = attribute_text(found)


def _tidied(value: object) -> object:
    """Messages without the members that are null."""
    if not isinstance(value, list):
        return value
    return [
        {k: _tidied(v) if k == "parts" else v for k, v in item.items() if v is not None}
        if isinstance(item, dict)
        else item
        for item in value
    ]


def _tool(reading: Reading, statement: Statement, side: str, payload: Payload | None) -> None:
    present = reading.view.attributes.get(TOOL[side], "")
    if payload is None or payload.key == MESSAGES[side] or present not in ("", "{}", "[]"):
        return
    value = parse_result(payload.text)
    text = value if isinstance(value, str) else payload.text
    statement.stated[TOOL[side]] = text
    statement.moved |= {payload.key, payload.key.replace(".value", ".mime_type")}


def _retrieval(reading: Reading, statement: Statement) -> None:
    if reading.documents and documents.LISTED not in reading.content.attributes:
        statement.stated[documents.LISTED] = documents.to_json(reading.documents)
        statement.moved.update(
            key for key in reading.content.attributes if key.startswith(documents.FLATTENED)
        )
    query = reading.values.get("retrieval_query")
    if query is None and reading.found.span_type == "RETRIEVER" and reading.input is not None:
        value = _scalar(reading.input.text)
        query = value if isinstance(value, str) else None
    if query is not None:
        statement.put("retrieval_query", BY_NAME["retrieval_query"].gen_ai, query)


def _scalar(text: str) -> object:
    """The value of a JSON text; the text itself if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text
