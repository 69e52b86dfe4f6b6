"""Parts of a span as OpenTelemetry takes them: whatever is given, no exporter chokes on it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.trace import SpanContext, TraceFlags

from spanbridge import settings, spelling
from spanbridge.entities.event import Link, SpanEvent
from spanbridge.settings import WITHHELD, redacted
from spanbridge.span_content import Event
from spanbridge.values import clean, to_attribute

CHUNK_EVENT: Final = "mlflow.chunk.item."
"""What the names of events for items of a stream begin with; their numbers follow."""
KNOWN_EVENTS: Final = ("exception", "gen_ai.", CHUNK_EVENT)
"""What the names of events begin with that tell nothing private."""
_EXCEPTION_TEXTS: Final = ("exception.message", "exception.stacktrace")


class Prepared(dict[str, Any]):
    """Attributes that are as spans keep them, for spans that begin with the same ones each time.

    Attributes:
        given: what they were made of.
    """

    given: Mapping[str, Any]

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """``attributes`` prepared, unless one of them is no plain attribute."""
        for key, value in attributes.items():
            if key in spelling.OWN_FIELDS or spelling.says_something(key) or value is None:
                return attributes
        made = cls({key: spelling.kept(key, value) for key, value in attributes.items()})
        made.given = attributes
        return made


def recordable(key: str, value: Any) -> Any:
    """The value of an attribute as far as it may be recorded; None if it may not."""
    wanted = settings.current()
    if not wanted.content_is_kept and spelling.says_something(key):
        return None
    if not wanted.exception_texts and key in _EXCEPTION_TEXTS:
        return None
    if wanted.redact is None or value is None or isinstance(value, bool | int | float):
        return value
    if key == spelling.CHUNK or not spelling.is_content(key):
        # Items of streams have been asked about before they were made texts of.
        return value
    return redacted(value, spelling.WHERE.get(key, key))


def recordable_attributes(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    """The attributes of an event or a link as they may be recorded."""
    found = {str(key): recordable(str(key), value) for key, value in (attributes or {}).items()}
    return {key: to_attribute(value) for key, value in found.items() if value is not None}


def recordable_event(event: SpanEvent, values: dict[str, Any] | None = None) -> Event:
    """An event as it may be recorded.

    Args:
        event: of the application.
        values: its attributes, if they have been made fit to be recorded before.
    """
    if values is None:
        values = recordable_attributes(event.attributes)
    return clean(str(event.name)), moment_or_now(event.timestamp), values


def withheld(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes without anything that somebody may have wanted to hide."""
    return {
        key: WITHHELD if spelling.is_content(key) else value for key, value in attributes.items()
    }


def moment(given: object) -> int | None:
    """Nanoseconds since the epoch; None if it is no time."""
    try:
        nanoseconds = int(given)  # type: ignore[call-overload]
    except Exception:
        return None
    return nanoseconds if 0 <= nanoseconds < 2**63 else None


def moment_or_now(given: object) -> int:
    """Nanoseconds since the epoch; now if it is no time."""
    found = moment(given)
    return time.time_ns() if found is None else found


def span_context(link: Link) -> SpanContext | None:
    """The context that a link names; None if its ids are none."""
    try:
        trace_id, span_id = int(link.trace_id.removeprefix("tr-"), 16), int(link.span_id, 16)
        context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(0))
    except Exception:
        return None
    return context if context.is_valid else None
