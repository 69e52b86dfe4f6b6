"""What is recorded of an exception.

Its text may quote what was said: errors of models often have the prompt in them. So where contents
are not recorded, texts of exceptions are not either, unless the settings say so; what is left is
the type, and the stack trace without the texts in it.
"""

from __future__ import annotations

import traceback
from typing import Any, Final

from spanbridge import settings
from spanbridge.entities.event import MOST_OF_A_STACKTRACE, SpanEvent, message_of
from spanbridge.settings import redacted
from spanbridge.span_content import Event
from spanbridge.trace_state import as_text
from spanbridge.values import clean

NAME: Final = "exception"
TYPE: Final = "exception.type"
MESSAGE: Final = "exception.message"
STACKTRACE: Final = "exception.stacktrace"


def exception_event(exception: BaseException) -> tuple[dict[str, Any], str]:
    """The attributes of the ``exception`` event, and the description of the span's status."""
    kind = type(exception).__name__
    if not settings.current().exception_texts:
        said = {TYPE: type_of(exception), STACKTRACE: frames_of(exception)}
        return {key: clean(text) for key, text in said.items()}, kind
    given = SpanEvent.from_exception(exception).attributes
    values = {
        key: clean(text) if key == TYPE else as_text(redacted(text, key))
        for key, text in given.items()
    }
    return values, description(kind, values[MESSAGE])


def description(kind: str, message: str) -> str:
    """What a status says of an exception."""
    return f"{kind}: {message}" if message else kind


def type_of(exception: BaseException) -> str:
    """The type of an exception with its module, as the conventions have it."""
    kind = type(exception)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def frames_of(exception: BaseException) -> str:
    """The stack trace of an exception and its causes, with the types but none of the texts."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = exception
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = "".join(traceback.format_tb(current.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{type_of(current)}\n")
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return "\n".join(reversed(parts))[-MOST_OF_A_STACKTRACE:]


def retold(
    events: list[Event], before: list[Event], status: str, status_before: str
) -> tuple[list[Event], str]:
    """Events and a status' description after a hook has changed some of what they say.

    An exception's message stands in its event, in its stack trace and in the status; where a hook
    has changed the one, the others go.

    Args:
        events: as the hooks have left them.
        before: as they were.
        status: the description as the hooks have left it.
        status_before: as it was.
    """
    if events != before:
        old = [values for name, _, values in before if name == NAME]
        events = [
            (name, at, _without_old_trace(values, old) if name == NAME else values)
            for name, at, values in events
        ]
        if status and status == status_before:
            status = _described(events, old, status)
    elif status != status_before:
        events = [
            (name, at, _without_said(values, status_before) if name == NAME else values)
            for name, at, values in events
        ]
    return events, status


def _without_old_trace(values: dict[str, Any], before: list[dict[str, Any]]) -> dict[str, Any]:
    if values in before:
        return values
    kept = [old for old in before if old.get(STACKTRACE) == values.get(STACKTRACE)]
    if not kept or any(old.get(MESSAGE) == values.get(MESSAGE) for old in kept):
        return values
    return {key: value for key, value in values.items() if key != STACKTRACE}


def _described(events: list[Event], before: list[dict[str, Any]], status: str) -> str:
    """The description that tells what is left of the exception it told of."""
    kind = status.partition(":")[0]
    told = [old for old in before if description(kind, str(old.get(MESSAGE, ""))) == status]
    if not told:
        return status
    left = [values for name, _, values in events if name == NAME]
    if told[-1] in left:
        return status
    same = [one for one in left if one.get(TYPE) == told[-1].get(TYPE)]
    return description(kind, str(same[-1].get(MESSAGE, "")) if same else "")


def _without_said(values: dict[str, Any], status: str) -> dict[str, Any]:
    message = values.get(MESSAGE)
    if not message or str(message) not in status:
        return values
    return {key: value for key, value in values.items() if key not in (MESSAGE, STACKTRACE)}


def as_exception(given: object) -> BaseException:
    """An exception as it is; anything else as the text of one."""
    if isinstance(given, BaseException):
        return given
    return Exception(given if isinstance(given, str) else as_text(given))


__all__ = ["as_exception", "exception_event", "message_of", "retold"]
