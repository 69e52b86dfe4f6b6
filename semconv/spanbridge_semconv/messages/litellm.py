"""LiteLLM's raw request: the members of both bodies, each under ``llm.<provider>.<member>``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from spanbridge_semconv.messages import bodies
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import Messages
from spanbridge_semconv.patterns import remembering

_SENT = ("messages", "tools", "functions", "system", "contents", "instructions", "input", "prompt")
_RECEIVED = ("choices", "candidates", "content", "role", "stop_reason", "output", "status")
_KEY = re.compile(r"llm\.[^.]+\.(" + "|".join(_SENT + _RECEIVED) + ")")


@remembering
def _member(key: str) -> str:
    """The member that an attribute holds, ``''`` if it holds none."""
    match = _KEY.fullmatch(key)
    return match[1] if match else ""


def read(attributes: Mapping[str, object]) -> Messages:
    """What the members say; they are JSON or Python literals."""
    members = {
        name: parse_container(value)
        for key, value in attributes.items()
        if (name := _member(key)) and value not in (None, "", "None")
    }
    if not members:
        return Messages()
    found = bodies.request({k: members[k] for k in _SENT if k in members}, sure=True) or Messages()
    found.output = bodies.response({k: members[k] for k in _RECEIVED if k in members}) or []
    return found
