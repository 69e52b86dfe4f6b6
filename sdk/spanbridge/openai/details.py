"""The log event with the content of a model call, where it is wanted beside or off the span.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry import _logs, trace
from opentelemetry._logs._internal import ProxyLoggerProvider

from spanbridge.live_span import LiveSpan
from spanbridge.spelling import MESSAGES
from spanbridge.telling import tell_once

_EVENT: Final = "gen_ai.client.inference.operation.details"
_SCOPE: Final = "spanbridge.openai"
_ALSO: Final = ("gen_ai.", "openai.", "server.", "error.")


def emit(span: LiveSpan, content: Mapping[str, Any]) -> None:
    """Write the event, with the context of the span and what the span says of the call.

    Args:
        span: still open.
        content: attributes with what was said, structured.
    """
    if isinstance(_logs.get_logger_provider(), ProxyLoggerProvider):
        tell_once(
            "content of model calls is wanted in log events, which go nowhere: the application "
            "has set no LoggerProvider of OpenTelemetry"
        )
    said = {
        key: value
        for key, value in span.attributes.items()
        if key.startswith(_ALSO) and key not in MESSAGES
    }
    record = _logs.LogRecord(
        timestamp=time.time_ns(),
        context=trace.set_span_in_context(span.otel_span),
        event_name=_EVENT,
        attributes={**said, **content},
    )
    _logs.get_logger(_SCOPE).emit(record)
