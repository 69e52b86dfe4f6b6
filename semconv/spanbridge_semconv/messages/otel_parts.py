"""OpenTelemetry GenAI parts: what is already in the target schema is only tidied.

Tidied means: null members go, ``result`` (early documents) becomes ``response``, arguments that
are JSON text become objects. A block that has the name of a part but not its members is none.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages import toolvalues
from spanbridge_semconv.messages.model import Part

_TEXT_MEMBER = {
    "text": "content",
    "reasoning": "content",
    "tool_call": "name",
    "uri": "uri",
    "file": "file_id",
    "server_tool_call": "name",
}
"""Part types, and the member that has to be text."""

_OTHERS = ("tool_call_response", "server_tool_call_response", "generic")


def is_part(block: Mapping[str, Any]) -> bool:
    """Whether an object is a part of the target schema and not a provider's block.

    ``text`` and ``file`` are also names of OpenAI's blocks, which carry other members.
    """
    kind = block.get("type")
    if not isinstance(kind, str):
        return False
    if kind == "blob":
        return isinstance(_base64_text(block.get("content")), str)
    if kind in _TEXT_MEMBER:
        return isinstance(block.get(_TEXT_MEMBER[kind]), str)
    return kind in _OTHERS


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
    if not isinstance(out.get("id", ""), str):
        out["id"] = str(out["id"])
    if out["type"] == "tool_call":
        given = out.pop("args", None)  # LangChain's word
        if given is not None or "arguments" in out:
            out["arguments"] = toolvalues.arguments(out.get("arguments", given))
    elif out["type"] == "tool_call_response":
        response = out.pop("result", None)
        out["response"] = toolvalues.result(out.get("response", response))
    elif out["type"] == "blob":
        out["content"] = _base64_text(out.get("content"))
    if out["type"] in ("blob", "uri", "file") and not isinstance(out.get("modality"), str):
        out["modality"] = "document"
    return out
