"""The target schema: messages and their parts.

A message is ``{"role": str, "parts": [part, ...]}`` with optional ``name`` and, on output,
``finish_reason``. A part is a dict with a ``type``: ``text``, ``reasoning``, ``tool_call``,
``tool_call_response``, ``blob``, ``uri``, ``file``, ``server_tool_call``,
``server_tool_call_response``, or ``generic``. Optional members are left out, never null.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spanbridge_semconv.messages import toolvalues
from spanbridge_semconv.translate import spelled

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
        """Take from ``other`` what is still missing here; what is here wins as a whole.

        Instructions are missing also where ``other`` has them as a message and this has not.
        """
        told = other.system_instructions
        if not (told or other.input or other.output or other.tool_definitions):
            return
        if self.input and not told:
            leading = itertools.takewhile(_is_instruction, other.input)
            told = [part for said in leading for part in said["parts"]]
        if told and not self.instructed:
            self.system_instructions = told
        self.input = self.input or other.input
        if not any(said["parts"] for said in self.output):
            # A reply that only says why it ended; LiteLLM writes calls of tools elsewhere.
            silent: Message = {}
            pairs = itertools.zip_longest(self.output, other.output, fillvalue=silent)
            self.output = [{**ended, **said} for ended, said in pairs]
        self.tool_definitions = self.tool_definitions or other.tool_definitions

    @property
    def instructed(self) -> bool:
        """Whether it is known what the model was told beforehand."""
        return bool(self.system_instructions) or any(map(_is_instruction, self.input))


def _is_instruction(said: Message) -> bool:
    return said["role"] in ("system", "developer")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a tool was given and what it answered; None where the span does not say."""

    arguments: Any = None
    result: Any = None


@dataclass(frozen=True, slots=True)
class Retrieval:
    """A search.

    ``documents`` are ``{"id": str | None, "content": Any, "score": float | None, "metadata":
    dict}``, best first as the span has them.
    """

    query: str | None
    documents: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Embeddings:
    """What was embedded. The vectors are not kept, only how many and how long they were."""

    texts: list[str]
    count: int
    dimension: int | None


def finish_reason(value: object) -> str | None:
    """The canonical finish reason, None when there is none.

    ``stop``, ``length``, ``tool_call``, ``content_filter``, ``error``, or else the provider's own
    word in lower case: the vocabulary of the canonical model.
    """
    return (spelled("finish_reasons", value) or None) if isinstance(value, str) else None


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
        part["arguments"] = toolvalues.arguments(arguments)
    return part


def tool_response(call_id: object, response: object) -> Part:
    """The result of a tool call, unwrapped."""
    part: Part = {"type": "tool_call_response", "response": toolvalues.result(response)}
    if isinstance(call_id, str) and call_id:
        part["id"] = call_id
    return part


def media(url: str, modality: str, mime_type: object = None) -> Part:
    """A ``blob`` for a data URI, a ``uri`` for anything else (a Langfuse media reference too)."""
    mime = mime_type if isinstance(mime_type, str) else ""
    if url.startswith("data:") and "," in url:
        header, _, content = url[len("data:") :].partition(",")
        kind, *flags = header.split(";")
        if "base64" in flags:
            return _media("blob", modality, kind or mime) | {"content": content}
    if url.startswith(_LANGFUSE_MEDIA):
        mime = url[len(_LANGFUSE_MEDIA) :].partition("|")[0].strip("@") or mime
    return _media("uri", modality, mime) | {"uri": url}


_LANGFUSE_MEDIA = "@@@langfuseMedia:type="


def blob(content: str, modality: str, mime_type: object = None) -> Part:
    """Inline bytes as base64, or what stands in their place: a data URI, a media reference."""
    mime = mime_type if isinstance(mime_type, str) else ""
    if content.startswith(("data:", _LANGFUSE_MEDIA)):
        return media(content, modality, mime)
    return _media("blob", modality, mime) | {"content": content}


def _media(kind: str, modality: str, mime_type: str) -> Part:
    family = mime_type.partition("/")[0]
    part: Part = {"type": kind, "modality": family if family in _MODALITIES else modality}
    if mime_type:
        part["mime_type"] = mime_type
    return part


_MODALITIES = ("image", "audio", "video")


def file(file_id: str, modality: str) -> Part:
    """A file the provider holds."""
    return {"type": "file", "modality": modality, "file_id": file_id}
