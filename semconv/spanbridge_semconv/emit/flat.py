"""Messages spread over one attribute per leaf, as OpenInference has them."""

from __future__ import annotations

from typing import Any, Final

from spanbridge_semconv.messages import blocks
from spanbridge_semconv.messages.jsontext import parse_result
from spanbridge_semconv.messages.model import Message, Part, Tool, text
from spanbridge_semconv.text import attribute_text

Attributes = dict[str, object]
EMBEDDINGS: Final = "embedding.embeddings."
_MEDIA: Final = ("image", "audio", "video", "document")


def messages(side: str, listed: list[Message]) -> Attributes:
    """``llm.input_messages`` or ``llm.output_messages``."""
    out: Attributes = {}
    for position, said in enumerate(one for whole in listed for one in split(whole)):
        out |= _message(f"llm.{side}.{position}.message", said)
    return out


def split(said: Message) -> list[Message]:
    """A message as several, if it brings results of tools: OpenInference has one in a message."""
    results = [part for part in said["parts"] if part["type"] == "tool_call_response"]
    others = [part for part in said["parts"] if part["type"] != "tool_call_response"]
    if not results:
        return [said]
    found = [{**said, "role": "tool", "parts": [part]} for part in results]
    return [*found, {**said, "parts": others}] if others else found


def tools(listed: list[Tool]) -> Attributes:
    """``llm.tools.N.tool.json_schema``: functions in OpenAI's shape, others as they are."""
    return {
        f"llm.tools.{position}.tool.json_schema": attribute_text(wrapped(tool))
        for position, tool in enumerate(listed)
    }


def wrapped(tool: Tool) -> dict[str, Any]:
    """A tool definition in the shape of OpenAI's Chat Completions."""
    if tool.get("type") != "function" or "name" not in tool:
        return tool
    return {"type": "function", "function": {k: v for k, v in tool.items() if k != "type"}}


def embeddings(listed: list[Message]) -> Attributes | None:
    """``embedding.embeddings.N.embedding.text``; None if something other than text went in."""
    parts = [part for said in listed for part in said["parts"]]
    if len(listed) != 1 or any(part.keys() != {"type", "content"} for part in parts):
        return None
    if any(part["type"] != "text" for part in parts):
        return None
    return {
        f"{EMBEDDINGS}{position}.embedding.text": part["content"]
        for position, part in enumerate(parts)
    }


def response_text(response: object) -> str:
    """A tool's answer as text that reads back as the same value."""
    if isinstance(response, str) and parse_result(response) == response:
        return response
    return attribute_text([response])[1:-1]


def arguments_text(arguments: object) -> str:
    """The arguments of a call as text: JSON, unless they are text that is no JSON."""
    return arguments if isinstance(arguments, str) else attribute_text([arguments])[1:-1]


def _message(prefix: str, said: Message) -> Attributes:
    out: Attributes = {f"{prefix}.role": said["role"]}
    if "name" in said:
        out[f"{prefix}.name"] = said["name"]
    parts = said["parts"]
    if len(parts) == 1 and parts[0]["type"] == "tool_call_response":
        return out | _result(prefix, parts[0])
    calls = [part for part in parts if part["type"] == "tool_call"]
    contents = [part for part in parts if part["type"] != "tool_call"]
    if len(contents) == 1 and _is_plain(contents[0]):
        out[f"{prefix}.content"] = contents[0]["content"]
    else:
        for position, part in enumerate(contents):
            inner = f"{prefix}.contents.{position}.message_content"
            out |= {f"{inner}.{name}": value for name, value in _content(part).items()}
    for position, call in enumerate(calls):
        inner = f"{prefix}.tool_calls.{position}.tool_call"
        if "id" in call:
            out[f"{inner}.id"] = call["id"]
        out[f"{inner}.function.name"] = call["name"]
        if "arguments" in call:
            out[f"{inner}.function.arguments"] = arguments_text(call["arguments"])
    return out


def _result(prefix: str, part: Part) -> Attributes:
    out: Attributes = {f"{prefix}.tool_call_id": part.get("id", "")}
    if isinstance(part.get("name"), str):
        out[f"{prefix}.name"] = part["name"]
    return out | {f"{prefix}.content": response_text(part.get("response"))}


def _is_plain(part: Part) -> bool:
    """Whether a part is text that reads back as this text and nothing else."""
    content = part.get("content")
    return part["type"] == "text" and blocks.parts(content) == [text(str(content))]


def _content(part: Part) -> Attributes:
    kind = part["type"]
    if kind in ("text", "reasoning") and isinstance(part.get("content"), str):
        return {"type": kind, "text": part["content"]}
    modality = part.get("modality")
    if kind in ("blob", "uri") and modality in _MEDIA:
        url = part.get("uri")
        if kind == "blob":
            url = f"data:{part.get('mime_type', '')};base64,{part.get('content', '')}"
        place = "image.image" if modality == "image" else str(modality)
        out: Attributes = {"type": modality, f"{place}.url": str(url)}
        if "mime_type" in part and modality != "image":
            out[f"{place}.mime_type"] = part["mime_type"]
        return out
    return {"type": "text", "text": attribute_text(part)}
