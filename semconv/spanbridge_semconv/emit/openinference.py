"""OpenInference as a target: what Arize Phoenix and others read.

Raw payloads are ``input.value`` and ``output.value``; where a span has none, they are written from
the messages, because Phoenix shows them in its lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanbridge_semconv.emit import documents, flat
from spanbridge_semconv.emit.content import Part, equal, group_of
from spanbridge_semconv.emit.otel import MESSAGES, put_concept
from spanbridge_semconv.emit.reading import Payload, Reading
from spanbridge_semconv.emit.registry_keys import BY_NAME, COUNTED
from spanbridge_semconv.emit.statement import Statement
from spanbridge_semconv.messages import read_messages
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import Message
from spanbridge_semconv.text import attribute_text
from spanbridge_semconv.translate import spelled

KINDS: Final[Mapping[str, str]] = {
    **{"CHAT_MODEL": "LLM", "LLM": "LLM", "EMBEDDING": "EMBEDDING", "RERANKER": "RERANKER"},
    **{"RETRIEVER": "RETRIEVER", "TOOL": "TOOL", "AGENT": "AGENT", "GUARDRAIL": "GUARDRAIL"},
    **{"EVALUATOR": "EVALUATOR", "UNKNOWN": "UNKNOWN"},
}
"""``openinference.span.kind`` of span types; the others are a CHAIN."""

_PROVIDERS: Final[Mapping[str, str]] = {
    **{"gcp.gemini": "google", "gcp.gen_ai": "google", "gcp.vertex_ai": "google"},
    **{"azure.ai.openai": "azure", "azure.ai.inference": "azure", "aws.bedrock": "aws"},
    **{"mistral_ai": "mistralai", "x_ai": "xai", "moonshot_ai": "moonshot"},
    **{"together_ai": "together", "fireworks_ai": "fireworks"},
}
"""OpenInference's own spellings of providers."""

_ELSEWHERE: Final = (
    *("span_type", "provider", "finish_reasons", "input", "output"),
    *("tags", "reported_cost"),
)
_USAGE_DETAILS: Final = (
    "llm.token_count.prompt_details.",
    "llm.token_count.completion_details.",
)
_PLACES: Final[Mapping[Part, str]] = {
    "input": "llm.input_messages.",
    "output": "llm.output_messages.",
    "tool_definitions": "llm.tools.",
}
_PARAMETERS: Final = {"request_stop_sequences": "stop", "request_choice_count": "n"}
_NO_PARAMETERS: Final = ("request_model",)


def state(reading: Reading) -> Statement:
    """What OpenInference has to say about a span."""
    statement = Statement()
    kind = KINDS.get(reading.span_type, "CHAIN")
    statement.stated[BY_NAME["span_type"].openinference] = kind
    if reading.span_type in KINDS or reading.span_type == "CHAIN":
        # Of the others, the words of the dialect say more than CHAIN does.
        statement.concepts |= {"span_type", "operation"}
        statement.untouched.add(BY_NAME["operation"].gen_ai)
    for name in reading.values:
        key = BY_NAME[name].openinference
        if key and name not in _ELSEWHERE and (reading.counted or name not in COUNTED):
            put_concept(reading, statement, name, key)
    if reading.counted:
        own = reading.content.attributes
        statement.untouched.update(key for key in own if key.startswith(_USAGE_DETAILS))
    _provider(reading, statement)
    _model(reading, statement)
    _finish_reason(reading, statement)
    _messages(reading, statement)
    _parameters(reading, statement)
    _payload(reading, statement, "input", reading.input, _input_value(reading))
    _payload(reading, statement, "output", reading.output, _output_value(reading))
    _documents(reading, statement)
    if "tags" in reading.values:
        statement.defaults[BY_NAME["tags"].openinference] = reading.values["tags"]
    return statement


def _provider(reading: Reading, statement: Statement) -> None:
    provider = reading.found.provider
    if not provider:
        return
    key = BY_NAME["provider"].openinference
    present = reading.content.attributes.get(key)
    if isinstance(present, str) and spelled("providers", present) == provider:
        statement.untouched.add(key)
    else:
        word = _PROVIDERS.get(provider, provider)
        statement.stated[key] = word
        if spelled("providers", word) != provider:
            # Which of a house's services it is has no word here; the exact name stays readable.
            statement.defaults[BY_NAME["provider"].gen_ai] = provider
            return
    statement.concepts.add("provider")


def _model(reading: Reading, statement: Statement) -> None:
    model = reading.found.response_model or reading.found.request_model
    places = {"EMBEDDING": "embedding.model_name", "RERANKER": "reranker.model_name"}
    if model:
        statement.defaults[places.get(reading.span_type, "llm.model_name")] = model
        statement.untouched |= {"llm.model_name", *places.values()}


