"""Messages of every provider, told apart by their shape."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages import blocks, gemini, langchain, openai_chat, openai_responses
from spanbridge_semconv.messages.model import (
    Message,
    Part,
    blob,
    generic,
    message,
    reasoning,
    text,
    tool_response,
)

_REASONS = ("finish_reason", "stop_reason", "finishReason", "stopReason")
_KNOWN = frozenset(
    {"role", "content", "blocks", "parts", "tool_calls", "name", "tool_call_id", "id", "refusal"}
)
_PLAIN_ROLES = ("system", "developer", "user", "assistant")
_UNCLEAR = frozenset(("", "[", "{", *string.whitespace))
"""How a text begins that is none, or may spell blocks."""


def one(value: object, role: str, finish: object = None) -> Message:
    """One message of unknown shape.

    Args:
        value: an object (OpenTelemetry, OpenAI, Anthropic, Bedrock, Gemini, Responses item,
            LangChain), or text.
        role: the role when the message does not say.
        finish: a finish reason that stands outside the message.
    """
    if isinstance(value, str):
        return message(role, [text(value)], finish=finish)
    if not isinstance(value, Mapping):
        return message(role, [generic(value)], finish=finish)
    if isinstance(value.get("message"), Mapping):
        # A choice: {"index": 0, "finish_reason": "stop", "message": {...}}.
        inner, reason = openai_chat.choice_of(value)
        return one(inner, role, finish or reason)
    content = value.get("content")
    if isinstance(content, str) and _is_plain(value, content):
        return message(value["role"], [text(content)], finish=finish)
    if isinstance(content, Mapping) and isinstance(content.get("parts"), list):
        # A Gemini content where others have blocks: {"content": {"role": "model", "parts": []}}.
        return one({**value, **content, "content": None}, role, finish)
    item = _item(value)
    if item is not None:
        return message(item[0], item[1], finish=finish)
    value = langchain.message(value) or value
    said = value.get("role")
    if not isinstance(said, str) or said in ("", "unknown"):  # the chunks of a stream
        said = role
    else:
        said = gemini.ROLES.get(said, said)
    return message(said, _parts(value, said), name=value.get("name"), finish=_reason(value, finish))


def _is_plain(value: Mapping[str, Any], content: str) -> bool:
    """Whether a message is a role and a text; most are, and need no further look."""
    return len(value) == 2 and content[:1] not in _UNCLEAR and value.get("role") in _PLAIN_ROLES


def _item(value: object) -> tuple[str, list[Part]] | None:
    if not isinstance(value, Mapping) or "type" not in value:
        return None
    if langchain.message(value) is not None:
        return None
    return openai_responses.item(value)


def _reason(value: Mapping[str, Any], finish: object) -> object:
    about = value.get("meta")  # Haystack's messages
    places = (value, about if isinstance(about, Mapping) else {})
    found = (place[key] for place in places for key in _REASONS if place.get(key))
    return next(found, finish)


def is_message(value: object) -> bool:
    """Whether an object is a message of some provider."""
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("role"), str) and isinstance(value.get("parts"), list):
        return True
    return (
        openai_chat.is_message(value)
        or openai_responses.item(value) is not None
        or langchain.message(value) is not None
    )


def _parts(value: Mapping[str, Any], role: str) -> list[Part]:
    own = value.get("parts")
    if isinstance(own, list):
        found = [blocks.part(block) for block in own]
        extra = value.get("content")
        return found + (blocks.parts(extra) if extra is not None and not found else [])
    content = value.get("content")
    if role in ("tool", "function"):
        results = _results(content)
        if results is None:
            call_id = value.get("tool_call_id") or value.get("id")
            return [tool_response(call_id, content)] if "content" in value else []
        return results
    # LlamaIndex has blocks where others have content.
    found = _thoughts(value) + blocks.parts(value.get("blocks") if content is None else content)
    refusal = value.get("refusal")
    if isinstance(refusal, str) and refusal:
        found.append(text(refusal))
    seen = {part["id"] for part in found if part["type"] == "tool_call" and "id" in part}
    found += [call for call in openai_chat.tool_calls(value) if call.get("id") not in seen]
    found += _audio(value.get("audio"))
    return found if found or set(value) & _KNOWN else [generic(value)]


def _thoughts(value: Mapping[str, Any]) -> list[Part]:
    """OpenAI-compatible servers put reasoning beside the content, under one of two names."""
    for key in ("reasoning_content", "reasoning"):
        thought = value.get(key)
        if isinstance(thought, str) and thought:
            return [reasoning(thought)]
    return []


def _audio(audio: object) -> list[Part]:
    """What the model said aloud: its words, and the sound where it was kept."""
    if not isinstance(audio, Mapping):
        return []
    words, sound = audio.get("transcript"), audio.get("data")
    found = [text(words)] if isinstance(words, str) else []
    return found + ([blob(sound, "audio")] if isinstance(sound, str) and sound else [])


def _results(content: object) -> list[Part] | None:
    """The content of a tool message that brings its own results (Anthropic, Bedrock, AI SDK)."""
    if isinstance(content, Mapping):
        content = [content]
    read = blocks.parts(content) if isinstance(content, list) else []
    return read if any(part["type"] == "tool_call_response" for part in read) else None


def many(value: object, role: str) -> list[Message]:
    """A list of messages, one message, or bare text."""
    if value is None or value == "" or value == [] or value == {}:
        return []
    if not isinstance(value, list):
        return [one(value, role)]
    if all(isinstance(piece, str) for piece in value):
        # What an embedding call is given: one message with a part per text.
        return [message(role, [text(piece) for piece in value])]
    if not any(isinstance(piece, str | Mapping) for piece in value):
        return [message(role, [generic(value)])]  # tokens
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
        and langchain.message(value) is None
        and blocks.part(value)["type"] != "generic"
    )


def _grouped(messages: list[Message], source: list[Any]) -> list[Message]:
    """One message per Responses item, but one for what a turn of the model produced.

    A turn is several items: its reasoning, its calls.
    """
    out: list[Message] = []
    previous_item = False
    for found, piece in zip(messages, source, strict=True):
        is_item = _item(piece) is not None
        same_turn = previous_item and is_item and out and found["role"] == "assistant"
        if same_turn and out[-1]["role"] == "assistant":
            out[-1]["parts"] += found["parts"]
        elif found["parts"] or not is_item:
            out.append(found)
        previous_item = is_item
    return out


def answer(messages: list[Message]) -> list[Message]:
    """What the model said last in a conversation that was kept as a whole; all, if it did not."""
    return messages[spoken(messages) :] or messages


def spoken(messages: list[Message]) -> int:
    """Where the trailing messages of the model begin."""
    start = len(messages)
    while start and messages[start - 1]["role"] == "assistant":
        start -= 1
    return start
