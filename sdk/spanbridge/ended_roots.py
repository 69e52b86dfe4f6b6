"""The traces that ended last in this process; readers wait for these to arrive."""

from __future__ import annotations

from collections import deque
from typing import Final

from opentelemetry.trace import SpanContext

_ended: Final[deque[SpanContext]] = deque(maxlen=1000)

remember: Final = _ended.append
forget: Final = _ended.clear


def root_of(trace_id: str) -> str | None:
    """The topmost span that has ended here of a trace; None if none has, or long ago."""
    wanted = int(trace_id, 16)
    # A copy, because other threads go on ending traces.
    ended = tuple(_ended)
    found = (context.span_id for context in reversed(ended) if context.trace_id == wanted)
    return next((f"{span_id:016x}" for span_id in found), None)
