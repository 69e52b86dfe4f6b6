"""The log event with what a model was told and answered, where it is wanted beside or off the span.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/
"""

from __future__ import annotations

import time
from typing import Any, Final

from opentelemetry import _logs, trace

from spanbridge import logger_provider, spelling
from spanbridge.span_content import SpanContent
from spanbridge.values import from_json

EVENT: Final = "gen_ai.client.inference.operation.details"
_FACTS: Final = ("gen_ai.", "openai.", "server.", "error.")


def emit(span: trace.Span, content: SpanContent) -> None:
    """Write the event of a model call, with the context of the span and what the span says of it.

    Args:
        span: still open.
        content: after all hooks; what they have hidden is not in the event either.
    """
    said = {
        key: value
        for key, value in content.attributes.items()
        if key.startswith(_FACTS) and not spelling.says_something(key)
    }
    messages = _structured(spelling.messages(content.attributes, content.inputs, content.outputs))
    for key, other, text in (
        ("gen_ai.input.messages", "input.value", content.inputs),
        ("gen_ai.output.messages", "output.value", content.outputs),
    ):
        if text is not None and key not in messages:
            # It could not be read as messages, and must not get lost.
            messages[other] = text
    record = _logs.LogRecord(
        timestamp=time.time_ns(),
        context=trace.set_span_in_context(span),
        event_name=EVENT,
        attributes={**said, **messages},
    )
    logger_provider.logger().emit(record)


def _structured(messages: dict[str, Any]) -> dict[str, Any]:
    """The values of an event are objects, where those of a span are texts of JSON."""
    return {
        key: from_json(value) if isinstance(value, str) else value
        for key, value in messages.items()
    }
