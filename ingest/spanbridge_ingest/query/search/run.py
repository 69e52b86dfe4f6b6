"""Finds the traces of a page.

The newest first, the common order, stops as soon as the page is full: traces are looked at in
slices of time, the newest and smallest slice first. Any other order has to look at every trace
that the filter leaves.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.search import order, token
from spanbridge_ingest.query.search.asking import Asking
from spanbridge_ingest.query.search.columns import TOTAL_COLUMNS, aggregate, values
from spanbridge_ingest.query.search.compare import Parameters
from spanbridge_ingest.query.search.compile import Compiler, is_selective
from spanbridge_ingest.query.search.errors import FilterError
from spanbridge_ingest.query.search.nodes import Node, comparisons
from spanbridge_ingest.query.search.order import Key
from spanbridge_ingest.query.search.question import Plan, Question, plan
from spanbridge_ingest.query.search.rows import INDEX, SPANS, Window, both
from spanbridge_ingest.query.search.slices import LAST_SECOND, slices
from spanbridge_ingest.query.search.token import Place

_NS: Final = 1_000_000_000
_SPARE: Final = 16
"""Traces of a slice that turn out to have begun earlier take no second attempt."""
_COUNT_GROWTH: Final = 8
_WHOLE: Final = frozenset({*TOTAL_COLUMNS, "feedback", "expectation"})
_BEGAN: Final = "toUInt64(toUnixTimestamp64Nano(min(Timestamp)))"
_MAX_NS: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Found:
    """A trace of a page: its id, its start in ns since the epoch, what it is sorted by."""

    trace_id: str
    began: int
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPage:
    """The traces of a page, in order, and what the next one begins behind."""

    traces: list[Found]
    arrived_ms: int
    more: bool
    question: Question

    def token_behind(self, number: int) -> str | None:
        """The token of a page that goes on behind so many of the traces; None if all are told."""
        if number == len(self.traces) and not self.more:
            return None
        last = self.traces[number - 1]
        place = Place(last.keys, last.began, last.trace_id, self.arrived_ms)
        return token.encode(place, self.question.identity)


def find(store: Reader, question: Question, asking: Asking | None = None) -> FoundPage:
    """The traces of a page.

    Raises:
        BadQueryError: something of the question is malformed or out of range.
        TooMuchError: the search took too long or too much memory.
        StoreError: the store failed.
    """
    planned = plan(question)
    behind = None
    if question.page_token is not None:
        behind = token.decode(question.page_token, question.identity, len(planned.orders))
    asking = asking or Asking(store)
    check_patterns(asking, planned.node, question.filter)
    arrived = time.time_ns() // 1_000_000 if behind is None else behind.arrived_ms
    found = _Search(asking, planned, behind).find(question.max_results + 1)
    more = len(found) > question.max_results
    return FoundPage(found[: question.max_results], arrived, more, question)


def check_patterns(asking: Asking, node: Node | None, text: str) -> None:
    """Raise FilterError if the engine does not take a regular expression of a filter."""
    for comparison in comparisons(node):
        pattern = comparison.value if comparison.operator.endswith("RLIKE") else None
        if isinstance(pattern, str) and not asking.accepts_pattern(pattern):
            problem = "the pattern is no regular expression"
            raise FilterError(problem, text, comparison.position, ["the syntax of RE2"])


class _Search:
    """The first traces, in the order of a plan, that satisfy its filter and are behind a place."""

    def __init__(self, asking: Asking, planned: Plan, behind: Place | None) -> None:
        self._asking = asking
        self._plan = planned
        self._behind = behind
        self._arrived = None if behind is None else behind.arrived_ms

    def find(self, wanted: int) -> list[Found]:
        """The first ``wanted``, or all there are."""
        last = self._plan.end - 1
        if self._behind is not None and not self._plan.orders:
            last = min(last, self._behind.began)
        if last < self._plan.first:
            return []
        whole = Window(
            min(self._plan.first // _NS, LAST_SECOND),
            min(last // _NS, LAST_SECOND),
            arrived_ms=self._arrived,
        )
        found: list[Found] = []
        for window in self._windows(whole):
            found += self._first_of(window, wanted - len(found))
            if len(found) >= wanted:
                break
        return found

    def _windows(self, whole: Window) -> Iterator[Window]:
        """Windows that together are the whole one, the newest first."""
        fields = {comparison.field.name for comparison in comparisons(self._plan.node)}
        if self._plan.orders or not fields.isdisjoint(_WHOLE):
            # All have to be looked at; or most of the cost is the same for a small window.
            return iter([whole])
        return slices(self._asking, whole, few=is_selective(self._plan.node))

    def _first_of(self, window: Window, wanted: int) -> list[Found]:
        """The first ``wanted`` of the traces that began in a window, or all there are."""
        asked = wanted + _SPARE
        while True:
            found = self._looked_up(window, asked)
            earlier = self._earlier(window, [trace.trace_id for trace in found])
            settled = [trace for trace in found if trace.trace_id not in earlier]
            if len(settled) >= wanted or len(found) < asked:
                return settled[:wanted]
            asked *= _COUNT_GROWTH

    def _earlier(self, window: Window, trace_ids: Sequence[str]) -> set[str]:
        """Traces that began before the window: what was seen in it is not all of them."""
        if not window.since or not trace_ids:
            return set()
        parameters = self._asking.parameters()
        conditions = [
            f"TraceId IN {parameters.bind(list(trace_ids), 'Array(String)')}",
            f"Start < toDateTime({parameters.bind(window.since, 'UInt32')})",
            *window.traces(parameters)[2:],
        ]
        sql = f"SELECT DISTINCT TraceId FROM {INDEX} WHERE {both(conditions)}"
        return {trace_id for (trace_id,) in self._asking.rows(sql, parameters)}

    def _looked_up(self, window: Window, count: int) -> list[Found]:
        parameters = self._asking.parameters()
        orders = self._plan.orders
        condition = Compiler(window, parameters).condition(self._plan.node)
        chosen = both([*window.traces(parameters), condition])
        narrow = f"TraceId IN (SELECT TraceId FROM {INDEX} WHERE {chosen})"
        source = self._keyed(window, narrow, parameters)
        places = [
            f"Began >= {parameters.bind(self._plan.first, 'UInt64')}",
            f"Began <= {parameters.bind(min(self._plan.end - 1, _MAX_NS), 'UInt64')}",
        ]
        if self._behind is not None:
            behind = self._behind
            places.append(order.after(orders, behind.keys, behind.began, behind.name, parameters))
        columns = ", ".join(["TraceId", "Began", *(f"K{n}" for n in range(len(orders)))])
        limit = parameters.bind(count, "UInt32")
        sql = (
            f"SELECT {columns} FROM ({source}) WHERE {both(places)} "
            f"ORDER BY {order.order_by(orders)} LIMIT {limit}"
        )
        rows = self._asking.rows(sql, parameters)
        return [Found(row[0], row[1], tuple(row[2:])) for row in rows]

    def _keyed(self, window: Window, narrow: str, parameters: Parameters) -> str:
        """A query of the chosen traces with their starts and what they are sorted by."""
        own, joined, joins = [f"{_BEGAN} AS Began"], ["base.TraceId AS TraceId", "Began"], []
        for number, (field, _) in enumerate(self._plan.orders):
            told = "TraceId" if field.name == "trace_id" else aggregate(field, parameters)
            if told is not None:
                own.append(f"{told} AS K{number}")
                joined.append(f"K{number}")
            else:
                found = values(field, window, parameters, narrow)
                joins.append(f"LEFT ANY JOIN ({found}) AS v{number} USING (TraceId)")
                joined.append(f"v{number}.Value AS K{number}")
        rows = both([*window.spans(parameters), narrow])
        base = f"SELECT TraceId, {', '.join(own)} FROM {SPANS} WHERE {rows} GROUP BY TraceId"
        return f"SELECT {', '.join(joined)} FROM ({base}) AS base {' '.join(joins)}"
