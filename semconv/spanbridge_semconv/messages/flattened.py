"""Messages spread over one attribute per leaf: ``llm.input_messages.0.message.role``.

Indices may have gaps and come in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spanbridge_semconv.messages import blocks, openai_chat
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import (
    Message,
    Part,
    Tool,
    generic,
    media,
    message,
    text,
    tool_call,
    tool_response,
)

MAX_DEPTH = 24
"""Segments of a key. A key with more is not a message."""

Node = dict[str, Any]


def tree(attributes: Mapping[str, object], prefix: str) -> Node:
    """The attributes below ``prefix.`` as nested dicts keyed by segment.

    A value at a place that also has children stands under ``""``.
    """
    root: Node = {}
    start = prefix + "."
    for key, value in attributes.items():
        if not key.startswith(start) or value is None:
            continue
        path = key[len(start) :].split(".", MAX_DEPTH)
        node = root
        for segment in path[:-1]:
            child = node.setdefault(segment, {})
            if not isinstance(child, dict):
                child = node[segment] = {"": child}
            node = child
        last = node.get(path[-1])
        if isinstance(last, dict):
            last[""] = value
        else:
            # A value that is itself an object must not be taken for children.
            node[path[-1]] = {"": value} if isinstance(value, dict) else value
    return root


def items(node: object) -> Iterator[Node]:
    """The children with a number for a name, in the order of the numbers."""
    if isinstance(node, dict):
        numbered = [
            (int(k), v) for k, v in node.items() if k.isascii() and k.isdigit() and len(k) < 10
        ]
        for _, child in sorted(numbered, key=lambda pair: pair[0]):
            yield child if isinstance(child, dict) else {"": child}


def _get(node: object, *path: str) -> Any:
    for segment in path:
        node = node.get(segment) if isinstance(node, dict) else None
    return node[""] if isinstance(node, dict) and set(node) == {""} else node


# OpenInference


def _oi_tool_call(node: object) -> Part | None:
    call = _get(node, "tool_call")
    name = _get(call, "function", "name")
    if name is None and _get(call, "id") is None:
        return None
    return tool_call(_get(call, "id"), name, _get(call, "function", "arguments"))


def _oi_content(node: Node) -> Part:
    call = _oi_tool_call(node)
    if call is not None:
        return call
    content = _get(node, "message_content")
    kind = _get(content, "type")
    if kind == "reasoning" and isinstance(_get(content, "text"), str):
        return {"type": "reasoning", "content": _get(content, "text")}
    for modality in ("image", "audio", "video", "document", "file"):
        inner = _get(content, modality)
        found = _get(inner, modality) if modality == "image" else inner
        url = _get(found, "url") or _get(inner, "url")
        if isinstance(url, str):
            kind = "document" if modality == "file" else modality
            return media(url, kind, _get(inner, "mime_type"))
    value = _get(content, "text")
    return text(value) if isinstance(value, str) else generic(content if content else node)


_OI_ROLES = {"tool-call": "assistant", "tool-response": "tool"}  # smolagents


def _oi_message(node: Node, role: str, finish: object = None) -> Message:
    inner = _get(node, "message")
    said = _get(inner, "role")
    said = _OI_ROLES.get(said, said) if isinstance(said, str) and said else role
    answers = [parse_container(_get(item)) for item in items(_get(node, "function"))]
    if answers and all(isinstance(answer, dict) and "content" in answer for answer in answers):
        # AutoGen's results of tools stand beside the message.
        return message("tool", [tool_response(a.get("call_id"), a["content"]) for a in answers])
    content = _get(inner, "content")
    found = [_oi_content(item) for item in items(_get(inner, "contents"))]
    if said in ("tool", "function") and isinstance(_get(inner, "tool_call_id"), str):
        answer = content
        if answer is None and all(part["type"] == "text" for part in found):
            answer = "\n".join(part["content"] for part in found)
        parts = [tool_response(_get(inner, "tool_call_id"), answer if answer else found or "")]
        return message(said, parts, name=_get(inner, "name"))
    if not any(part["type"] == "text" for part in found):
        # `content` repeats what `contents` says when both are there.
        found = blocks.parts(content) + found
    seen = [part.get("id") for part in found if part["type"] == "tool_call"]
    for item in items(_get(inner, "tool_calls")):
        call = _oi_tool_call(item)
        if call is not None and (call.get("id") is None or call.get("id") not in seen):
            found.append(call)
    legacy = _get(inner, "function_call_name")
    if isinstance(legacy, str):
        found.append(tool_call(None, legacy, _get(inner, "function_call_arguments_json")))
    return message(said, found, name=_get(inner, "name"), finish=finish)


def openinference(
    attributes: Mapping[str, object], side: str, role: str, finish: object = None
) -> list[Message]:
    """``llm.input_messages`` or ``llm.output_messages``.

    Some emitters leave the prefix off a reply's tool calls (``message.tool_calls.0...``); these
    join the first output message.
    """
    nodes = list(items(tree(attributes, f"llm.{side}")))
    if side == "output_messages":
        loose = tree(attributes, "message")
        if loose and not nodes:
            nodes = [{"message": loose}]
        elif loose and isinstance(nodes[0].get("message"), dict):
            nodes[0]["message"].setdefault("tool_calls", loose.get("tool_calls", {}))
    found = [_oi_message(node, role, finish) for node in nodes]
    return [said for said in found if said["parts"] or "finish_reason" in said]


def openinference_tools(attributes: Mapping[str, object]) -> list[Tool]:
    """``llm.tools.N.tool.json_schema``, in whatever shape the provider has."""
    schemas = [_get(item, "tool", "json_schema") for item in items(tree(attributes, "llm.tools"))]
    found = [openai_chat.tool(parse_container(schema)) for schema in schemas]
    return [tool for tool in found if tool is not None]


def openinference_prompts(attributes: Mapping[str, object]) -> list[Message]:
    """``llm.prompts.N.prompt.text`` or ``llm.prompts``: the prompts of a plain completion."""
    listed = parse_container(attributes.get("llm.prompts"))
    if not isinstance(listed, list):
        nodes = items(tree(attributes, "llm.prompts"))
        listed = [_get(item, "prompt", "text") for item in nodes]
    return [message("user", [text(t)]) for t in listed if isinstance(t, str)]


def openinference_embeddings(attributes: Mapping[str, object]) -> list[Message]:
    """``embedding.embeddings.N.embedding.text``: what was embedded."""
    nodes = items(tree(attributes, "embedding.embeddings"))
    texts = [_get(item, "embedding", "text") for item in nodes]
    parts = [text(t) for t in texts if isinstance(t, str)]
    return [message("user", parts)] if parts else []


# Traceloop


def _tl_message(node: Node, role: str) -> Message | None:
    said = _get(node, "role")
    said = said if isinstance(said, str) and said else role
    content = _get(node, "content")
    if content is None:
        content = _get(node, "user")  # Bedrock, first versions
    call_id = _get(node, "tool_call_id")
    if isinstance(call_id, str) and call_id:
        return message(said, [tool_response(call_id, content)])
    parts = blocks.parts(parse_blocks(content))
    thought = _get(node, "reasoning")
    if isinstance(thought, str) and thought:
        parts.insert(0, {"type": "reasoning", "content": thought})
    for call in [*items(_get(node, "tool_calls")), _get(node, "function_call")]:
        inner = _get(call, "function") or call
        if isinstance(inner, dict):
            arguments = _get(inner, "arguments")
            parts.append(tool_call(_get(call, "id"), _get(inner, "name"), arguments))
    if not parts and _get(node, "finish_reason") is None:
        return None
    return message(said, parts, finish=_get(node, "finish_reason"))


def parse_blocks(content: object) -> object:
    """A single content block spelled as JSON text, as an object; anything else as it is."""
    spelled = parse_container(content)
    if isinstance(spelled, dict) and isinstance(spelled.get("type"), str):
        return spelled
    return content


def traceloop(attributes: Mapping[str, object], prefix: str, role: str) -> list[Message]:
    """``gen_ai.prompt.N.*`` or ``gen_ai.completion.N.*``.

    Names that are no numbers (a prompt's ``gen_ai.prompt.name``) are no messages.
    """
    found: list[Message] = []
    thought: Message | None = None
    for node in items(tree(attributes, prefix)):
        said = _tl_message(node, role)
        if said is None:
            continue
        if thought is not None:
            said = {**thought, **said, "parts": thought["parts"] + said["parts"]}
            thought = None
        if said["role"] == "thinking":
            # What the model thought stands in a message of its own, before what it said.
            thought = {**said, "role": role, "parts": [_thought(part) for part in said["parts"]]}
        else:
            found.append(said)
    return found if thought is None else [*found, thought]


def _thought(part: Part) -> Part:
    return {**part, "type": "reasoning"} if part["type"] == "text" else part


def traceloop_tools(attributes: Mapping[str, object]) -> list[Tool]:
    """``llm.request.functions.N.{name,description,parameters}``."""
    out: list[Tool] = []
    for node in items(tree(attributes, "llm.request.functions")):
        definition = {key: _get(node, key) for key in ("name", "description")}
        for key in ("parameters", "input_schema"):
            definition[key] = parse_container(_get(node, key))
        found = openai_chat.tool(definition)
        if found is not None:
            out.append(found)
    return out
