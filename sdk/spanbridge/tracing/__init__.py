"""Turning recording on and off, and saying what is recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final

from spanbridge import fluent, provider, settings, tracking
from spanbridge.exceptions import InvalidValueError
from spanbridge.live_span import LiveSpan
from spanbridge.settings import Redact, SpanHook
from spanbridge.trace_state import NOTHING, Ambient, ambient
from spanbridge.tracing.propagation import (
    get_tracing_context_headers_for_http_request,
    set_tracing_context_from_http_request_headers,
)
from spanbridge.tracing.threads import copy_context_to_thread

__all__ = [
    "configure",
    "context",
    "copy_context_to_thread",
    "disable",
    "enable",
    "flush",
    "get_tracing_context_headers_for_http_request",
    "is_enabled",
    "reset",
    "set_span_chat_tools",
    "set_tracing_context_from_http_request_headers",
]

flush: Final = provider.flush
is_enabled: Final = fluent.is_enabled


def enable() -> None:
    """Record spans again.

    The tracer provider is in place afterwards, which otherwise is made with the first span. Call it
    when a service starts whose requests are recorded by another instrumentation: what that starts
    before the provider is there is lost.
    """
    fluent.set_enabled(True)
    provider.tracer()


def disable() -> None:
    """Record no spans from now on, in the whole process. Functions that are traced just run."""
    fluent.set_enabled(False)


def reset() -> None:
    """Forget everything that was configured: as at the start of the process.

    A tracer provider that was made for the process stays, because OpenTelemetry lets none be
    replaced.
    """
    provider.flush(provider.EXIT_TIMEOUT_MS / 1000)
    fluent.reset()
    tracking.reset()
    settings.restore(None)
    ambient.set(NOTHING)


class context:
    """A context manager for the traces that begin inside it. May be nested.

    Args:
        metadata: of those traces.
        tags: of those traces.
        enabled: False to record nothing inside.
        session_id: the conversation they belong to.
        user: who asked.
    """

    def __init__(
        self,
        metadata: Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
        enabled: bool | None = None,
        session_id: str | Sequence[str] | None = None,
        user: str | None = None,
    ) -> None:
        self._changes = (metadata or {}, tags or {}, enabled, session_id, user)

    def __enter__(self) -> None:
        metadata, tags, enabled, session_id, user = self._changes
        outside = ambient.get()
        self._token = ambient.set(
            Ambient(
                enabled=outside.enabled if enabled is None else enabled,
                tags={**outside.tags, **tags},
                metadata={**outside.metadata, **metadata},
                session_id=outside.session_id if session_id is None else session_id,
                user=outside.user if user is None else user,
            )
        )

    def __exit__(self, *_: object) -> None:
        # Frameworks may leave it in another context than they entered it: it has no effect there.
        with contextlib.suppress(ValueError):
            ambient.reset(self._token)


class configure:
    """Change what is recorded; as a context manager, until it is left.

    Args:
        span_processors: functions that get each :class:`LiveSpan` before it ends, on the thread
            that ends it, and may change it. If one fails, the span's content is not recorded.
        redact: gets every value of content and what it is (``inputs``, ``outputs``, ``chunk``,
            ``exception.message`` ...), and returns what may be recorded. If it fails, nothing of
            the value is.
        semconv: the attributes to write: ``gen_ai,mlflow``, ``gen_ai`` or ``mlflow``.
        max_chunk_events: as many items of a stream become span events.

    Raises:
        InvalidValueError: a value cannot be.
    """

    def __init__(
        self,
        span_processors: Sequence[SpanHook] | None = None,
        redact: Redact | None = None,
        semconv: str | None = None,
        max_chunk_events: int | None = None,
    ) -> None:
        changes: dict[str, Any] = {}
        if span_processors is not None:
            _check_callable("span_processors", span_processors)
            changes["span_hooks"] = tuple(span_processors)
        if redact is not None:
            _check_callable("redact", [redact])
            changes["redact"] = redact
        if semconv is not None:
            changes.update(settings.parse_semconv(semconv))
        if max_chunk_events is not None:
            if max_chunk_events < 0:
                raise InvalidValueError(f"max_chunk_events is {max_chunk_events}, below 0")
            changes["max_chunk_events"] = max_chunk_events
        self._before = settings.change(**changes)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        settings.restore(self._before)


def _check_callable(name: str, given: Sequence[Callable[..., Any]]) -> None:
    for one in given:
        if not callable(one):
            raise InvalidValueError(f"{name} takes functions; {type(one).__name__} is none")


def set_span_chat_tools(span: LiveSpan, tools: Sequence[Mapping[str, Any]]) -> None:
    """Say which tools a model could call, in OpenAI's form for function tools.

    Raises:
        InvalidValueError: a tool is no mapping with a ``type``.
    """
    for tool in tools:
        if not isinstance(tool, Mapping) or "type" not in tool:
            raise InvalidValueError("a tool is a mapping with a type, such as type: function")
    span.set_attribute("mlflow.chat.tools", list(tools))
