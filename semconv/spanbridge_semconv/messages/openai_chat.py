"""OpenAI Chat Completions: request and response bodies, messages, content blocks, tools.

Also read here, because they share the shape: every OpenAI-compatible server, and the legacy GenAI
events (their bodies are chat messages).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages.framework_blocks import first, media_block
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import (
    Part,
    Tool,
    blob,
    file,
    generic,
    media,
    text,
    tool_call,
)

Block = Mapping[str, Any]


def text_block(block: Block) -> Part:
    """``{"type": "text", "text": ...}``; also Responses' ``input_text`` and ``output_text``."""
    value = block.get("text")
    return text(value) if isinstance(value, str) else generic(block)


def refusal_block(block: Block) -> Part:
    """``{"type": "refusal", "refusal": ...}``: what the model said instead of an answer."""
    value = block.get("refusal")
    return text(value) if isinstance(value, str) else generic(block)


def image_block(block: Block) -> Part:
    """``{"type": "image_url", "image_url": {"url": ...}}``; Responses has the URL directly."""
    image = block.get("image_url")
    url = image.get("url") if isinstance(image, Mapping) else image
    if isinstance(url, str):
        return media(url, "image")
    file_id = block.get("file_id")
    return file(file_id, "image") if isinstance(file_id, str) else generic(block)


def audio_block(block: Block) -> Part:
    """``{"type": "input_audio", "input_audio": {"data": base64, "format": "wav"}}``."""
    audio = block.get("input_audio")
    if isinstance(audio, Mapping) and isinstance(audio.get("data"), str):
        fmt = audio.get("format")
        return blob(audio["data"], "audio", f"audio/{fmt}" if isinstance(fmt, str) else None)
    return generic(block)


def file_block(block: Block) -> Part:
    """``{"type": "file", "file": {"file_id" | "file_data"}}``; Responses has no inner object."""
    inner = block.get("file")
    body = inner if isinstance(inner, Mapping) else block
    if isinstance(body.get("file_id"), str):
        return file(body["file_id"], "document")
    for key in ("file_data", "file_url"):
        if isinstance(body.get(key), str):
            return media(body[key], "document")
    return media_block(block, "document", "data", "base64", "url")


BLOCKS = {
    "refusal": refusal_block,
    "image_url": image_block,
    "input_audio": audio_block,
    "file": file_block,
}


_IDS = ("id", "call_id", "toolCallId")
_NAMES = ("name", "toolName", "tool_name")
_ARGUMENTS = ("arguments", "args", "input")


def tool_calls(message: Block) -> list[Part]:
    """The calls of an assistant message: ``tool_calls`` or the older ``function_call``."""
    parts: list[Part] = []
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else []:
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping):
            parts.append(tool_call(call.get("id"), function.get("name"), function.get("arguments")))
        elif isinstance(call, Mapping) and isinstance(first(call, *_NAMES), str):
            name, arguments = first(call, *_NAMES), first(call, *_ARGUMENTS)
            parts.append(tool_call(first(call, *_IDS), name, arguments))
        else:
            parts.append(generic(call))
    function = message.get("function_call")
    if isinstance(function, Mapping) and not parts:
        parts.append(tool_call(None, function.get("name"), function.get("arguments")))
    return parts


def is_response(body: Block) -> bool:
    """Whether a body is a chat completion."""
    return isinstance(body.get("choices"), list)


def choice_of(choice: Block) -> tuple[object, object]:
    """``(message, finish reason)`` of one choice; plain completions have ``text`` instead."""
    inner = choice.get("message", choice.get("delta"))
    if inner is None and isinstance(choice.get("text"), str):
        inner = {"role": "assistant", "content": choice["text"]}
    return inner, choice.get("finish_reason")


_SCHEMAS = (
    "parameters",
    "input_schema",
    "inputSchema",
    "parametersJsonSchema",
    "parameters_json_schema",
    "args_schema",
)


def tool(definition: object) -> Tool | None:
    """A tool definition of any provider as ``{type, name, description, parameters}``."""
    if not isinstance(definition, Mapping):
        return None
    function = definition.get("function", definition.get("toolSpec"))
    body = function if isinstance(function, Mapping) else definition
    kind = definition.get("type")
    kind = kind if isinstance(kind, str) else ""
    out: Tool = {"type": kind if kind not in ("", "custom") else "function"}
    name = body.get("name")
    if not isinstance(name, str):
        # A provider's own tool (web_search and the like) has a type and settings, no function.
        return {k: v for k, v in definition.items() if v is not None} if kind else None
    out["name"] = name
    if isinstance(body.get("description"), str):
        out["description"] = body["description"]
    for key in _SCHEMAS:
        schema = parse_container(body.get(key))
        if isinstance(schema, Mapping):
            # Bedrock has the schema one level down.
            inner = schema.get("json")
            out["parameters"] = inner if isinstance(inner, Mapping) else schema
            break
    return out


def is_message(value: Mapping[str, Any]) -> bool:
    """Whether an object is a chat message."""
    return isinstance(value.get("role"), str) and (
        "content" in value
        or "tool_calls" in value
        or "function_call" in value
        or isinstance(value.get("blocks"), list)
    )
