"""LangChain's serialised messages, as chat messages.

Three spellings: the constructor (``{"lc": 1, "id": [..., "HumanMessage"], "kwargs": {...}}``), the
tagged one (``{"type": "human", "data": {...}}``) and the bare one (``{"type": "human",
"content": ...}``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]

_ROLES = {
    "human": "user",
    "ai": "assistant",
    "system": "system",
    "tool": "tool",
    "function": "tool",
    "chat": "",
}
_REASONS = ("finish_reason", "stop_reason", "finishReason", "stopReason", "done_reason")


def constructed(value: Body) -> tuple[str, Body] | None:
    """``(class name, arguments)`` of a serialised object; None when it is none."""
    path, arguments = value.get("id"), value.get("kwargs")
    if "lc" not in value or not isinstance(path, list) or not isinstance(arguments, Mapping):
        return None
    return (path[-1], arguments) if path and isinstance(path[-1], str) else None


def message(value: object) -> dict[str, Any] | None:
    """A message in the words of OpenAI's chat messages; None when it is no LangChain message.

    Its ``finish_reason`` is None where the message does not tell.
    """
    if not isinstance(value, Mapping):
        return None
    found = _body(value)
    if found is None:
        return None
    role, body = found
    extra, about = (
        inner if isinstance(inner := body.get(key), Mapping) else {}
        for key in ("additional_kwargs", "response_metadata")
    )
    reason = next((about[key] for key in _REASONS if about.get(key)), None)
    said: dict[str, Any] = {"role": role, "content": body.get("content"), "finish_reason": reason}
    for key in ("tool_calls", "function_call", "reasoning_content"):
        if body.get(key) or extra.get(key):
            said[key] = body.get(key) or extra[key]
    for key in ("name", "tool_call_id"):
        if body.get(key):
            said[key] = body[key]
    return said


def _body(value: Body) -> tuple[str, Body] | None:
    built = constructed(value)
    kind: object = value.get("type")
    body: object = value
    if built is not None:
        name, body = built
        if not name.removesuffix("Chunk").endswith("Message"):
            return None
        kind = body.get("type") or name
    elif isinstance(value.get("data"), Mapping):
        body = value["data"]
    if not isinstance(body, Mapping) or not isinstance(kind, str) or "content" not in body:
        return None
    role = _ROLES.get(kind.removesuffix("Chunk").removesuffix("Message").lower())
    if role is None or (body is value and "role" in value):
        return None
    said = body.get("role")
    return role or (said if isinstance(said, str) else "user"), body
