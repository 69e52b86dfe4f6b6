"""Anthropic Messages, and Amazon Bedrock Converse, which has the same blocks in other words."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages.framework_blocks import media_block
from spanbridge_semconv.messages.model import (
    Part,
    blob,
    file,
    generic,
    media,
    reasoning,
    text,
    tool_call,
    tool_response,
)

Block = Mapping[str, Any]


def _tool_use(block: Block) -> Part:
    return tool_call(block.get("id"), block.get("name"), block.get("input"))


def _tool_result(block: Block) -> Part:
    return tool_response(block.get("tool_use_id"), block.get("content"))


def _thinking(block: Block) -> Part:
    value = block.get("thinking")
    return reasoning(value) if isinstance(value, str) else generic(block)


def _source(block: Block, modality: str) -> Part:
    source = block.get("source")
    if not isinstance(source, Mapping):
        # The AI SDK's and LangChain's blocks have the same names, and their content directly.
        return media_block(block, modality, modality, "data", "base64", "url")
    if isinstance(source.get("data"), str):
        if source.get("type") == "text":
            return text(source["data"])
        return blob(source["data"], modality, source.get("media_type"))
    if isinstance(source.get("url"), str):
        return media(source["url"], modality)
    if isinstance(source.get("file_id"), str):
        return file(source["file_id"], modality)
    return generic(block)


def _server_tool_use(block: Block) -> Part:
    name = block.get("name") if isinstance(block.get("name"), str) else ""
    call = {"type": name, "input": block.get("input")}
    part: Part = {"type": "server_tool_call", "name": name, "server_tool_call": call}
    if isinstance(block.get("id"), str):
        part["id"] = block["id"]
    return part


def _server_tool_result(block: Block) -> Part:
    kind = str(block.get("type")).removesuffix("_tool_result")
    response = {"type": kind, "content": block.get("content")}
    part: Part = {"type": "server_tool_call_response", "server_tool_call_response": response}
    if isinstance(block.get("tool_use_id"), str):
        part["id"] = block["tool_use_id"]
    return part


BLOCKS = {
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "thinking": _thinking,
    "image": lambda block: _source(block, "image"),
    "document": lambda block: _source(block, "document"),
    "server_tool_use": _server_tool_use,
    "mcp_tool_use": _server_tool_use,
    "web_search_tool_result": _server_tool_result,
    "code_execution_tool_result": _server_tool_result,
    "mcp_tool_result": _server_tool_result,
}


def is_response(body: Block) -> bool:
    """Whether a body is a message the API answered with."""
    return isinstance(body.get("content"), list) and (
        body.get("type") == "message" or "stop_reason" in body
    )


def bedrock_block(block: Block) -> Part | None:
    """A Converse block (``{"toolUse": {...}}``); None when it is none."""
    use, result, thought = (block.get(k) for k in ("toolUse", "toolResult", "reasoningContent"))
    if isinstance(use, Mapping):
        return tool_call(use.get("toolUseId"), use.get("name"), use.get("input"))
    if isinstance(result, Mapping):
        return tool_response(result.get("toolUseId"), result.get("content"))
    if isinstance(thought, Mapping):
        inner = thought.get("reasoningText")
        value = inner.get("text") if isinstance(inner, Mapping) else None
        return reasoning(value) if isinstance(value, str) else generic(block)
    for kind in ("image", "document", "video"):
        inner = block.get(kind)
        source = inner.get("source") if isinstance(inner, Mapping) else None
        content = source.get("bytes") if isinstance(source, Mapping) else None
        if isinstance(content, bytes):
            content = base64.b64encode(content).decode()
        if isinstance(inner, Mapping) and isinstance(content, str):
            fmt = inner.get("format")
            mime = f"{kind}/{fmt}" if isinstance(fmt, str) and kind != "document" else None
            return blob(content, kind, mime)
    return None
