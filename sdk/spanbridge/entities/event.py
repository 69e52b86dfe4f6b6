"""Events and links of a span."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MOST_OF_A_STACKTRACE: Final = 16 * 1024
"""Characters that are kept, the last: every span that an exception passes has it again."""


@dataclass(frozen=True)
class SpanEvent:
    """Something that happened at a moment while a span was open.

    Attributes:
        name: what happened.
        timestamp: when, nanoseconds since the epoch; now if not given.
        attributes: plain values, or whatever JSON can spell.
    """

    name: str
    timestamp: int = field(default_factory=time.time_ns)
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_exception(cls, exception: BaseException) -> SpanEvent:
        """The ``exception`` event of the OpenTelemetry conventions."""
        return cls(
            "exception",
            attributes={
                "exception.type": type_of(exception),
                "exception.message": message_of(exception),
                "exception.stacktrace": stacktrace_of(exception),
            },
        )


def type_of(exception: BaseException) -> str:
    """The type of an exception with its module, as the conventions have it."""
    kind = type(exception)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def message_of(exception: BaseException) -> str:
    """The text of an exception; its ``__str__`` may itself be broken."""
    try:
        return str(exception)
    except Exception:
        return ""


def stacktrace_of(exception: BaseException) -> str:
    """The stack trace of an exception, as Python prints it."""
    try:
        return "".join(traceback.format_exception(exception))[-MOST_OF_A_STACKTRACE:]
    except Exception:
        return ""


@dataclass(frozen=True)
class Link:
    """A relation to a span of this or of another trace.

    Attributes:
        trace_id: 32 hexadecimal digits; ``tr-`` before them is allowed.
        span_id: 16 hexadecimal digits.
        attributes: what the relation is about.
    """

    trace_id: str
    span_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
