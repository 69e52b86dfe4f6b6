"""Whole request and response bodies, as instrumentations that record raw payloads keep them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages import (
    anthropic,
    blocks,
    chat,
    gemini,
    openai_chat,
    openai_responses,
)
from spanbridge_semconv.messages.model import Message, Messages, Part, Tool, message

Body = Mapping[str, Any]


def tools(value: object) -> list[Tool]:
    """Tool definitions of any provider; what is none is left out."""
    listed = value if isinstance(value, list) else []
    return [found for found in map(openai_chat.tool, listed) if found is not None]


def request(body: object) -> Messages | None:
    """What a request body says, or None when it is not the body of a model call."""
    if isinstance(body, list):
        readable = body and all(_is_message(piece) for piece in body)
        return Messages(input=chat.many(body, "user")) if readable else None
    if not isinstance(body, Mapping):
        return None
    found = Messages(tool_definitions=tools(body.get("tools") or body.get("functions")))
    if isinstance(body.get("contents"), list | str) and "messages" not in body:
        found.input = chat.many(body["contents"], "user")
        found.system_instructions = _instruction(gemini.system(body))
        found.tool_definitions = tools(gemini.tools(body))
    elif isinstance(body.get("messages"), list):
        if not all(_is_message(piece) for piece in body["messages"]):
            return None
        found.input = chat.many(body["messages"], "user")
        found.system_instructions = _instruction(body.get("system"))
    elif "model" in body and isinstance(body.get("input"), str | list):
        found.input = chat.many(body["input"], "user")
        found.system_instructions = _instruction(body.get("instructions"))
    elif "model" in body and isinstance(body.get("prompt"), str | list):
        found.input = chat.many(body["prompt"], "user")
    elif _is_message(body):
        found.input = [chat.one(body, "user")]
    else:
        return None
    return found


def response(body: object) -> list[Message] | None:
    """What a response body says, or None when it is not the answer of a model."""
    if isinstance(body, list):
        if body and all(_is_message(piece) for piece in body):
            return chat.many(body, "assistant")
        return None
    if not isinstance(body, Mapping):
        return None
    if openai_chat.is_response(body):
        pairs = [openai_chat.choice_of(c) for c in body["choices"] if isinstance(c, Mapping)]
        return [chat.one(inner, "assistant", reason) for inner, reason in pairs]
    if openai_responses.is_response(body):
        return _responses_output(body)
    if gemini.is_response(body):
        return [_candidate(c) for c in body["candidates"] if isinstance(c, Mapping)]
    if anthropic.is_response(body) or _is_message(body):
        return [chat.one(body, "assistant")]
    inner = body.get("message")
    if isinstance(inner, Mapping) and _is_message(inner):
        reason = body.get("finish_reason") or body.get("done_reason")
        return [chat.one(inner, "assistant", reason)]
    return None


def _responses_output(body: Body) -> list[Message]:
    """The output items of a response are one turn of the model: one message."""
    parts: list[Part] = []
    for item in chat.many(body["output"], "assistant"):
        parts += item["parts"]
    called = any(part["type"] == "tool_call" for part in parts)
    reason = openai_responses.finish(body, called)
    return [message("assistant", parts, finish=reason)] if parts else []


def _candidate(candidate: Body) -> Message:
    reason = gemini.either(candidate, "finishReason", "finish_reason")
    return chat.one(candidate.get("content"), "assistant", reason)


def _instruction(value: object) -> list[Part]:
    if isinstance(value, Mapping) and isinstance(value.get("parts"), list):
        return [blocks.part(piece) for piece in value["parts"]]
    return blocks.parts(value)


def _is_message(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("role"), str) and isinstance(value.get("parts"), list):
        return True
    return openai_chat.is_message(value) or openai_responses.item(value) is not None
