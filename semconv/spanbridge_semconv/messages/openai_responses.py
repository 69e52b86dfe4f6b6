"""OpenAI Responses API: input and output items, the response body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages.model import (
    Part,
    generic,
    reasoning,
    tool_call,
    tool_response,
)
from spanbridge_semconv.messages.openai_chat import file_block, image_block, text_block

Block = Mapping[str, Any]

BLOCKS = {
    "input_text": text_block,
    "output_text": text_block,
    "summary_text": text_block,
    "reasoning_text": text_block,
    "input_image": image_block,
    "input_file": file_block,
}

_OTHER_ITEMS = (
    "item_reference",
    "compaction",
    "mcp_list_tools",
    "mcp_approval_request",
    "mcp_approval_response",
)


def is_response(body: Block) -> bool:
    """Whether a body is a response: a list of output items beside a status or object name."""
    return isinstance(body.get("output"), list) and (
        body.get("object") == "response" or "status" in body or "instructions" in body
    )


def _reasoning(item: Block) -> list[Part]:
    found: list[Part] = []
    for key in ("summary", "content"):
        blocks = item.get(key)
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, Mapping) and isinstance(block.get("text"), str):
                found.append(reasoning(block["text"]))
    return found


def item(value: Block) -> tuple[str, list[Part]] | None:
    """``(role, parts)`` of an item that is not a message; None when it is something else."""
    kind = value.get("type")
    call_id = value.get("call_id", value.get("id"))
    if kind == "function_call":
        return "assistant", [tool_call(call_id, value.get("name"), value.get("arguments"))]
    if kind == "custom_tool_call":
        return "assistant", [tool_call(call_id, value.get("name"), value.get("input"))]
    if isinstance(kind, str) and kind.endswith("_call_output"):
        return "tool", [tool_response(call_id, value.get("output"))]
    if kind == "reasoning":
        return "assistant", _reasoning(value)
    if isinstance(kind, str) and kind.endswith("_call") and kind != "tool_call":
        # web_search_call, file_search_call, code_interpreter_call, mcp_call: run by the provider.
        rest = {k: v for k, v in value.items() if k not in ("id", "type") and v is not None}
        part: Part = {
            "type": "server_tool_call",
            "name": kind.removesuffix("_call"),
            "server_tool_call": {"type": kind.removesuffix("_call"), **rest},
        }
        if isinstance(value.get("id"), str):
            part["id"] = value["id"]
        return "assistant", [part]
    if kind in _OTHER_ITEMS and "role" not in value:
        return "assistant", [generic(value)]
    return None


def finish(body: Block, called_tool: bool) -> str:
    """Why a response ended; the API has a status instead of a finish reason."""
    status = body.get("status")
    details = body.get("incomplete_details")
    if status == "incomplete":
        reason = details.get("reason") if isinstance(details, Mapping) else None
        return str(reason or "length")
    if status in ("failed", "cancelled"):
        return "error"
    return "tool_call" if called_tool else "stop"
