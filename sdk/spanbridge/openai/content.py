"""What was said, as attributes of a span."""

from __future__ import annotations

from typing import Any

from spanbridge_semconv.emit.otel import MESSAGES
from spanbridge_semconv.messages import Messages


def message_attributes(said: Messages) -> dict[str, Any]:
    """Messages, instructions and tools by the keys of the GenAI conventions, lists of objects."""
    found = ((key, getattr(said, part)) for part, key in MESSAGES.items())
    return {key: value for key, value in found if value}
