"""The order of results, as SQL and as what a page token keeps of it. Pure.

Traces without a value of a field come last, whichever way the field is sorted. Behind all fields
stand the newest first, then the trace id, so that every trace has a place of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.search.compare import Parameters
from spanbridge_ingest.query.search.errors import FilterError
from spanbridge_ingest.query.search.nodes import Field
from spanbridge_ingest.query.search.parse import parse_order

Order: TypeAlias = tuple[Field, bool]
"""A field, and whether it descends."""
Key: TypeAlias = str | int | float | None

MAX_FIELDS: Final = 5
SORTABLE: Final = (
    *("trace_id", "name", "status", "timestamp_ms", "end_time_ms", "execution_time_ms"),
    *("session_id", "user_id", "client_request_id", "run_id", "experiment_id"),
    *("total_tokens", "cost_usd", "tag", "metadata"),
)
_NUMBERS: Final = frozenset(
    ("timestamp_ms", "end_time_ms", "execution_time_ms", "total_tokens", "cost_usd")
)


def parse_orders(texts: Sequence[str]) -> list[Order]:
    """Fields to sort by; empty for the newest first, which needs no sorting.

    Raises:
        FilterError: one of them is not ``field [ASC|DESC]``, or cannot be sorted by.
        BadQueryError: there are too many.
    """
    if len(texts) > MAX_FIELDS:
        raise BadQueryError(f"order_by has {len(texts)} fields", f"it takes {MAX_FIELDS}")
    orders: list[Order] = []
    for text in texts:
        order = parse_order(text)
        if order[0].name not in SORTABLE:
            start = len(text) - len(text.lstrip())
            raise FilterError(f"traces have no one {order[0]}", text, start, SORTABLE)
        orders.append(order)
    newest_first = Field("timestamp_ms"), True
    while orders and orders[-1] == newest_first:
        orders.pop()
    return orders


def order_by(orders: Sequence[Order]) -> str:
    """ORDER BY of a query with the columns ``K0, K1, ..., Began, TraceId``."""
    listed = [
        f"K{number} {'DESC' if descending else 'ASC'} NULLS LAST"
        for number, (_, descending) in enumerate(orders)
    ]
    return ", ".join([*listed, "Began DESC", "TraceId ASC"])


def after(
    orders: Sequence[Order],
    keys: Sequence[Key],
    began: int,
    trace_id: str,
    parameters: Parameters,
) -> str:
    """A condition that holds for what comes behind a place in the order."""
    columns = [f"K{number}" for number in range(len(orders))]
    equal: list[str] = []
    ways: list[str] = []
    for column, (field, descending), key in zip(columns, orders, keys, strict=True):
        if key is None:
            equal.append(f"{column} IS NULL")
            continue
        bound = parameters.bind(key, _type(field, key))
        further = f"{column} {'<' if descending else '>'} {bound} OR {column} IS NULL"
        ways.append(" AND ".join([*equal, f"({further})"]))
        equal.append(f"{column} = {bound}")
    start = parameters.bind(began, "UInt64")
    ways.append(" AND ".join([*equal, f"Began < {start}"]))
    same = [*equal, f"Began = {start}", f"TraceId > {parameters.bind(trace_id, 'String')}"]
    ways.append(" AND ".join(same))
    return f"({' OR '.join(f'({way})' for way in ways)})"


def _type(field: Field, key: Key) -> str:
    if field.name not in _NUMBERS:
        return "String"
    return "Float64" if isinstance(key, float) else "Int64"
