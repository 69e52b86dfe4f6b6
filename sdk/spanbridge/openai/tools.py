"""Definitions of tools as MLflow has them: in the shape of Chat Completions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from spanbridge.openai.facts import Body

_MEMBERS: Final = ("name", "description", "parameters", "strict")


def function_tools(tools: Iterable[Body]) -> list[dict[str, Any]]:
    """Each tool as a function; one that has neither a name nor a type is left out by itself.

    Chat Completions nests functions, Responses and the older ``functions`` do not. Tools the
    provider runs have nothing but a type and settings: the type is their name.
    """
    return [found for found in map(_function, tools) if found is not None]


def _function(tool: Body) -> dict[str, Any] | None:
    kind = tool.get("type")
    inner = tool.get(kind) if isinstance(kind, str) else None
    body = inner if isinstance(inner, Mapping) and "name" in inner else tool
    function = {name: body[name] for name in _MEMBERS if body.get(name) is not None}
    if kind not in (None, "function", "custom", "namespace"):
        function = {"name": kind}
    if not isinstance(function.get("name"), str):
        return None
    return {"type": "function", "function": function}
