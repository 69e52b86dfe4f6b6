"""Messages in the shape of OpenAI's Chat Completions, which MLflow's views and judges read.

What that shape has no block for stands in the content as the part it is.
"""

from __future__ import annotations

from typing import Any, Final

from spanbridge_semconv.emit.flat import arguments_text, response_text, split
from spanbridge_semconv.messages import blocks
from spanbridge_semconv.messages.model import Message, Part, text

_AUDIO: Final = "audio/"


def messages(listed: list[Message]) -> list[dict[str, Any]]:
    """Messages of a request."""
    return [_message(one) for said in listed for one in split(said)]


def choices(listed: list[Message], finish_reasons: tuple[str, ...]) -> list[dict[str, Any]]:
    """Messages of a response, a choice each."""
    reasons = dict(enumerate(finish_reasons))
    return [
        {
            "index": position,
            "finish_reason": said.get("finish_reason") or reasons.get(position),
            "message": _message(said),
        }
        for position, said in enumerate(listed)
    ]


def _message(said: Message) -> dict[str, Any]:
    parts = said["parts"]
    out: dict[str, Any] = {"role": said["role"]}
    if "name" in said:
        out["name"] = said["name"]
    if said["role"] == "tool" and len(parts) == 1 and parts[0]["type"] == "tool_call_response":
        part = parts[0]
        if "id" in part:
            out["tool_call_id"] = part["id"]
        if isinstance(part.get("name"), str):
            out["name"] = part["name"]
        return out | {"content": response_text(part.get("response"))}
    calls = [part for part in parts if part["type"] == "tool_call"]
    contents = [part for part in parts if part["type"] != "tool_call"]
    if contents and _is_thought(contents[0]):
        out["reasoning_content"] = contents.pop(0)["content"]
    out["content"] = _content(contents)
    if calls:
        out["tool_calls"] = [_call(call) for call in calls]
    return out


def _is_thought(part: Part) -> bool:
    return part.keys() == {"type", "content"} and part["type"] == "reasoning" and part["content"]


def _content(parts: list[Part]) -> object:
    if not parts:
        return None
    if len(parts) == 1 and parts[0]["type"] == "text":
        content = parts[0].get("content")
        if blocks.parts(content) == [text(str(content))]:
            return content
    return [_block(part) for part in parts]


def _block(part: Part) -> dict[str, Any]:
    kind, modality = part["type"], part.get("modality")
    mime_type = str(part.get("mime_type", ""))
    if kind == "text":
        return {"type": "text", "text": part.get("content")}
    if modality == "image" and kind == "uri" and "mime_type" not in part:
        return {"type": "image_url", "image_url": {"url": part.get("uri")}}
    if modality == "image" and kind == "blob" and mime_type:
        return {
            "type": "image_url",
            "image_url": {"url": f"data:{mime_type};base64,{part.get('content', '')}"},
        }
    if modality == "audio" and kind == "blob" and mime_type.startswith(_AUDIO):
        audio = {"data": part.get("content"), "format": mime_type.removeprefix(_AUDIO)}
        return {"type": "input_audio", "input_audio": audio}
    if modality == "document" and kind == "file":
        return {"type": "file", "file": {"file_id": part.get("file_id")}}
    return part


def _call(call: Part) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": arguments_text(call.get("arguments", ""))}
    return {"id": call.get("id"), "type": "function", "function": function}
