"""The spans that were started by id, until they are ended by id."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from typing import TYPE_CHECKING, Final

from spanbridge.exceptions import NotFoundError

if TYPE_CHECKING:
    from spanbridge.live_span import LiveSpan

MAX_SPANS: Final = 10_000
"""Of more, those started first are forgotten: whoever starts so many does not end them."""

_logger: Final = logging.getLogger("spanbridge")


class OpenSpans:
    """Spans by their ids. A span is known until its trace's root, and it itself, have ended."""

    def __init__(self, most: int = MAX_SPANS) -> None:
        self._most = most
        self._unlock()
        if hasattr(os, "register_at_fork"):
            this = weakref.WeakMethod(self._unlock)
            os.register_at_fork(after_in_child=lambda: (again := this()) and again())
        self._spans: dict[tuple[str, str], LiveSpan] = {}
        self._roots: dict[str, LiveSpan] = {}

    def _unlock(self) -> None:
        """Have a lock: in a forked child, nobody is left to release what another thread held."""
        self._lock = threading.Lock()

    def add(self, span: LiveSpan, *, root: bool = False) -> None:
        """Keep a span, as the root of its trace perhaps."""
        with self._lock:
            self._spans[span.trace_id, span.span_id] = span
            if root:
                self._roots[span.trace_id] = span
            if len(self._spans) <= self._most:
                return
            oldest = next(iter(self._spans))
            self._forget(oldest)
        _logger.warning(
            "Span %s of trace %s can no longer be ended by its id: %d spans were started after it",
            *(oldest[1], oldest[0], self._most),
        )

    def root(self, trace_id: str) -> LiveSpan:
        """The root of a trace.

        Raises:
            NotFoundError: there is none.
        """
        found = self._roots.get(trace_id)
        if found is None:
            raise NotFoundError(
                f"no open trace {trace_id}: start_trace() of this process did not return it, or "
                "end_trace() was called already"
            )
        return found

    def span(self, trace_id: str, span_id: str) -> LiveSpan:
        """A span.

        Raises:
            NotFoundError: there is none.
        """
        found = self._spans.get((trace_id, span_id))
        if found is None:
            raise NotFoundError(
                f"no open span {span_id} of trace {trace_id}: start_trace() or start_span() of "
                "this process did not return it, or its trace has ended; pass the ids of an open "
                "span, or end a span that you hold with its end()"
            )
        return found

    def discard_ended(self, trace_id: str) -> None:
        """Forget what has ended of a trace whose root has ended."""
        with self._lock:
            root = self._roots.get(trace_id)
            if root is not None and root.is_recording:
                return
            self._roots.pop(trace_id, None)
            for key in [key for key in self._spans if key[0] == trace_id]:
                if not self._spans[key].is_recording:
                    del self._spans[key]

    def _forget(self, key: tuple[str, str]) -> None:
        span = self._spans.pop(key)
        if self._roots.get(key[0]) is span:
            del self._roots[key[0]]
