"""What is emitted, and what is kept out of it.

From environment variables, read once, and from :func:`spanbridge.tracing.configure`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from spanbridge.exceptions import InvalidValueError
from spanbridge.values import from_json, to_json

if TYPE_CHECKING:
    from spanbridge.live_span import LiveSpan

SEMCONV_VARIABLE: Final = "SPANBRIDGE_SEMCONV"
CHUNKS_VARIABLE: Final = "SPANBRIDGE_MAX_CHUNK_EVENTS"
EXCEPTIONS_VARIABLE: Final = "SPANBRIDGE_CAPTURE_EXCEPTION_TEXTS"
CAPTURE_VARIABLE: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

WITHHELD: Final = "[not recorded: redaction failed]"

_logger: Final = logging.getLogger("spanbridge")
_DIALECTS: Final = frozenset({"gen_ai", "mlflow"})
_CAPTURE: Final[Mapping[str, tuple[bool, bool]]] = {
    "": (True, False),
    "true": (True, False),
    "span_only": (True, False),
    "event_only": (False, True),
    "span_and_event": (True, True),
    "false": (False, False),
    "no_content": (False, False),
}
"""By the variable's values: whether content stands on spans, and whether in log events."""
_YES_OR_NO: Final = {"true": True, "false": False}

Redact = Callable[[Any, str], Any]
"""Gets a value and what it is (``inputs``, ``outputs``, ``chunk`` ...); returns what may leave."""

SpanHook = Callable[["LiveSpan"], None]
"""Gets a span just before it ends, and may change it."""


@dataclass(frozen=True)
class Settings:
    """What is emitted.

    Attributes:
        gen_ai: attributes of the OpenTelemetry GenAI conventions are written.
        mlflow: attributes of MLflow are written.
        content_on_spans: inputs, outputs and messages are written on spans.
        content_in_events: they are written in log events of model calls.
        exception_texts: messages of exceptions are written, which may quote contents.
        max_chunk_events: as many items of a stream become span events.
        redact: applied to all content before it is kept.
        span_hooks: called before a span ends, in order.
    """

    gen_ai: bool = True
    mlflow: bool = True
    content_on_spans: bool = True
    content_in_events: bool = False
    exception_texts: bool = True
    max_chunk_events: int = 1000
    redact: Redact | None = None
    span_hooks: Sequence[SpanHook] = ()

    @property
    def content_is_kept(self) -> bool:
        """Contents leave in one way or another."""
        return self.content_on_spans or self.content_in_events


def parse_semconv(text: str) -> dict[str, bool]:
    """Which dialects a list such as ``gen_ai,mlflow`` names.

    Raises:
        InvalidValueError: it names another, or none.
    """
    named = {word.strip().lower() for word in text.split(",") if word.strip()}
    if not named or named - _DIALECTS:
        raise InvalidValueError(
            f"cannot emit the conventions {text!r}: name gen_ai, mlflow or both, with a comma"
        )
    return {dialect: dialect in named for dialect in _DIALECTS}


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings that environment variables make.

    Raises:
        InvalidValueError: a variable has a value that cannot be.
    """
    capture = environment.get(CAPTURE_VARIABLE, "").strip().lower()
    if capture not in _CAPTURE:
        values = ", ".join(word.upper() for word in _CAPTURE if word)
        raise InvalidValueError(f"{CAPTURE_VARIABLE} is {capture!r}; it takes {values}")
    on_spans, in_events = _CAPTURE[capture]
    chunks = environment.get(CHUNKS_VARIABLE, "").strip() or str(Settings.max_chunk_events)
    if not chunks.isdecimal() or len(chunks) > _MOST_DIGITS:
        raise InvalidValueError(f"{CHUNKS_VARIABLE} is {chunks!r}; it takes a whole number")
    texts = environment.get(EXCEPTIONS_VARIABLE, "").strip().lower()
    if texts and texts not in _YES_OR_NO:
        raise InvalidValueError(f"{EXCEPTIONS_VARIABLE} is {texts!r}; it takes true or false")
    try:
        dialects = parse_semconv(environment.get(SEMCONV_VARIABLE, "").strip() or "gen_ai,mlflow")
    except InvalidValueError as error:
        raise InvalidValueError(f"{SEMCONV_VARIABLE}: {error}") from None
    return Settings(
        gen_ai=dialects["gen_ai"],
        mlflow=dialects["mlflow"],
        content_on_spans=on_spans,
        content_in_events=in_events,
        exception_texts=_YES_OR_NO.get(texts, on_spans),
        max_chunk_events=int(chunks),
    )


_MOST_DIGITS: Final = 18
_current: Settings | None = None


def current() -> Settings:
    """The settings in force.

    A variable with a value that cannot be must not stop the application, and must not let content
    out that somebody meant to keep: it is told once, and nothing of content is recorded.
    """
    global _current
    if _current is None:
        try:
            _current = from_environment(os.environ)
        except InvalidValueError as error:
            _logger.warning("%s. No content is recorded.", error)
            _current = Settings(content_on_spans=False, exception_texts=False)
    return _current


def change(**changes: Any) -> Settings:
    """Put changed settings in force; returns those that were."""
    global _current
    before = current()
    _current = replace(before, **changes)
    return before


def restore(settings: Settings | None) -> None:
    """Put earlier settings in force; None reads the environment again when next asked."""
    global _current
    _current = settings


def redacted(value: Any, where: str) -> Any:
    """``value`` as far as the redaction hook lets it be recorded.

    The hook gets texts, numbers, lists and dictionaries of its own: it may change them, and the
    application does not notice.
    """
    redact = current().redact
    if redact is None:
        return value
    from spanbridge.trace_state import unrecorded

    try:
        with unrecorded():
            return redact(value if isinstance(value, str) else from_json(to_json(value)), where)
    except Exception as error:
        _logger.warning(
            "The redaction hook failed with %s; %s left out", type(error).__name__, where
        )
        return WITHHELD
