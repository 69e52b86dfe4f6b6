"""Which spans of a trace stand for a model call, and whose usage counts.

Emitters report one request several times: an agent span repeats the sum of its calls, a framework
span wraps the span of the SDK below it, two instrumentations cover one call. The truth is at the
leaves:

* **Usage** counts where it is deepest. A span's usage is dropped if any span below it carries
  usage; so an agent's sum counts only if nothing below it was counted.
* **A model call** is the deepest span of a model type in its nest. If that span carries no usage
  but the nest has one that does, and no other call lies below that one, the one with the usage
  stands for the call. A failed request, which frameworks often show as two or three spans, is its
  innermost span.
* **A tool is a border.** What runs below a tool span of a model call (an agent used as a tool) is
  another call, not a copy of the one above: both count. For sums of agents and the like there is no
  border.

The result does not depend on the order of the spans. A parent that is not there makes a root.
Spans whose parents lead in a circle are treated as roots. If a span id occurs more than once, one
of the copies counts: the one that carries usage, else the one that says most. All steps are linear
in the number of spans, and none is recursive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spanbridge_semconv.model import CALL_TYPES
from spanbridge_semconv.usage import Usage

__all__ = ["SpanTotals", "TotalsSpan", "TraceTotals", "Usage", "trace_totals"]


@dataclass(frozen=True, slots=True)
class TotalsSpan:
    """What the totals need to know of a span. ``usage`` is canonical (see :mod:`usage`)."""

    span_id: str
    parent_span_id: str = ""
    span_type: str = ""
    usage: Usage = field(default_factory=Usage)
    response_id: str = ""
    status_code: str = "Unset"


@dataclass(frozen=True, slots=True)
class SpanTotals:
    """Whether a span is the one that stands for a model call, and whether its usage counts."""

    model_call: bool = False
    usage_counted: bool = False


@dataclass(frozen=True, slots=True)
class TraceTotals:
    """The trace as a whole. ``spans`` runs parallel to the spans given.

    ``usage`` is None if no usage is counted at all; a count within it is None if no span whose
    usage counts carries it.
    """

    spans: tuple[SpanTotals, ...]
    model_calls: int
    usage: Usage | None


@dataclass(slots=True)
class _Below:
    """What lies below a span, gathered from its children."""

    usage: bool = False
    """Some span below carries usage."""
    usage_near: bool = False
    """The same, not looking beyond tools."""
    calls: int = 0
    """Model calls below, not looking beyond tools."""
    call: int = -1
    """The position of that call, if there is exactly one."""


def trace_totals(spans: Sequence[TotalsSpan]) -> TraceTotals:
    """Find the model calls of one trace and sum up their usage."""
    positions = _distinct(spans)
    parents = _parents(spans, positions)
    order, parents = _children_first(positions.values(), parents)
    below = {position: _Below() for position in order}
    calls: set[int] = set()
    counted: set[int] = set()
    for position in order:
        span, info = spans[position], below[position]
        _visit(span, position, info, calls, counted)
        if (parent := parents[position]) is not None:
            _hand_up(span, info, below[parent])
    return TraceTotals(
        spans=tuple(SpanTotals(i in calls, i in counted) for i in range(len(spans))),
        model_calls=len(calls),
        usage=_sum([spans[position].usage for position in counted]),
    )


def _visit(
    span: TotalsSpan, position: int, info: _Below, calls: set[int], counted: set[int]
) -> None:
    """Decide about a span whose children are all decided, and add it to what is below."""
    is_call = span.span_type in CALL_TYPES
    carries = span.usage.is_known
    if carries and not (info.usage_near if is_call else info.usage):
        counted.add(position)
    if is_call:
        takes_over = carries and info.calls == 1 and not info.usage_near
        if takes_over:
            calls.discard(info.call)
        if info.calls == 0 or takes_over:
            calls.add(position)
            info.calls, info.call = 1, position
    if carries:
        info.usage = info.usage_near = True


def _hand_up(span: TotalsSpan, info: _Below, parent: _Below) -> None:
    parent.usage = parent.usage or info.usage
    if span.span_type == "TOOL":
        return
    parent.usage_near = parent.usage_near or info.usage_near
    if info.calls:
        parent.call = info.call if parent.calls == 0 and info.calls == 1 else -1
        parent.calls += info.calls


def _distinct(spans: Sequence[TotalsSpan]) -> dict[str, int]:
    """The position of the copy that counts, for each span id."""
    chosen: dict[str, int] = {}
    for position, span in enumerate(spans):
        known = chosen.get(span.span_id)
        if known is None or _weight(span) > _weight(spans[known]):
            chosen[span.span_id] = position
    return chosen


def _weight(span: TotalsSpan) -> tuple[object, ...]:
    """Orders copies of a span; equal weights mean equal copies."""
    usage = span.usage
    counts = tuple(
        -1 if (count := getattr(usage, name)) is None else count
        for name in Usage.__dataclass_fields__
    )
    return (
        usage.is_known,
        span.span_type in CALL_TYPES,
        counts,
        span.span_type,
        span.parent_span_id,
        span.response_id,
        span.status_code,
    )


def _parents(spans: Sequence[TotalsSpan], positions: dict[str, int]) -> dict[int, int | None]:
    return {
        position: positions.get(spans[position].parent_span_id)
        if spans[position].parent_span_id != span_id
        else None
        for span_id, position in positions.items()
    }


def _children_first(
    positions: Iterable[int], parents: dict[int, int | None]
) -> tuple[list[int], dict[int, int | None]]:
    """An order in which every span comes after its children, circles broken up."""
    waiting = dict.fromkeys(positions, 0)
    for parent in parents.values():
        if parent is not None:
            waiting[parent] += 1
    order = [position for position, children in waiting.items() if children == 0]
    for position in order:
        parent = parents[position]
        if parent is not None:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                order.append(parent)
    # Each span has one parent, so what is never free of children is exactly what lies on a circle.
    done = set(order)
    circle = [position for position in waiting if position not in done]
    return order + circle, parents | dict.fromkeys(circle, None)


def _sum(usages: Sequence[Usage]) -> Usage | None:
    if not usages:
        return None

    def total(name: str) -> int | None:
        known = [count for usage in usages if (count := getattr(usage, name)) is not None]
        return sum(known) if known else None

    return Usage(**{name: total(name) for name in Usage.__dataclass_fields__})
