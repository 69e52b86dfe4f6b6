"""What is asked for: the filter, read and checked, and the range of time it leaves. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.search.nodes import And, Comparison, Field, Node
from spanbridge_ingest.query.search.order import Order, parse_orders
from spanbridge_ingest.query.search.parse import parse_filter

MAX_RESULTS: Final = 500
MAX_EXPERIMENTS: Final = 100
MAX_ID_CHARS: Final = 500

_MS: Final = 1_000_000
_END_NS: Final = 2**64


@dataclass(frozen=True, slots=True)
class Question:
    """A search.

    Attributes:
        filter: the text of the filter.
        order_by: ``field [ASC|DESC]``; the newest traces come first behind them.
        max_results: results on a page.
        page_token: ``next_page_token`` of the page before.
        experiment_ids: only traces of these experiments; all if there are none.
        run_id: only traces of this run.
    """

    filter: str = ""
    order_by: Sequence[str] = ()
    max_results: int = 100
    page_token: str | None = None
    experiment_ids: Sequence[str] = ()
    run_id: str | None = None

    @property
    def identity(self) -> list[Any]:
        """What a page token belongs to."""
        return [self.filter, list(self.order_by), list(self.experiment_ids), self.run_id]


@dataclass(frozen=True, slots=True)
class Plan:
    """A question that was read.

    Attributes:
        node: what is to be true of a trace; None if it is of every one.
        orders: what is sorted by before the newest; empty for the newest first.
        first: the earliest start of a trace, ns since the epoch.
        end: what is later or equal is no start.
    """

    node: Node | None
    orders: list[Order] = field(default_factory=list)
    first: int = 0
    end: int = _END_NS


def plan(question: Question) -> Plan:
    """Read a question.

    Raises:
        BadQueryError: something of it is malformed or out of range.
    """
    if not 1 <= question.max_results <= MAX_RESULTS:
        raise BadQueryError(
            f"max_results is {question.max_results}", f"max_results is 1 to {MAX_RESULTS}"
        )
    if len(question.experiment_ids) > MAX_EXPERIMENTS:
        raise BadQueryError(
            f"{len(question.experiment_ids)} experiments", f"at most {MAX_EXPERIMENTS} at once"
        )
    if any(len(text) > MAX_ID_CHARS for text in [*question.experiment_ids, question.run_id or ""]):
        raise BadQueryError("an id is too long", f"at most {MAX_ID_CHARS} characters")
    node = parse_filter(question.filter)
    orders = parse_orders(question.order_by)
    parts = list(node.parts) if isinstance(node, And) else [] if node is None else [node]
    if question.experiment_ids:
        experiments = tuple(question.experiment_ids)
        parts.append(Comparison(Field("experiment_id"), "IN", experiments))
    if question.run_id is not None:
        parts.append(Comparison(Field("run_id"), "=", question.run_id))
    first, end, rest = _range(parts)
    whole = And(tuple(rest)) if len(rest) > 1 else rest[0] if rest else None
    return Plan(whole, orders, first, end)


def _range(parts: Sequence[Node]) -> tuple[int, int, list[Node]]:
    """The starts that conditions on the time leave, and the other conditions.

    Times are compared in whole milliseconds: ``timestamp_ms > 5`` is true from 6 on.
    """
    least, most = 0, _END_NS // _MS
    rest: list[Node] = []
    for part in parts:
        if not (isinstance(part, Comparison) and part.field.name == "timestamp_ms"):
            rest.append(part)
            continue
        value = part.value
        if not isinstance(value, int | float):
            rest.append(part)
            continue
        match part.operator:
            case ">":
                least = max(least, math.floor(value) + 1)
            case ">=":
                least = max(least, math.ceil(value))
            case "<":
                most = min(most, math.ceil(value) - 1)
            case "<=":
                most = min(most, math.floor(value))
            case "=":
                least, most = max(least, math.ceil(value)), min(most, math.floor(value))
            case _:
                rest.append(part)
    return least * _MS, min((most + 1) * _MS, _END_NS), rest