def _finish_reason(reading: Reading, statement: Statement) -> None:
    """One for all choices; if they differ, the list of the GenAI conventions says more."""
    reasons = reading.finish_reasons
    key = BY_NAME["finish_reasons"].openinference
    if not reasons:
        return
    if len(reasons) > 1:
        put_concept(reading, statement, "finish_reasons", BY_NAME["finish_reasons"].gen_ai)
        return
    present = reading.content.attributes.get(key)
    if isinstance(present, str) and spelled("finish_reasons", present) == reasons[0]:
        statement.untouched.add(key)
    else:
        statement.stated[key] = reasons[0]
    statement.concepts.add("finish_reasons")


def _messages(reading: Reading, statement: Statement) -> None:
    found = reading.messages
    system: list[Message] = []
    if found.system_instructions:
        system = [{"role": "system", "parts": found.system_instructions}]
    texts = flat.embeddings(found.input) if _embeds(reading) else None
    if texts is not None:
        _write(reading, statement, "input", flat.EMBEDDINGS, texts)
    else:
        written = flat.messages("input_messages", system + found.input)
        _write(reading, statement, "input", _PLACES["input"], written)
    written = flat.messages("output_messages", found.output)
    _write(reading, statement, "output", _PLACES["output"], written)
    _write(
        reading,
        statement,
        "tool_definitions",
        _PLACES["tool_definitions"],
        flat.tools(found.tool_definitions),
    )


def _embeds(reading: Reading) -> bool:
    return reading.found.span_type == "EMBEDDING" or any(
        key.startswith(flat.EMBEDDINGS) for key in reading.content.attributes
    )


def _write(
    reading: Reading, statement: Statement, part: Part, place: str, written: dict[str, object]
) -> None:
    """State a part of the messages, unless its place says the same already."""
    present = {
        key: value
        for key, value in reading.content.attributes.items()
        if key.startswith(place) and group_of(key) is not None
    }
    if present and part == "input" and "input.value" in reading.content.attributes:
        # Tells whether a system message is apart from the conversation.
        present["input.value"] = reading.content.attributes["input.value"]
    said = read_messages(present) if present else None
    wanted = getattr(reading.messages, part)
    if said is not None and equal(part, getattr(said, part), wanted):
        statement.untouched.update(key for key in present if key != "input.value")
    else:
        statement.stated |= written


def _parameters(reading: Reading, statement: Statement) -> None:
    parameters = {
        _PARAMETERS.get(name, name.removeprefix("request_")): value
        for name, value in reading.values.items()
        if name.startswith("request_") and name not in _NO_PARAMETERS
    }
    if parameters:
        kind = "embedding" if reading.span_type == "EMBEDDING" else "llm"
        statement.defaults[f"{kind}.invocation_parameters"] = attribute_text(parameters)


def _payload(
    reading: Reading, statement: Statement, side: Part, payload: Payload | None, built: str
) -> None:
    """``input.value`` or ``output.value``, with its type, where the span has none."""
    key = f"{side}.value"
    if key in reading.content.attributes:
        return
    text = built
    if payload is not None and payload.key != MESSAGES[side] and _tells(reading, side, payload):
        text = payload.text
        if group_of(payload.key) is None:
            statement.moved.add(payload.key)
    if text:
        is_json = not isinstance(parse_container(text), str)
        statement.stated[key] = text
        mime_type = "application/json" if is_json else "text/plain"
        statement.stated[f"{side}.mime_type"] = mime_type


def _tells(reading: Reading, side: Part, payload: Payload) -> bool:
    """Whether a payload has the system instructions apart from the messages, as was found."""
    apart = reading.messages.system_instructions
    if side == "output" or not apart:
        return True
    said = read_messages({"input.value": payload.text}, model_call=True)
    return said.system_instructions == apart


def _input_value(reading: Reading) -> str:
    found = reading.messages
    if not (found.input or found.system_instructions):
        return ""
    if found.system_instructions:
        body = {"system": found.system_instructions, "messages": found.input}
        return attribute_text(body)
    return _plain(found.input) or attribute_text(found.input)


def _output_value(reading: Reading) -> str:
    said = reading.messages.output
    return _plain(said) or (attribute_text(said) if said else "")


def _plain(listed: list[dict[str, Any]]) -> str:
    """The text of a single message that consists of nothing else, unless it looks like JSON."""
    if len(listed) != 1 or len(listed[0]["parts"]) != 1 or listed[0]["parts"][0]["type"] != "text":
        return ""
    content = str(listed[0]["parts"][0].get("content", ""))
    return content if isinstance(parse_container(content), str) else ""


def _documents(reading: Reading, statement: Statement) -> None:
    own = reading.content.attributes
    if reading.documents and not any(key.startswith(documents.FLATTENED) for key in own):
        statement.stated |= documents.to_flattened(reading.documents)
        statement.moved.add(documents.LISTED)
