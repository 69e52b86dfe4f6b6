"""Google Gemini: ``contents`` / ``candidates`` with untyped parts, in camelCase or snake_case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages.model import (
    Part,
    blob,
    media,
    reasoning,
    text,
    tool_call,
    tool_response,
)

Block = Mapping[str, Any]

ROLES = {"model": "assistant", "function": "tool"}


def either(block: Block, camel: str, snake: str) -> Any:
    """A member under its camelCase or snake_case name."""
    value = block.get(camel)
    return value if value is not None else block.get(snake)


def part(block: Block) -> Part | None:
    """One Gemini part; None when it is none."""
    call = either(block, "functionCall", "function_call")
    if isinstance(call, Mapping):
        return tool_call(call.get("id"), call.get("name"), call.get("args"))
    answer = either(block, "functionResponse", "function_response")
    if isinstance(answer, Mapping):
        out = tool_response(answer.get("id"), answer.get("response"))
        if isinstance(answer.get("name"), str):
            out["name"] = answer["name"]
        return out
    inline = either(block, "inlineData", "inline_data")
    if isinstance(inline, Mapping) and isinstance(inline.get("data"), str):
        return blob(inline["data"], "document", either(inline, "mimeType", "mime_type"))
    stored = either(block, "fileData", "file_data")
    if isinstance(stored, Mapping):
        uri = either(stored, "fileUri", "file_uri")
        if isinstance(uri, str):
            return media(uri, "document", either(stored, "mimeType", "mime_type"))
    code = either(block, "executableCode", "executable_code")
    if isinstance(code, Mapping):
        run = {"type": "code_execution", **code}
        return {"type": "server_tool_call", "name": "code_execution", "server_tool_call": run}
    ran = either(block, "codeExecutionResult", "code_execution_result")
    if isinstance(ran, Mapping):
        run = {"type": "code_execution", **ran}
        return {"type": "server_tool_call_response", "server_tool_call_response": run}
    value = block.get("text")
    if isinstance(value, str):
        return reasoning(value) if block.get("thought") is True else text(value)
    return None


def is_response(body: Block) -> bool:
    """Whether a body is a generateContent response."""
    return isinstance(body.get("candidates"), list)


def tools(body: Block) -> list[object]:
    """The function declarations of a request, unwrapped from their groups."""
    config = body.get("config")
    groups = body.get("tools")
    if groups is None and isinstance(config, Mapping):
        groups = config.get("tools")
    found: list[object] = []
    for group in groups if isinstance(groups, list) else []:
        declared = (
            either(group, "functionDeclarations", "function_declarations")
            if isinstance(group, Mapping)
            else None
        )
        found += declared if isinstance(declared, list) else [group]
    return found


def system(body: Block) -> Any:
    """The system instruction of a request, wherever the client put it."""
    config = body.get("config")
    own = either(body, "systemInstruction", "system_instruction")
    if own is None and isinstance(config, Mapping):
        own = either(config, "systemInstruction", "system_instruction")
    return own
