"""Whole request and response bodies, as instrumentations that record raw payloads keep them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages import (
    anthropic,
    blocks,
    chat,
    envelopes,
    gemini,
    openai_chat,
    openai_responses,
)
from spanbridge_semconv.messages.framework_blocks import first
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import Message, Messages, Part, Tool, message, text

Body = Mapping[str, Any]


def tools(value: object) -> list[Tool]:
    """Tool definitions of any provider, also as JSON text; what is none is left out."""
    value = parse_container(value)
    if isinstance(value, Mapping):
        # Named tools (AI SDK, Pydantic AI), or a body that has a list of them.
        inner = first(value, "function_tools", "tools")
        named = [value] if "name" in value else list(value.values())
        value = inner if isinstance(inner, list) else named
    listed = [parse_container(piece) for piece in value] if isinstance(value, list) else []
    return [found for found in map(openai_chat.tool, listed) if found is not None]


def request(body: object, *, sure: bool = False) -> Messages | None:
    """What a request body says, or None when it is not the body of a model call.

    Args:
        body: the body, parsed.
        sure: it is the body of a model call; then ``prompt`` may stand without a model.
    """
    body = envelopes.sent(body)
    if isinstance(body, list):
        if not body or not all(chat.is_message(piece) for piece in body):
            return None
        asked = [piece for piece in body if not _offers_tool(piece)]
        offered = [piece["content"] for piece in body if _offers_tool(piece)]
        return Messages(input=chat.many(asked, "user"), tool_definitions=tools(offered))
    if not isinstance(body, Mapping):
        return None
    said = _conversation(body, sure)
    if said is None:
        return None
    system = first(body, "system", "instructions")
    return Messages(
        input=said,
        system_instructions=_instruction(gemini.system(body) if system is None else system),
        tool_definitions=_tools(body),
    )


def _offers_tool(piece: Body) -> bool:
    """Langfuse writes the tools of a LangChain run as messages of their own."""
    content = piece.get("content")
    return (
        piece.get("role") == "tool"
        and isinstance(content, Mapping)
        and content.get("type") == "function"
        and isinstance(content.get("function"), Mapping)
    )


def _conversation(body: Body, sure: bool) -> list[Message] | None:
    if isinstance(body.get("contents"), list | str) and "messages" not in body:
        return chat.many(body["contents"], "user")
    for name in ("messages", "items"):
        listed = envelopes.sent(body.get(name))
        if isinstance(listed, list):
            readable = all(chat.is_message(piece) for piece in listed)
            prompt = body.get("prompt")
            if listed or not isinstance(prompt, str):
                return chat.many(listed, "user") if readable else None
    for name in ("input", "prompt"):
        if (sure or "model" in body) and isinstance(body.get(name), str | list):
            return chat.many(body[name], "user")
    return [chat.one(body, "user")] if chat.is_message(body) else None


def _tools(body: Body) -> list[Tool]:
    config = body.get("toolConfig")
    if isinstance(config, Mapping):
        return tools(config.get("tools"))
    return tools(gemini.tools(body) or body.get("functions"))


def response(body: object) -> list[Message] | None:
    """What a response body says, or None when it is not the answer of a model."""
    body = envelopes.received(body)
    if isinstance(body, list):
        if body and all(chat.is_message(piece) or _is_choice(piece) for piece in body):
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
    if anthropic.is_response(body) or chat.is_message(body):
        return [chat.one(body, "assistant")]
    return _framework_response(body)


def _framework_response(body: Body) -> list[Message] | None:
    reason = first(body, "finish_reason", "stop_reason", "done_reason", "finishReason")
    content, inner = body.get("content"), body.get("message")
    if isinstance(content, Mapping) and isinstance(content.get("parts"), list):
        return [chat.one(body, "assistant", reason)]  # Google ADK
    converse = body.get("output")
    if isinstance(converse, Mapping):
        inner = converse.get("message")  # Bedrock Converse
        reason = body.get("stopReason")
    if isinstance(inner, Mapping) and chat.is_message(inner):
        return [chat.one(inner, "assistant", reason)]
    if isinstance(body.get("generations"), list):
        return _generations(envelopes.received(body["generations"]))
    for name in ("replies", "messages"):  # Haystack; the state of a LangGraph agent
        listed = body.get(name)
        if isinstance(listed, list) and listed:
            if name == "replies" and all(isinstance(piece, str) for piece in listed):
                return [message("assistant", [text(piece)]) for piece in listed]
            if all(chat.is_message(piece) for piece in listed):
                return chat.answer(chat.many(listed, "assistant"))
    said = first(body, "combined_chunk_content", "completion")
    if isinstance(said, str) and not isinstance(inner, Mapping):
        return [message("assistant", [text(said)], finish=reason)]
    return None


def _generations(listed: object) -> list[Message] | None:
    """LangChain's result: per prompt a list of generations, each a message or a text."""
    found: list[Message] = []
    for generation in listed if isinstance(listed, list) else []:
        if isinstance(generation, list):
            found += _generations(generation) or []
        elif isinstance(generation, Mapping):
            about = generation.get("generation_info")
            reason = about.get("finish_reason") if isinstance(about, Mapping) else None
            said = first(generation, "message", "text")
            found.append(chat.one(said, "assistant", reason))
    # A call that failed has a generation with nothing in it.
    return [said for said in found if said["parts"] or "finish_reason" in said] or None


def _is_choice(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("message"), Mapping)


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
    return chat.one(first(candidate, "content", "message"), "assistant", reason)


def _instruction(value: object) -> list[Part]:
    if isinstance(value, Mapping) and isinstance(value.get("parts"), list):
        return [blocks.part(piece) for piece in value["parts"]]
    if isinstance(value, list) and value and all(map(chat.is_message, value)):
        return [part for said in chat.many(value, "system") for part in said["parts"]]
    return blocks.parts(value)
