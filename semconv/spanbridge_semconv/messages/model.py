"""The target schema: messages and their parts.

A message is ``{"role": str, "parts": [part, ...]}`` with optional ``name`` and, on output,
``finish_reason``. A part is a dict with a ``type``: ``text``, ``reasoning``, ``tool_call``,
``tool_call_response``, ``blob``, ``uri``, ``file``, ``server_tool_call``,
``server_tool_call_response``, or ``generic``. Optional members are left out, never null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spanbridge_semconv.messages.jsontext import parse_container, parse_result

Part = dict[str, Any]
Message = dict[str, Any]
Tool = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """A span event or a log record that may carry content.

    ``body`` is the log record's body (typed, or text, or None); span events have none.
    """

    name: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    body: object = None


@dataclass(slots=True)
class Messages:
    """The content of one span. Empty lists where the span says nothing."""

    input: list[Message] = field(default_factory=list)
    output: list[Message] = field(default_factory=list)
    system_instructions: list[Part] = field(default_factory=list)
    tool_definitions: list[Tool] = field(default_factory=list)

    def fill(self, other: Messages) -> None:
        """Take from ``other`` what is still missing here; what is here wins as a whole."""
        self.input = self.input or other.input
        self.output = self.output or other.output
        self.system_instructions = self.system_instructions or other.system_instructions
        self.tool_definitions = self.tool_definitions or other.tool_definitions


FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "complete": "stop",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "tool_calls": "tool_call",
    "tool_use": "tool_call",
    "tool-calls": "tool_call",
    "function_call": "tool_call",
    "content-filter": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
}


def finish_reason(value: object) -> str | None:
    """The canonical finish reason, None when there is none.

    ``stop``, ``length``, ``tool_call``, ``content_filter``, ``error``, or else the provider's own
    word in lower case.
    """
    if not isinstance(value, str) or not value:
        return None
    word = value.removeprefix("FinishReason.").lower()
    return FINISH_REASONS.get(word, word)


def message(
    role: object, parts: list[Part], *, name: object = None, finish: object = None
) -> Message:
    """A message; an unusable role becomes ``user``."""
    out: Message = {"role": role if isinstance(role, str) and role else "user", "parts": parts}
    if isinstance(name, str) and name:
        out["name"] = name
    reason = finish_reason(finish)
    if reason is not None:
        out["finish_reason"] = reason
    return out


def text(content: str) -> Part:
    """A text part."""
    return {"type": "text", "content": content}


def reasoning(content: str) -> Part:
    """A reasoning (thinking) part."""
    return {"type": "reasoning", "content": content}


def generic(value: object) -> Part:
    """Content nobody knows how to read, kept whole."""
    part: Part = {"type": "generic"}
    if isinstance(value, Mapping) and isinstance(value.get("type"), str):
        part["generic_type"] = value["type"]
    part["content"] = value
    return part


def tool_call(call_id: object, name: object, arguments: object) -> Part:
    """A tool call. Arguments that are JSON text become what the text says."""
    part: Part = {"type": "tool_call", "name": name if isinstance(name, str) else ""}
    if isinstance(call_id, str) and call_id:
        part["id"] = call_id
    if arguments is not None and arguments != "":
        part["arguments"] = parse_container(arguments)
    return part


def tool_response(call_id: object, response: object) -> Part:
    """The result of a tool call. JSON text (an object, array or string) becomes its value."""
    part: Part = {"type": "tool_call_response", "response": parse_result(response)}
    if isinstance(call_id, str) and call_id:
        part["id"] = call_id
    return part


def _modality(mime_type: str, default: str) -> str:
    family = mime_type.partition("/")[0]
    return family if family in ("image", "audio", "video") else default


def media(url: str, modality: str, mime_type: object = None) -> Part:
    """A ``blob`` for a data URI, a ``uri`` for anything else."""
    mime = mime_type if isinstance(mime_type, str) else ""
    if url.startswith("data:") and "," in url:
        header, _, content = url[len("data:") :].partition(",")
        kind, *flags = header.split(";")
        if "base64" in flags:
            return blob(content, modality, kind or mime)
    part: Part = {"type": "uri", "modality": _modality(mime, modality), "uri": url}
    if mime:
        part["mime_type"] = mime
    return part


def blob(content: str, modality: str, mime_type: object = None) -> Part:
    """Inline bytes as base64."""
    mime = mime_type if isinstance(mime_type, str) else ""
    part: Part = {"type": "blob", "modality": _modality(mime, modality), "content": content}
    if mime:
        part["mime_type"] = mime
    return part


def file(file_id: str, modality: str) -> Part:
    """A file the provider holds."""
    return {"type": "file", "modality": modality, "file_id": file_id}
