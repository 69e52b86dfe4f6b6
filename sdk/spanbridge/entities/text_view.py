"""A trace as text: a line about the whole and the tree of its spans."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

from spanbridge.entities.span import Span
from spanbridge.entities.span_tree import Row, dollars, duration, one_line, rows, tokens
from spanbridge.entities.status import SpanStatusCode
from spanbridge.entities.trace_info import TraceInfo

MAX_ROWS: Final = 50
"""Spans that are shown; of the others only how many they are."""

_MAX_NAME: Final = 80
_MAX_LEVELS: Final = 24


def trace_text(info: TraceInfo, spans: Sequence[Span]) -> str:
    """The text of a trace, at most ``MAX_ROWS`` spans of it."""
    whole = [
        f"trace_id={info.trace_id!r}",
        f"name={one_line(info.name, _MAX_NAME)!r}",
        f"state={str(info.state)!r}",
        f"spans={len(spans)}",
    ]
    lines = [f"Trace({', '.join(whole)})"]
    open_levels: dict[int, bool] = {}
    for row in itertools.islice(rows(spans), MAX_ROWS):
        open_levels[row.depth] = not row.last
        lines.append(_branches(row, open_levels) + _told(row.span))
    if len(spans) > MAX_ROWS:
        lines.append(f"… {len(spans) - MAX_ROWS} more spans")
    return "\n".join(lines)


def _branches(row: Row, open_levels: dict[int, bool]) -> str:
    if row.depth > _MAX_LEVELS:
        return f"{'│  ' * (_MAX_LEVELS - 1)}{row.depth}· "
    above = "".join("│  " if open_levels[level] else "   " for level in range(row.depth))
    return above + ("└─ " if row.last else "├─ ")


def _told(span: Span) -> str:
    parts = [one_line(span.name, _MAX_NAME)]
    if span.span_type != "UNKNOWN":
        parts.append(one_line(span.span_type, _MAX_NAME))
    parts.append(duration(span.end_time_ns - span.start_time_ns))
    parts += filter(None, (tokens(span.token_usage), dollars(span.llm_cost)))
    status = span.status
    if status.status_code is SpanStatusCode.ERROR:
        parts.append(f"ERROR {one_line(status.description, _MAX_NAME)}".rstrip())
    return "  ".join(parts)
