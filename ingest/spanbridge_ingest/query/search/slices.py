"""Slices of time, the newest and smallest first: who needs a few new traces reads few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from spanbridge_ingest.query.search.asking import Asking
from spanbridge_ingest.query.search.rows import INDEX, Window, both

LAST_SECOND: Final = 2**32 - 1

_LEVELS: Final = (0.99999, 0.9999, 0.999, 0.99, 0.9, 0.5, 0.0)
"""Where slices of time begin: so much of all traces is older."""
_FEW_LEVELS: Final = (0.99, 0.0)
"""The same, where an index leads to the traces: then each slice costs more than it saves."""
_LEAST_SLICE: Final = 4000
"""Traces that a slice has at least, about."""
_MOST_BOUNDED: Final = 100_000
"""Finding out where the last span of so many traces is takes some ten milliseconds."""
_LATER: Final = 4
"""It pays if so many times more traces are later."""


def slices(asking: Asking, whole: Window, *, few: bool = False) -> Iterator[Window]:
    """Windows that together are the whole one.

    Args:
        asking: where to read.
        whole: what is to be looked at.
        few: an index leads to what is looked for, so that a slice costs more than it saves.
    """
    levels = _FEW_LEVELS if few else _LEVELS
    parameters = asking.parameters()
    listed = ", ".join(str(level) for level in levels)
    from_on, until = whole.traces(parameters)[:2]
    [(count, later, begins)] = asking.rows(
        f"SELECT countIf({until}), countIf(NOT {until}), "
        f"quantilesExactLowIf({listed})(toUInt32(Start), {until}) "
        f"FROM {INDEX} WHERE {from_on}",
        parameters,
    )
    if not count:
        return
    end, newer = whole.until, 1.0
    for level, begin in zip(levels, begins, strict=True):
        last = level == 0
        if not last and ((newer - level) * count < _LEAST_SLICE or begin > end):
            continue
        window = replace(whole, since=whole.since if last else begin, until=end)
        yield _bounded(asking, window, (newer - level) * count, later + (1 - newer) * count)
        if last:
            return
        end, newer = begin - 1, level


def _bounded(asking: Asking, window: Window, count: float, later: float) -> Window:
    """The window, with the last second of its spans where knowing that saves time."""
    if count > _MOST_BOUNDED or later < _LATER * count:
        return window
    parameters = asking.parameters()
    traces = window.traces(parameters)
    [(bound,)] = asking.rows(
        f"SELECT toUnixTimestamp(max(End)) FROM {INDEX} WHERE {both([traces[0]])} "
        f"AND TraceId IN (SELECT TraceId FROM {INDEX} WHERE {both(traces)})",
        parameters,
    )
    return replace(window, bound=bound) if bound < LAST_SECOND else window
