"""MLflow Tracing as a target: what an MLflow server reads from ``/v1/traces``.

Values of ``mlflow.*`` attributes are JSON texts. Input and output are one value each; for a model
call that is a request and a response in OpenAI's shape, unless the span has a raw payload that says
the same. What MLflow has no attribute for keeps the one of the GenAI conventions, which it knows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from spanbridge_semconv.emit import chat_format, documents, flat
from spanbridge_semconv.emit.content import Part, equal, group_of
from spanbridge_semconv.emit.otel import put_concept
from spanbridge_semconv.emit.reading import Payload, Reading
from spanbridge_semconv.emit.registry_keys import BY_NAME, COUNTED
from spanbridge_semconv.emit.statement import Statement
from spanbridge_semconv.messages import Messages, read_messages
from spanbridge_semconv.messages.model import Message
from spanbridge_semconv.text import attribute_text

USAGE: Final = "mlflow.chat.tokenUsage"
_USAGE_MEMBERS: Final[Mapping[str, str]] = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
    "reasoning_tokens": "reasoning_tokens",
}
"""``reasoning_tokens`` is not MLflow's; it ignores members it does not know."""

PROVIDERS: Final[Mapping[str, str]] = {
    **{"gcp.gemini": "gemini", "gcp.vertex_ai": "vertex_ai", "aws.bedrock": "bedrock"},
    **{"azure.ai.openai": "azure", "azure.ai.inference": "azure_ai", "mistral_ai": "mistral"},
    **{"x_ai": "xai", "moonshot_ai": "moonshot"},
}
"""Providers as MLflow's price list has them."""

_ELSEWHERE: Final = ("span_type", "provider", "response_model", "input", "output", "operation")
_KEYS: Final = {"input": "mlflow.spanInputs", "output": "mlflow.spanOutputs"}


def state(reading: Reading) -> Statement:
    """What MLflow has to say about a span."""
    statement = Statement()
    found = reading.found
    _span_type(reading, statement)
    statement.concepts.add("operation")
    statement.untouched.add(BY_NAME["operation"].gen_ai)
    provider = PROVIDERS.get(found.provider, found.provider)
    _encoded(reading, statement, "provider", provider)
    _encoded(reading, statement, "response_model", found.response_model)
    for name in reading.values:
        concept = BY_NAME[name]
        key = concept.mlflow or concept.gen_ai
        if key and name not in _ELSEWHERE and name not in COUNTED:
            put_concept(reading, statement, name, key)
    if reading.counted:
        _usage(reading, statement)
    _messages(reading, statement)
    return statement


def _span_type(reading: Reading, statement: Statement) -> None:
    """The type; one that only the application knows stays as it is."""
    key = BY_NAME["span_type"].mlflow
    if reading.span_type == "UNKNOWN" and reading.view.attributes.get(key):
        statement.concepts.add("span_type")
        statement.untouched.add(key)
    else:
        _encoded(reading, statement, "span_type", reading.span_type)


def _encoded(reading: Reading, statement: Statement, name: str, value: str) -> None:
    if value:
        _put_json(reading, statement, BY_NAME[name].mlflow, attribute_text([value])[1:-1])
        statement.concepts.add(name)


def _put_json(reading: Reading, statement: Statement, key: str, text: str) -> None:
    """State a JSON text, unless the attribute has its value already, encoded or not."""
    present = reading.content.attributes.get(key)
    if present is not None and _decoded(present) == _decoded(text):
        statement.untouched.add(key)
    else:
        statement.stated[key] = text


def _decoded(value: object) -> object:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _usage(reading: Reading, statement: Statement) -> None:
    counts = {
        member: reading.values[name]
        for name, member in _USAGE_MEMBERS.items()
        if name in reading.values
    }
    if not counts:
        return
    statement.concepts.update(_USAGE_MEMBERS)
    present = _decoded(reading.content.attributes.get(USAGE))
    if isinstance(present, Mapping) and counts.items() <= present.items():
        statement.untouched.add(USAGE)
    else:
        statement.stated[USAGE] = attribute_text(counts)


def _messages(reading: Reading, statement: Statement) -> None:
    found = reading.messages
    if found.tool_definitions:
        tools = [flat.wrapped(tool) for tool in found.tool_definitions]
        _put_json(reading, statement, "mlflow.chat.tools", attribute_text(tools))
    system: list[Message] = []
    if found.system_instructions:
        system = [{"role": "system", "parts": found.system_instructions}]
    request = _request(reading, system + found.input)
    _payload(reading, statement, "input", reading.input, request)
    response = None
    if found.output and reading.found.span_type != "TOOL":
        choices = chat_format.choices(found.output, reading.finish_reasons)
        response = attribute_text({"choices": choices})
    elif reading.documents:
        response = documents.to_mlflow(reading.documents)
        statement.moved.add(documents.LISTED)
    _payload(reading, statement, "output", reading.output, response)
    if reading.found.provider and statement.stated.keys() & set(_KEYS.values()):
        is_chat = request is not None and _KEYS["input"] in statement.stated
        if is_chat and statement.stated[_KEYS["input"]] == request:
            statement.defaults["mlflow.message.format"] = '"openai"'


def _request(reading: Reading, listed: list[Message]) -> str | None:
    if not listed or reading.found.span_type == "TOOL":
        return None
    if reading.found.span_type == "EMBEDDING" and flat.embeddings(listed) is not None:
        texts = [part["content"] for part in listed[0]["parts"]]
        model = reading.found.request_model or reading.found.response_model
        return attribute_text({"model": model, "input": texts} if model else texts)
    return attribute_text({"messages": chat_format.messages(listed)})


def _payload(
    reading: Reading, statement: Statement, side: Part, payload: Payload | None, built: str | None
) -> None:
    """The input or output: what stands there, else a payload that says the same, else as built."""
    key = _KEYS[side]
    for candidate in (Payload(key, _text(reading, key)), payload):
        if candidate is None or candidate.text == "" or group_of(candidate.key) is not None:
            continue
        text = _as_json(candidate.text)
        if built is None or _says(reading.messages, side, text):
            if candidate.key == key:
                statement.untouched.add(key)
            else:
                statement.stated[key] = text
                mime_type = candidate.key.replace(".value", ".mime_type")
                statement.moved |= {candidate.key, mime_type}
            return
    if built is not None:
        statement.stated[key] = built
        if payload is not None and payload.key != key:
            statement.aside.add(payload.key)
    elif payload is not None:
        statement.stated[key] = _as_json(payload.text)


def _text(reading: Reading, key: str) -> str:
    return reading.view.attributes.get(key, "")


def _as_json(text: str) -> str:
    """A text that is JSON, as it is; any other as a JSON string."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return attribute_text([text])[1:-1]
    return text


def _says(found: Messages, side: Part, text: str) -> bool:
    """Whether a payload, in MLflow's place, reads as the messages that were found."""
    said = read_messages({_KEYS[side]: text}, model_call=True)
    if side == "output":
        return equal(side, said.output, found.output)
    return equal(side, _whole(said), _whole(found))


def _whole(found: Messages) -> list[dict[str, Any]]:
    """The input with the system instructions in front, and each result of a tool by itself."""
    system: list[Message] = []
    if found.system_instructions:
        system = [{"role": "system", "parts": found.system_instructions}]
    return [one for said in system + found.input for one in flat.split(said)]
