"""Messages of every provider, told apart by their shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages import blocks, gemini, openai_chat, openai_responses
from spanbridge_semconv.messages.model import (
    Message,
    Part,
    generic,
    message,
    text,
    tool_response,
)


def one(value: object, role: str, finish: object = None) -> Message:
    """One message of unknown shape.

    Args:
        value: an object (OpenTelemetry, OpenAI, Anthropic, Bedrock, Gemini, Responses item), or
            text.
        role: the role when the message does not say.
        finish: a finish reason that stands outside the message.
    """
    if isinstance(value, str):
        return message(role, [text(value)], finish=finish)
    if not isinstance(value, Mapping):
        return message(role, [generic(value)], finish=finish)
    if "message" in value and isinstance(value["message"], Mapping):
        # A choice: {"index": 0, "finish_reason": "stop", "message": {...}}.
        inner, reason = openai_chat.choice_of(value)
        return one(inner, role, finish or reason)
    item = openai_responses.item(value)
    if item is not None:
        return message(item[0], item[1], finish=finish)
    said = value.get("role")
    said = gemini.ROLES.get(said, said) if isinstance(said, str) else role
    reason = value.get("finish_reason") or value.get("stop_reason") or finish
    return message(said, _parts(value, said), name=value.get("name"), finish=reason)


def _parts(value: Mapping[str, Any], role: str) -> list[Part]:
    own = value.get("parts")
    if isinstance(own, list):
        found = [blocks.part(block) for block in own]
        extra = value.get("content")
        return found + (blocks.parts(extra) if extra is not None else [])
    content = value.get("content")
    call_id = value.get("tool_call_id") or (value.get("id") if role == "tool" else None)
    if role in ("tool", "function") and not _is_result(content):
        return [tool_response(call_id, _joined(content))] if "content" in value else []
    found = _thoughts(value) + blocks.parts(content)
    refusal = value.get("refusal")
    if isinstance(refusal, str) and refusal:
        found.append(text(refusal))
    seen = [part.get("id") for part in found if part["type"] == "tool_call"]
    for call in openai_chat.tool_calls(value):
        if call.get("id") is None or call.get("id") not in seen:
            found.append(call)
    audio = value.get("audio")
    if isinstance(audio, Mapping) and isinstance(audio.get("transcript"), str):
        found.append(text(audio["transcript"]))
    known = {"role", "content", "parts", "tool_calls", "name", "tool_call_id", "id", "refusal"}
    if not found and not (set(value) & known):
        return [generic(value)]
    return found


def _thoughts(value: Mapping[str, Any]) -> list[Part]:
    """OpenAI-compatible servers put reasoning beside the content, under one of two names."""
    for key in ("reasoning_content", "reasoning"):
        thought = value.get(key)
        if isinstance(thought, str) and thought:
            return [{"type": "reasoning", "content": thought}]
    return []


def _is_result(content: object) -> bool:
    """Whether the content of a tool message brings its own results (Anthropic, Bedrock)."""
    read = blocks.parts(content) if isinstance(content, list) else []
    return any(part["type"] == "tool_call_response" for part in read)


def _joined(content: object) -> object:
    """A tool's answer that is a list of text blocks, as its text."""
    read = blocks.parts(content) if isinstance(content, list) else []
    if read and all(part["type"] == "text" for part in read):
        return "\n".join(part["content"] for part in read)
    return content


def many(value: object, role: str) -> list[Message]:
    """A list of messages, one message, or bare text."""
    if value is None or value == "" or value == [] or value == {}:
        return []
    if not isinstance(value, list):
        return [one(value, role)]
    if all(isinstance(piece, str) for piece in value):
        # What an embedding call is given: one message with a part per text.
        return [message(role, [text(piece) for piece in value])]
    if all(isinstance(piece, Mapping) and _is_bare_block(piece) for piece in value):
        return [message(role, blocks.parts(value))]
    return _grouped([one(piece, role) for piece in value], value)


def _is_bare_block(value: Mapping[str, Any]) -> bool:
    """Whether an object is content that stands where messages are expected."""
    return (
        "role" not in value
        and "message" not in value
        and "parts" not in value
        and openai_responses.item(value) is None
        and blocks.part(value)["type"] != "generic"
    )


def _grouped(messages: list[Message], source: list[Any]) -> list[Message]:
    """One message per Responses item, but one for what a turn of the model produced.

    A turn is several items: its reasoning, its calls.
    """
    out: list[Message] = []
    previous_item = False
    for found, piece in zip(messages, source, strict=True):
        is_item = isinstance(piece, Mapping) and openai_responses.item(piece) is not None
        same_turn = previous_item and is_item and out and found["role"] == "assistant"
        if same_turn and out[-1]["role"] == "assistant":
            out[-1]["parts"] += found["parts"]
        elif found["parts"] or not is_item:
            out.append(found)
        previous_item = is_item
    return out
