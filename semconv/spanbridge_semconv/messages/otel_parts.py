"""OpenTelemetry GenAI parts: what is already in the target schema is only tidied.

Tidied means: null members go, ``result`` (early documents) becomes ``response``, arguments that
are JSON text become objects.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages.jsontext import parse_container, parse_result
from spanbridge_semconv.messages.model import Part

KNOWN = frozenset(
    {
        "text",
        "reasoning",
        "tool_call",
        "tool_call_response",
        "blob",
        "uri",
        "file",
        "server_tool_call",
        "server_tool_call_response",
        "generic",
    }
)


def is_part(block: Mapping[str, Any]) -> bool:
    """Whether an object is a part of the target schema and not a provider's block.

    ``text`` and ``file`` are also names of OpenAI's blocks, which carry other members.
    """
    kind = block.get("type")
    if kind in ("text", "reasoning"):
        return isinstance(block.get("content"), str)
    if kind == "file":
        return isinstance(block.get("file_id"), str)
    return isinstance(kind, str) and kind in KNOWN


def _base64_text(content: object) -> object:
    """The content of a blob: log records may carry bytes where spans carry base64."""
    if isinstance(content, bytes):
        return base64.b64encode(content).decode()
    if isinstance(content, Mapping) and isinstance(content.get("bytesValue"), str):
        return content["bytesValue"]
    return content


def part(block: Mapping[str, Any]) -> Part:
    """A part of the target schema, tidied."""
    if block["type"] == "generic":
        return dict(block)
    out = {key: value for key, value in block.items() if value is not None}
    if out["type"] == "tool_call" and "arguments" in out:
        out["arguments"] = parse_container(out["arguments"])
    elif out["type"] == "tool_call_response":
        response = out.pop("result", None)
        out["response"] = parse_result(out.get("response", response))
    elif out["type"] == "blob":
        out["content"] = _base64_text(out.get("content"))
    return out
