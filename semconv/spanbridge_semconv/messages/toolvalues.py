"""What a tool was given and what it answered, without what it was wrapped in.

JSON text becomes its value, as often as it was written as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanbridge_semconv.messages import langchain
from spanbridge_semconv.messages.jsontext import parse_container, parse_result

_MCP_RESULT = frozenset(
    {"content", "isError", "is_error", "structuredContent", "structured_content", "_meta", "meta"}
)
_TAGGED = frozenset({"text", "json", "content", "error-text", "error-json"})
_TEXT_BLOCK = frozenset({"type", "text", "annotations", "cache_control", "_meta", "meta"})
_CALLED = frozenset({"args", "kwargs", "sanitize_inputs_outputs"})  # the last is smolagents'
_RUN = frozenset({"inputs", "input_str", "tags", "metadata", "kwargs"})


def result(value: object) -> Any:
    """The answer of a tool.

    Unwrapped are: text blocks (Anthropic, Bedrock, MCP), ``{"result": x}`` and ``{"output": x}``
    without anything else (Gemini, LangSmith), a LangChain ``ToolMessage``, an MCP result, the AI
    SDK's ``{"type": "text", "value": x}``, LlamaIndex's ``ToolOutput``.
    """
    return _unwrapped(value, _inner_result)


def arguments(value: object) -> Any:
    """The arguments of a call.

    Unwrapped are: ``{"args": [], "kwargs": x}`` of decorated functions, LangChain's run inputs and
    calls, MCP's ``tools/call``.
    """
    return _unwrapped(value, _inner_arguments)


def _unwrapped(value: object, inner: Callable[[object], object]) -> Any:
    # Ends: whatever is taken out is smaller than what it was in.
    while (found := inner(value)) is not value:
        value = found
    return value


def _inner_result(value: object) -> object:
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, list):
        return _joined(value)
    if not isinstance(value, Mapping):
        return value
    message = langchain.message(value)
    if message is not None:
        return message["content"]
    if set(value) == {"type", "value"} and value["type"] in _tagged(value):
        return value["value"]
    for name, beside in (("result", "jsonrpc"), ("raw_output", "raw_input")):
        if name in value and beside in value:
            return value[name]
    if isinstance(value.get("content"), list) and set(value) <= _MCP_RESULT:
        structured = value.get("structuredContent", value.get("structured_content"))
        return value["content"] or (value["content"] if structured is None else structured)
    for name in ("result", "output"):
        if value.get(name) is not None and set(value) <= {name, "kwargs"}:
            return value[name]
    return value


def _tagged(value: Mapping[str, Any]) -> frozenset[str]:
    return _TAGGED if isinstance(value["type"], str) else frozenset()


def _joined(value: list[Any]) -> object:
    """Text blocks as their text, a lone block of JSON as its value; anything else as it is."""
    texts = [
        block["text"]
        for block in value
        if isinstance(block, Mapping)
        and isinstance(block.get("text"), str)
        and block.get("type", "text") == "text"
        and set(block) <= _TEXT_BLOCK
    ]
    if value and len(texts) == len(value):
        return "\n".join(texts)
    if len(value) == 1 and isinstance(value[0], Mapping) and set(value[0]) == {"json"}:
        return value[0]["json"]
    return value


def _inner_arguments(value: object) -> object:
    if isinstance(value, str):
        return _from_text(value)
    if not isinstance(value, Mapping):
        return value
    if "kwargs" in value and set(value) <= _CALLED and not value.get("args"):
        return value["kwargs"]
    if set(value) <= _RUN and len(value) > 1:
        run = value.get("inputs") or parse_container(value.get("input_str"))
        return run if run is not None and run != "" else value
    if value.get("type") == "tool_call" and "args" in value:
        return value["args"]
    if set(value) == {"tool_name", "arguments"}:
        return value["arguments"]
    if value.get("method") == "tools/call" and isinstance(value.get("params"), Mapping):
        return value["params"].get("arguments", value["params"])
    return value


def _from_text(value: str) -> object:
    """The JSON value of a text; the same object when the text spells none."""
    found = parse_result(value)
    return value if isinstance(found, str) and found == value else found
