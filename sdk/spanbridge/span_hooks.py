"""Running the span processors of the application on a span that is about to end.

They may be there to hide something. So what says again what one has changed goes, and when one
fails nothing leaves that it might have hidden.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from spanbridge import settings, spelling
from spanbridge.entities.status import SpanStatus
from spanbridge.recorded_exceptions import retold
from spanbridge.settings import WITHHELD
from spanbridge.span_content import SpanContent
from spanbridge.span_parts import CHUNK_EVENT, KNOWN_EVENTS, withheld
from spanbridge.trace_state import unrecorded
from spanbridge.values import to_json

if TYPE_CHECKING:
    from spanbridge.live_span import LiveSpan

_logger: Final = logging.getLogger("spanbridge")


def run(span: LiveSpan, content: SpanContent, hooks: Sequence[settings.SpanHook]) -> None:
    """Let hooks change what is said of a span. Nothing is recorded meanwhile.

    Args:
        span: what they get.
        content: what its setters change.
        hooks: called in order.
    """
    before = content.copy()
    with unrecorded():
        for hook in hooks:
            try:
                hook(span)
            except BaseException as error:
                _withhold(span, content, error)
                if not isinstance(error, Exception):
                    raise
    _forget_restatements(span, content, before)


def _withhold(span: LiveSpan, content: SpanContent, error: BaseException) -> None:
    _logger.warning(
        "A span processor failed with %s; what is said in span %s is not recorded",
        type(error).__name__,
        span.name,
    )
    content.is_withheld = True
    content.inputs = content.inputs and to_json(WITHHELD)
    content.outputs = content.outputs and to_json(WITHHELD)
    content.attributes = withheld(content.attributes)
    content.events = [
        (name if name.startswith(KNOWN_EVENTS) else WITHHELD, at, withheld(values))
        for name, at, values in content.events
    ]
    content.links = [(context, withheld(values)) for context, values in content.links]
    if content.status is not None and content.status.description:
        content.status = SpanStatus(content.status.status_code, WITHHELD)
    span.trace_state.withhold_previews()


def _forget_restatements(span: LiveSpan, content: SpanContent, before: SpanContent) -> None:
    """Let go of what says again what a hook has changed; messages are then made of the new."""
    inputs, outputs = content.inputs != before.inputs, content.outputs != before.outputs
    if inputs or outputs:
        content.attributes = {
            key: value
            for key, value in content.attributes.items()
            if not spelling.says_something(key) or value != before.attributes.get(key)
        }
        if span.is_local_root:
            span.trace_state.forget_previews(request=inputs, response=outputs)
    if outputs:
        content.events = [
            event
            for event in content.events
            if not event[0].startswith(CHUNK_EVENT) or event not in before.events
        ]
    if content.is_withheld:
        return
    status = content.status
    said = "" if status is None else status.description
    said_before = "" if before.status is None else before.status.description
    content.events, said_now = retold(content.events, before.events, said, said_before)
    if status is not None and said_now != said:
        content.status = SpanStatus(status.status_code, said_now)
