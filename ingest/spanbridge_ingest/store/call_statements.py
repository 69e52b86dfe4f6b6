"""The SQL that fills ``trace_calls`` and the view that reads it.

Versions are microseconds of the engine's clock, twice, and one more for a span that is a call or
counts: of copies of a span that are equal but for the verdict, that one is in force.
"""

from __future__ import annotations

import hashlib
from typing import Final

from spanbridge_ingest.store.cost import cost_expression, cost_join
from spanbridge_ingest.store.names import qualified
from spanbridge_semconv.compile.totals import Cost, calls_query

_COLUMNS: Final = (
    *("Timestamp", "TraceId", "SpanId", "SpanName", "ServiceName", "ScopeName", "StatusCode"),
    *("Duration", "Dialect", "SpanType", "Operation", "Provider", "RequestModel"),
    *("ResponseModel", "ResponseId", "AgentName", "ConversationId", "UserId", "ErrorType"),
    *("TimeToFirstTokenNs", "ModelCall", "UsageCounted", "InputTokens", "OutputTokens"),
    *("CacheReadTokens", "CacheWriteTokens", "ReasoningTokens", "TotalTokens", "CostUsd"),
    *("TraceSessionId", "TraceUserId"),
)
_KEPT: Final = (*_COLUMNS, "ReceivedAt", "RowHash", "Deleted")
_PRICED: Final = (
    *("Provider", "RequestModel", "ResponseModel", "InputTokens", "CacheReadTokens"),
    *("CacheWriteTokens", "ReasoningTokens", "TotalTokens"),
)
"""What a cost is computed from, in ``otel_traces`` with GenAI before it."""


def calls_view(database: str) -> str:
    """The statement that makes the view ``otel_trace_calls``; running it again is harmless."""
    columns = ",\n    ".join(_COLUMNS)
    return (
        f"CREATE OR REPLACE VIEW {qualified(database, 'otel_trace_calls')} AS\n"
        f"SELECT\n    {columns}\nFROM {qualified(database, 'trace_calls')} FINAL"
    )


def judgement(database: str) -> str:
    """Changes whenever the same spans may be judged in another way."""
    text = judge(database, "touched", 0, lends=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def judge(database: str, touched: str, version: int, *, lends: bool) -> str:
    """Judge the traces of the spans for which ``touched`` holds, as a whole."""
    query = calls_query(
        qualified(database, "otel_traces"),
        qualified(database, "otel_traces_trace_id_ts"),
        touched,
        _cost(database),
        lends,
    )
    columns = ", ".join(_KEPT)
    return (
        f"INSERT INTO {qualified(database, 'trace_calls')} ({columns}, Version)\n"
        f"SELECT {columns}, toUInt64({version * 2} + (NOT Deleted)) FROM\n(\n{query}\n)"
    )


def reprice(database: str, window: str, revisions: tuple[int, int]) -> str:
    """Compute the costs of the rows in a window anew, and write those that changed.

    Only rows of models whose rates differ between the two revisions are looked at; all, if the
    first of them is not there any more. The versions grow by the least step: a verdict that was
    made meanwhile stays in force.
    """
    calls, rates = qualified(database, "trace_calls"), qualified(database, "model_price_rates")
    names = ", ".join(f"{name} AS GenAI{name}" for name in _PRICED)
    cost = _cost(database)
    kept = ", ".join("Cost AS CostUsd" if name == "CostUsd" else name for name in _KEPT)
    last, now = revisions
    changed = (
        "SELECT Provider, RequestModel, ResponseModel FROM "
        f"(SELECT *, toString(tuple(* EXCEPT (Revision))) AS Whole FROM {rates} "
        f"WHERE Revision IN ({last}, {now})) "
        "GROUP BY Provider, RequestModel, ResponseModel, Whole HAVING uniqExact(Revision) = 1"
    )
    return (
        f"INSERT INTO {calls} ({', '.join(_KEPT)}, Version)\n"
        f"SELECT {kept}, Version + 2 FROM\n(\n"
        f"SELECT spans.*, spans.CostUsd AS Before, {cost.usd} AS Cost FROM\n(\n"
        f"SELECT *, {names} FROM {calls} FINAL WHERE UsageCounted AND {window} "
        f"AND (Provider, RequestModel, ResponseModel) IN ({changed})\n"
        f") AS spans\n{cost.join}\n) WHERE ifNull(Before, -1) != ifNull(Cost, -1)"
    )


def gone(database: str, condition: str) -> str:
    """The traces of rows for which ``condition`` holds that were deleted meanwhile."""
    calls = qualified(database, "trace_calls")
    index = qualified(database, "otel_traces_trace_id_ts")
    judged = f"SELECT TraceId FROM {calls} WHERE {condition}"
    return (
        f"SELECT DISTINCT TraceId FROM {calls} WHERE {condition} AND TraceId NOT IN "
        f"(SELECT TraceId FROM {index} WHERE TraceId IN ({judged}))"
    )


def _cost(database: str) -> Cost:
    return Cost(cost_join(database, "spans"), cost_expression("spans"))
