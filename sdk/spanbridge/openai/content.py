"""What was said, as it may be recorded: messages after the redaction hook."""

from __future__ import annotations

from typing import Any

from spanbridge.integration import redacted
from spanbridge_semconv.emit.otel import MESSAGES
from spanbridge_semconv.messages import Messages

_WHERE = {
    "input": "input_messages",
    "output": "output_messages",
    "system_instructions": "system_instructions",
    "tool_definitions": "tool_definitions",
}
"""What the redaction hook is told that a value is."""


def message_attributes(said: Messages) -> dict[str, Any]:
    """Messages, instructions and tools by the keys of the GenAI conventions, lists of objects."""
    return {
        MESSAGES[part]: redacted(value, where)
        for part, where in _WHERE.items()
        if (value := getattr(said, part))
    }
