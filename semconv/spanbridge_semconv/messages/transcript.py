"""A conversation written down as lines of text, the role before each message (OpenLIT, old)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from spanbridge_semconv.messages import blocks, chat
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import Message, Part, message, tool_response

_TURN = re.compile(r"^(system|developer|user|human|assistant|ai|model|tool|function): ", re.M)
_ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "function": "tool"}
_BLOCK = re.compile(r"(?:^|, )(text|image_url|input_text|input_image|input_audio): ")


def read(value: str) -> list[Message] | None:
    """The messages; None when the text does not begin with a role."""
    pieces = _TURN.split(value)
    if pieces[0] or len(pieces) == 1:
        return None
    turns = [
        (_ROLES.get(role, role), said.removesuffix("\n"))
        for role, said in zip(pieces[1::2], pieces[2::2], strict=True)
    ]
    return _listed(turns) or [_message(role, said) for role, said in turns]


def _listed(turns: list[tuple[str, str]]) -> list[Message]:
    """A list of messages or texts as Python prints it, in the place of what one turn said.

    It is the whole request, and may be repeated for each message in it.
    """
    for role, said in turns:
        listed = parse_container(said) if said.startswith("[") else None
        if isinstance(listed, list) and all(isinstance(piece, str | Mapping) for piece in listed):
            return chat.many(listed, role)
    return []


def _message(role: str, said: str) -> Message:
    if said in ("", "None"):
        return message(role, [])  # a turn that only called tools; which, was not written
    return message(role, [tool_response(None, said)] if role == "tool" else _parts(said))


def _parts(said: str) -> list[Part]:
    """``text: What is this?, image_url: {'url': ...}``, or just text."""
    pieces = _BLOCK.split(said)
    if pieces[0] or len(pieces) == 1:
        return blocks.parts(said)
    found = zip(pieces[1::2], pieces[2::2], strict=True)
    return [
        blocks.part({"type": kind, "text" if "text" in kind else kind: parse_container(value)})
        for kind, value in found
    ]
