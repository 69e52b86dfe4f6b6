"""What :func:`spanbridge_semconv.totals.trace_totals` decides, as SQL over ``otel_traces``.

All spans of a trace are gathered into arrays, one row per trace, and every step is a few array
functions. Nearest ancestors are found by doubling pointers, so the deepest trace takes as many
rounds as its depth has bits. What a trace does not need (copies, circles, nests, parts, several
instrumentations) is fed with empty arrays and costs next to nothing.

The queries have the parameters ``since`` and ``until``. They look at every span of the traces that
have something to count between the two, so a trace that reaches over a bound is judged as a whole.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.totals_arrays import Arrays, nested
from spanbridge_semconv.compile.totals_doubles import doubles
from spanbridge_semconv.compile.totals_tree import copies, nests, pairs
from spanbridge_semconv.model import CALL_TYPES, INPUT_ONLY_TYPES

_CALLS: Final = f"({sql.one_of('GenAI.span_type', sorted(CALL_TYPES))})"
_USAGE: Final = "(GenAI.input_tokens IS NOT NULL OR GenAI.output_tokens IS NOT NULL)"
_MAY_COUNT: Final = f"({_CALLS} OR {_USAGE})"

_ID: Final = "reinterpretAsUInt64(reverse(unhex({})))"
"""16 hex digits as a number that sorts as they do."""
_ROW: Final = (
    "cityHash64(TraceId, SpanId, Timestamp, Duration, "
    "ifNull(GenAI.input_tokens, -1), ifNull(GenAI.output_tokens, -1), GenAI.span_type)"
)
"""What finds a row again."""

_PER_SPAN: Final = {
    "ids": _ID.format("SpanId"),
    "parents": _ID.format("ParentSpanId"),
    # 1 carries usage, 2 is of a model type, 4 is a tool, 8 and 16 are parts of a call.
    "bits": f"toUInt8({_USAGE} + 2 * {_CALLS} + 4 * (GenAI.span_type = 'TOOL')"
    " + 8 * (GenAI.call_part = 'request') + 16 * (GenAI.call_part = 'response'))",
    "starts": "toUnixTimestamp64Nano(Timestamp)",
    "durations": "toInt64(Duration)",
}
_PER_CANDIDATE: Final = {
    "inputs": "toInt64(ifNull(GenAI.input_tokens, -1))",
    "outputs": "toInt64(ifNull(GenAI.output_tokens, -1))",
    "scopes": "cityHash64(ScopeName)",
    "responses": "if(GenAI.response_id = '', 0, cityHash64(GenAI.response_id))",
    "requested": "if(GenAI.request_model = '', 0, cityHash64(GenAI.request_model))",
    "rows": _ROW,
}
_TOKENS: Final = {
    "InputTokens": "input_tokens",
    "OutputTokens": "output_tokens",
    "CacheReadTokens": "cache_read_tokens",
    "CacheWriteTokens": "cache_write_tokens",
    "ReasoningTokens": "reasoning_tokens",
}
_DIMENSIONS: Final = {
    "Timestamp": "Timestamp",
    "TraceId": "TraceId",
    "SpanId": "SpanId",
    "SpanName": "SpanName",
    "ServiceName": "ServiceName",
    "ScopeName": "ScopeName",
    "StatusCode": "StatusCode",
    "Duration": "Duration",
    "Dialect": "GenAI.dialect",
    "SpanType": "GenAI.span_type",
    "Operation": "GenAI.operation",
    "Provider": "GenAI.provider",
    "RequestModel": "GenAI.request_model",
    "ResponseModel": "GenAI.response_model",
    "ResponseId": "GenAI.response_id",
    "AgentName": "GenAI.agent_name",
    "ConversationId": "GenAI.conversation_id",
    "UserId": "GenAI.user_id",
    "ErrorType": "GenAI.error_type",
    "TimeToFirstTokenNs": "GenAI.time_to_first_token_ns",
}
_PRICED_BY: Final = ("Provider", "RequestModel", "ResponseModel")
_EARLIEST: Final = "argMinIf({0}, (Timestamp, SpanId), {0} != '')"
_PER_TRACE: Final = {
    "session": ("GenAI.conversation_id", "TraceAttributes['session.id']"),
    "user": ("GenAI.user_id", "TraceAttributes['user.id']"),
}
"""What the earliest span says that says it; what no rule reads is in the second place."""
_KEPT: Final = {
    # Under their names in `otel_traces`: costs are computed from them.
    **{f"GenAI{name}": f"GenAI.{path}" for name, path in _TOKENS.items()},
    "GenAITotalTokens": "GenAITotalTokens",
    "ReceivedAt": "ReceivedAt",
    "RowHash": _ROW,
}
_MODEL: Final = "toString(if(used.ResponseModel = '', used.RequestModel, used.ResponseModel))"
_WINDOW: Final = "Timestamp >= {since:DateTime64(9)} AND Timestamp < {until:DateTime64(9)}"


class Cost(NamedTuple):
    """How ``otel_traces AS spans`` is joined with prices, and US dollars of a row of both."""

    join: str
    usd: str


def steps(lends: bool) -> dict[str, str]:
    """From the gathered spans of a trace to ``w_stands`` and ``w_counted``, in order."""
    arrays = Arrays(lends)
    return {**copies(arrays), **pairs(arrays), **nests(arrays), **doubles(arrays)}


def usage_query(traces: str, index: str, lends: bool = True, cost: Cost | None = None) -> str:
    """One row per span that stands for a model call or whose usage counts.

    Args:
        traces: the qualified name of ``otel_traces``.
        index: the qualified name of ``otel_traces_trace_id_ts``.
        lends: see :class:`~spanbridge_semconv.compile.totals_arrays.Arrays`.
        cost: if given, there is a column for what the span costs.
    """
    columns = [f"spans.{text} AS {name}" for name, text in _DIMENSIONS.items()]
    columns += ["judged.ModelCall AS ModelCall", "judged.UsageCounted AS UsageCounted"]
    columns += [
        f"if(judged.UsageCounted, spans.GenAI.{name}, NULL) AS {column}"
        for column, name in _TOKENS.items()
    ]
    input_only = sql.one_of("spans.GenAI.span_type", sorted(INPUT_ONLY_TYPES))
    columns.append(f"if({input_only}, InputTokens, InputTokens + OutputTokens) AS TotalTokens")
    if cost:
        columns.append(f"if(judged.UsageCounted, {cost.usd}, NULL) AS CostUsd")
    return (
        "SELECT\n    {}\nFROM {} AS spans\nANY INNER JOIN\n(\n{}\n) AS judged ON {} = judged.Row\n"
        "{}\nWHERE {} AND {}"
    ).format(
        ",\n    ".join(columns),
        traces,
        _judged(traces, index, lends),
        _ROW,
        cost.join if cost else "",
        _MAY_COUNT,
        _WINDOW,
    )


def calls_query(traces: str, index: str, touched: str, cost: Cost, lends: bool = True) -> str:
    """One row per span that may be a model call or carry usage, with the verdict on it.

    Unlike :func:`usage_query` it has no window: it judges the traces that have a span for which
    ``touched`` holds. Rows of spans that are no call and do not count are ``Deleted``: they hide
    what was said of the span before. ``RowHash`` finds a row again; a span that was stored twice
    in different form has two.

    Args:
        traces: the qualified name of ``otel_traces``.
        index: the qualified name of ``otel_traces_trace_id_ts``.
        touched: a condition on ``otel_traces``.
        cost: as in :func:`usage_query`, with the alias ``spans``.
        lends: see :class:`~spanbridge_semconv.compile.totals_arrays.Arrays`.
    """
    given = {**_DIMENSIONS, **_KEPT}
    found = f"SELECT TraceId FROM {traces} WHERE TraceId != '' AND {touched}"
    gathered = {"whole": f"groupArrayIf(({', '.join(given.values())}), {_MAY_COUNT})"}
    for name, (first, second) in _PER_TRACE.items():
        said, noted = _EARLIEST.format(first), _EARLIEST.format(second)
        gathered[name] = f"if({said} != '', {said}, {noted})"
    source = _gathered(
        traces, index, found, *(f"{text} AS {name}" for name, text in gathered.items())
    )
    judged = nested(
        steps(lends),
        ["TraceId", *_PER_SPAN, *_PER_CANDIDATE, *gathered],
        ["w_stands", "w_counted", *gathered],
        source,
    )
    members = [f"one.{n} AS {name}" for n, name in enumerate(given, 1)]
    members += [f"{name} AS GenAI{name}" for name in _PRICED_BY]
    members += ["session AS TraceSessionId", "user AS TraceUserId"]
    members += ["w_stands AS ModelCall", "w_counted AS UsageCounted"]
    columns = [f"spans.{name} AS {name}" for name in (*_DIMENSIONS, "ModelCall", "UsageCounted")]
    columns += [
        f"if(spans.UsageCounted, spans.GenAI{name}, NULL) AS {name}"
        for name in (*_TOKENS, "TotalTokens")
    ]
    columns += [
        f"if(spans.UsageCounted, {cost.usd}, NULL) AS CostUsd",
        "spans.TraceSessionId AS TraceSessionId",
        "spans.TraceUserId AS TraceUserId",
        "spans.ReceivedAt AS ReceivedAt",
        "spans.RowHash AS RowHash",
        "NOT (spans.ModelCall OR spans.UsageCounted) AS Deleted",
    ]
    return (
        "SELECT\n    {}\nFROM\n(\nSELECT {}\nFROM\n(\n{}\n)\n"
        "ARRAY JOIN whole AS one, w_stands, w_counted\n) AS spans\n{}"
    ).format(",\n    ".join(columns), ", ".join(members), judged, cost.join)


def totals_query(traces: str, index: str, lends: bool = True, cost: Cost | None = None) -> str:
    """One row per trace, from the rows of :func:`usage_query`, whose arguments it has."""
    columns = [
        "used.TraceId AS TraceId",
        "min(used.Timestamp) AS FirstTimestamp",
        "argMin(used.ServiceName, used.Timestamp) AS ServiceName",
        "max(used.ConversationId) AS ConversationId",
        "max(used.UserId) AS UserId",
        "countIf(used.ModelCall) AS ModelCalls",
        "countIf(used.ModelCall AND used.StatusCode = 'Error') AS FailedModelCalls",
        *(f"sum(used.{name}) AS {name}" for name in (*_TOKENS, "TotalTokens")),
        "sumIf(used.Duration, used.ModelCall) AS ModelCallDuration",
        f"arraySort(groupUniqArrayIf({_MODEL}, used.ModelCall AND {_MODEL} != '')) AS Models",
    ]
    if cost:
        columns += [
            "sum(used.CostUsd) AS CostUsd",
            "countIf(used.UsageCounted AND used.CostUsd IS NULL) AS CostUnknownCalls",
        ]
    return "SELECT\n    {}\nFROM\n(\n{}\n) AS used\nGROUP BY used.TraceId".format(
        ",\n    ".join(columns), usage_query(traces, index, lends, cost)
    )


def _judged(traces: str, index: str, lends: bool) -> str:
    given = ["TraceId", *_PER_SPAN, *_PER_CANDIDATE]
    touched = f"SELECT TraceId FROM {traces} WHERE {_MAY_COUNT} AND TraceId != '' AND {_WINDOW}"
    source = nested(
        steps(lends), given, ["w_stands", "w_counted", "rows"], _gathered(traces, index, touched)
    )
    return (
        "SELECT Row, ModelCall, UsageCounted\nFROM\n(\n"
        f"{source}\n)\nARRAY JOIN rows AS Row, w_stands AS ModelCall, w_counted AS UsageCounted\n"
        "WHERE ModelCall OR UsageCounted"
    )


def _gathered(traces: str, index: str, touched: str, *more: str) -> str:
    columns = [f"groupArray({text}) AS {name}" for name, text in _PER_SPAN.items()]
    columns += [
        f"groupArrayIf({text}, {_MAY_COUNT}) AS {name}" for name, text in _PER_CANDIDATE.items()
    ]
    columns += more
    reach = (
        f"SELECT (toDateTime64(min(Start), 9), toDateTime64(max(End), 9) + 1) FROM {index} "
        f"WHERE TraceId IN ({touched})"
    )
    return (
        f"WITH ({reach}) AS reach\nSELECT\n    TraceId,\n    "
        + ",\n    ".join(columns)
        + f"\nFROM {traces}\nWHERE TraceId IN ({touched})\n"
        "    AND Timestamp >= reach.1 AND Timestamp < reach.2\nGROUP BY TraceId\n"
        "SETTINGS group_by_two_level_threshold_bytes = 500000000"
    )
