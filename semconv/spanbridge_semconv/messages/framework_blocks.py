"""Content blocks of frameworks: AI SDK, LangChain, LiveKit (typed); Genkit, Haystack (untyped)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from spanbridge_semconv.messages.model import (
    Part,
    blob,
    generic,
    media,
    reasoning,
    text,
    tool_call,
    tool_response,
)

Block = Mapping[str, Any]

_MIME_KEYS = ("mediaType", "mimeType", "mime_type", "contentType", "media_type")


def first(block: Block, *names: str) -> Any:
    """The first of some members that is there and not null."""
    return next((block[name] for name in names if block.get(name) is not None), None)


def _call(block: Block) -> Part:
    arguments = first(block, "args", "input", "arguments")
    return tool_call(block.get("toolCallId"), block.get("toolName"), arguments)


def _result(block: Block) -> Part:
    return _named(tool_response(block.get("toolCallId"), first(block, "result", "output")), block)


def _named(part: Part, block: Block) -> Part:
    name = first(block, "toolName", "tool_name", "name")
    return part | {"name": name} if isinstance(name, str) else part


def media_block(block: Block, modality: str, *names: str) -> Part:
    """Bytes or a URL under one of some names; text of an image is a URL if it looks like one."""
    value, mime = first(block, *names), first(block, *_MIME_KEYS)
    if isinstance(value, Mapping):
        value = _bytes_text(value)
    if not isinstance(value, str):
        return generic(block)
    if value.partition(":")[0] in ("http", "https", "data", "gs", "s3", "file"):
        return media(value, modality, mime)
    return blob(value, modality, mime)


def _bytes_text(value: Block) -> str | None:
    """Base64 of a byte array as JavaScript writes one: ``{"0": 137, ...}``, or a ``Buffer``."""
    data = value.get("data") if value.get("type") == "Buffer" else list(value.values())
    indexed = value.get("type") == "Buffer" or all(map(str.isdigit, value))
    if not indexed or not isinstance(data, list):
        return None
    try:
        return base64.b64encode(bytes(data)).decode()
    except (TypeError, ValueError):
        return None


def _thought(block: Block) -> Part:
    value = first(block, "text", "reasoning", "content")
    return reasoning(value) if isinstance(value, str) else generic(block)


BLOCKS = {
    "tool-call": _call,
    "tool-result": _result,
    "tool-error": _result,
    "reasoning": _thought,
    "audio": lambda block: media_block(block, "audio", "data", "base64", "url"),
    "video": lambda block: media_block(block, "video", "data", "base64", "url"),
    "image_content": lambda block: media_block(block, "image", "image"),
    "audio_content": lambda block: (
        text(block["transcript"]) if isinstance(block.get("transcript"), str) else generic(block)
    ),
    "video_url": lambda block: media_block(_inner(block, "video_url"), "video", "url"),
}


def _inner(block: Block, name: str) -> Block:
    inner = block.get(name)
    return inner if isinstance(inner, Mapping) else block


def untyped(block: Block) -> Part | None:
    """A block told by its only or its first member; None when it is none of these."""
    if block.get("block_type") in ("image", "audio", "video", "document"):  # LlamaIndex
        kind = block["block_type"]
        return media_block(block, kind, kind, "data", "url")
    for name, reader in _UNTYPED.items():
        inner = block.get(name)
        if isinstance(inner, Mapping):
            return reader(inner)
    thought = block.get("reasoning")
    if isinstance(thought, Mapping):
        thought = thought.get("reasoning_text")
    return reasoning(thought) if isinstance(thought, str) and "role" not in block else None


def _haystack_result(block: Block) -> Part:
    origin = _inner(block, "origin")
    return _named(tool_response(origin.get("id"), block.get("result")), origin)


_UNTYPED: dict[str, Callable[[Block], Part]] = {
    "toolRequest": lambda b: tool_call(b.get("ref"), b.get("name"), b.get("input")),
    "toolResponse": lambda b: _named(tool_response(b.get("ref"), b.get("output")), b),
    "media": lambda b: media_block(b, "document", "url"),
    "tool_call": lambda b: tool_call(b.get("id"), b.get("tool_name"), b.get("arguments")),
    "tool_call_result": _haystack_result,
    "image": lambda b: media_block(b, "image", "base64_image"),
    "file": lambda b: media_block(b, "document", "base64_data"),
}
