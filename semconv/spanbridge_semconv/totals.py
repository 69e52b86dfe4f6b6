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
* **A call in two parts** (``call_part``): a request span that ends before the answer streams, and a
  later span beside it with the answer. The n-th request and the n-th response below one parent are
  one call; the nest of the response then encloses the request, and if neither carries usage the
  response stands for the call. A request without its response is no call: the response, which may
  be in another trace, is.
* **Two instrumentations side by side** (:mod:`spanbridge_semconv.doubles`) report one call twice.

The result does not depend on the order of the spans. A parent that is not there makes a root.
Spans whose parents lead in a circle are treated as roots. If a span id occurs more than once, one
of the copies counts: the one that carries usage, else the longest. All steps are linear in the
number of spans but for sorting, and none is recursive.

:mod:`spanbridge_semconv.compile.totals` says the same in SQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spanbridge_semconv.doubles import Call, repeated
from spanbridge_semconv.model import CALL_TYPES
from spanbridge_semconv.usage import Usage

__all__ = ["SpanTotals", "TotalsSpan", "TraceTotals", "Usage", "trace_totals"]


@dataclass(frozen=True, slots=True)
class TotalsSpan:
    """What the totals need to know of a span. ``usage`` is canonical (see :mod:`usage`).

    ``start_ns`` and ``end_ns`` are since the epoch; ``call_part`` is ``request``, ``response`` or
    ``''``.
    """

    span_id: str
    parent_span_id: str = ""
    span_type: str = ""
    usage: Usage = field(default_factory=Usage)
    response_id: str = ""
    status_code: str = "Unset"
    call_part: str = ""
    start_ns: int = 0
    end_ns: int = 0
    scope_name: str = ""
    request_model: str = ""


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
    pairs = _pairs(spans, positions.values())
    models = _model_spans(spans, positions.values(), pairs)
    order, parents = _children_first(positions.values(), {**parents, **pairs})
    below = {position: _Below() for position in order}
    calls: set[int] = set()
    counted: set[int] = set()
    for position in order:
        span, info = spans[position], below[position]
        _visit(position, position in models, span.usage.is_known, info, calls, counted)
        if (parent := parents[position]) is not None:
            _hand_up(span, info, below[parent])
    for request, response in pairs.items():
        if request in calls and not spans[request].usage.is_known:
            calls.remove(request)
            calls.add(response)
    repetitions = repeated({position: _call(spans[position]) for position in calls})
    calls -= repetitions
    counted -= repetitions
    return TraceTotals(
        spans=tuple(SpanTotals(i in calls, i in counted) for i in range(len(spans))),
        model_calls=len(calls),
        usage=_sum([spans[position].usage for position in counted]),
    )


def _visit(
    position: int,
    is_call: bool,
    carries: bool,
    info: _Below,
    calls: set[int],
    counted: set[int],
) -> None:
    """Decide about a span whose children are all decided, and add it to what is below."""
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
        span.end_ns - span.start_ns,
        -span.start_ns,
        counts[:2],
        _bits(span),
        span.parent_span_id,
        counts,
        span.span_type,
        span.call_part,
        span.response_id,
        span.status_code,
        span.scope_name,
        span.request_model,
    )


def _bits(span: TotalsSpan) -> int:
    """What decides about a span, as the SQL has it."""
    return (
        2 * (span.span_type in CALL_TYPES)
        + 4 * (span.span_type == "TOOL")
        + 8 * (span.call_part == "request")
        + 16 * (span.call_part == "response")
    )


def _parents(spans: Sequence[TotalsSpan], positions: dict[str, int]) -> dict[int, int | None]:
    return {
        position: positions.get(spans[position].parent_span_id)
        if spans[position].parent_span_id != span_id
        else None
        for span_id, position in positions.items()
    }


def _pairs(spans: Sequence[TotalsSpan], positions: Iterable[int]) -> dict[int, int]:
    """The response of each request that has one."""
    parts: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for position in positions:
        span = spans[position]
        if span.call_part and span.span_type in CALL_TYPES:
            parts[span.parent_span_id, span.call_part].append(position)
    pairs: dict[int, int] = {}
    for (parent, part), found in parts.items():
        if part == "request":
            requests, responses = (
                sorted(
                    group, key=lambda position: (spans[position].start_ns, spans[position].span_id)
                )
                for group in (found, parts.get((parent, "response"), []))
            )
            pairs |= {
                request: response
                for request, response in zip(requests, responses, strict=False)
                if spans[response].start_ns >= spans[request].start_ns
            }
    return pairs


def _model_spans(
    spans: Sequence[TotalsSpan],
    positions: Iterable[int],
    pairs: dict[int, int],
) -> set[int]:
    """The spans of a model type, without requests whose response is not here."""
    return {
        position
        for position in positions
        if spans[position].span_type in CALL_TYPES
        and (spans[position].call_part != "request" or position in pairs)
    }


def _call(span: TotalsSpan) -> Call:
    return Call(
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        scope_name=span.scope_name,
        response_id=span.response_id,
        request_model=span.request_model,
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        input_tokens=span.usage.input_tokens,
        output_tokens=span.usage.output_tokens,
    )


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
