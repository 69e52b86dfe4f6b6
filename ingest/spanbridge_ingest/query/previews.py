"""The beginning of what was asked and what was answered, for lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

MAX_CHARS: Final = 1000
_MORE: Final = "..."


def request_preview(root: Mapping[str, Any]) -> str:
    """The last user message of a span document's input; its input, if it has no messages."""
    return cut(_last_text(root["input_messages"], "user") or _plain(root["input"]))


def response_preview(root: Mapping[str, Any]) -> str:
    """The last text of the assistant in a span document's output; else its output."""
    return cut(_last_text(root["output_messages"], "assistant") or _plain(root["output"]))


def cut(text: str) -> str:
    """At most ``MAX_CHARS`` characters, the last three of them dots if there was more."""
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - len(_MORE)] + _MORE


def _last_text(messages: Sequence[Mapping[str, Any]], role: str) -> str:
    for message in reversed(messages):
        if message["role"] != role:
            continue
        said = [part.get("content") for part in message["parts"] if part["type"] == "text"]
        if text := "\n".join(text for text in said if isinstance(text, str) and text):
            return text
    return ""


def _plain(content: Any) -> str:
    if content is None:
        return ""
    return content if isinstance(content, str) else orjson.dumps(content).decode()
