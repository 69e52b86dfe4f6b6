"""Where the fields of a span, and the values of a trace, stand in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from spanbridge_ingest.query.search.compare import Parameters, unquoted
from spanbridge_ingest.query.search.fields import TRACE_STATES
from spanbridge_ingest.query.search.nodes import Field
from spanbridge_ingest.query.search.rows import SPANS, TAGS, Window, both
from spanbridge_ingest.store.names import qualified

STATE_KEY: Final = "spanbridge.trace.state"
_METADATA_PREFIX: Final = "spanbridge.trace.metadata."
_MLFLOW_METADATA_PREFIX: Final = "mlflow.traceMetadata."
_TAG_PREFIX: Final = "mlflow.traceTag."
_RUN_KEY: Final = "mlflow.sourceRun"
_EXPERIMENT_KEY: Final = "mlflow.experimentId"

SPAN_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "span.name": ("SpanName",),
    "span.type": ("GenAISpanType",),
    "span.status": ("upper(StatusCode)",),
    "span.service": ("ServiceName",),
    "service": ("ServiceName",),
    "span.model": ("GenAIRequestModel", "GenAIResponseModel"),
    "span.provider": ("GenAIProvider",),
    "span.agent": ("GenAIAgentName",),
    "span.tool": ("GenAIToolName",),
    "span.duration_ms": ("intDiv(Duration, 1000000)",),
    "span.input_tokens": ("GenAIInputTokens",),
    "span.output_tokens": ("GenAIOutputTokens",),
    "span.total_tokens": ("GenAITotalTokens",),
}
"""Columns of fields that any span may satisfy; any of several columns does."""

_FIRST: Final = "(Timestamp, SpanId)"
_END: Final = "toUInt64(toUnixTimestamp64Nano(Timestamp)) + least(Duration, 9000000000000000000)"
_BEGAN: Final = "min(toUInt64(toUnixTimestamp64Nano(Timestamp)))"
AGGREGATES: Final[Mapping[str, str]] = {
    "name": "argMin(SpanName, (ParentSpanId != '', Timestamp, SpanId))",
    "timestamp_ms": f"intDiv({_BEGAN}, 1000000)",
    "end_time_ms": f"intDiv(max({_END}), 1000000)",
    "execution_time_ms": f"intDiv(max({_END}) - {_BEGAN}, 1000000)",
}
"""Values that all spans of a trace make together."""
TOTAL_COLUMNS: Final[Mapping[str, str]] = {"total_tokens": "TotalTokens", "cost_usd": "CostUsd"}


@dataclass(frozen=True, slots=True)
class First:
    """A value of the trace that spans may carry; the earliest span that does counts.

    ``present`` holds on rows that have it, and there ``column`` is the value. Rows on which
    ``second`` holds count only if there are no others.
    ``origins`` are the columns it may come from, each with whether it is of ``TraceAttributes``,
    whose values are indexed.
    """

    present: str
    column: str
    second: str = "false"
    origins: tuple[tuple[str, bool], ...] = ()

    def among(self, all_rows: bool) -> str:
        """The value as an aggregate, of rows that have it or of all; NULL if none has."""
        place = f"({self.second}, Timestamp, SpanId)"
        if not all_rows:
            return f"argMin({self.column}, {place})"
        value = f"argMinIf({self.column}, {place}, {self.present})"
        return f"if(countIf({self.present}) > 0, {value}, NULL)"


def first_of(field: Field, parameters: Parameters) -> First | None:
    """How spans carry a value of the trace; None if the field is no such value."""
    match field.name:
        case "session_id":
            return _canonical("GenAIConversationId", "session.id", parameters)
        case "user_id":
            return _canonical("GenAIUserId", "user.id", parameters)
        case "client_request_id":
            return _attribute(["spanbridge.trace.client_request_id"], parameters)
        case "run_id":
            return _attribute(_metadata_keys(_RUN_KEY), parameters)
        case "metadata":
            return _attribute(_metadata_keys(field.key), parameters)
        case "tag":
            return _attribute([_TAG_PREFIX + field.key], parameters)
        case "experiment_id":
            key = parameters.bind(_EXPERIMENT_KEY, "String")
            said = unquoted(f"TraceAttributes[{key}]")
            return First(
                f"(mapContains(TraceAttributes, {key}) OR mapContains(RequestAttributes, {key}))",
                f"if(mapContains(TraceAttributes, {key}), {said}, RequestAttributes[{key}])",
                f"NOT mapContains(TraceAttributes, {key})",
                ((said, False), (f"RequestAttributes[{key}]", False)),
            )
    return None


def _metadata_keys(key: str) -> list[str]:
    return [_METADATA_PREFIX + key, _MLFLOW_METADATA_PREFIX + key]


def _canonical(column: str, key: str, parameters: Parameters) -> First:
    """A GenAI column; if no span has it, what spans that are no GenAI spans say."""
    said = f"TraceAttributes[{parameters.bind(key, 'String')}]"
    return First(
        f"({column} != '' OR {said} != '')",
        f"if({column} != '', {column}, {said})",
        f"{column} = ''",
        ((column, False), (said, True)),
    )


def _attribute(keys: Sequence[str], parameters: Parameters) -> First:
    bound = [parameters.bind(key, "String") for key in keys]
    present = " OR ".join(f"mapContains(TraceAttributes, {key})" for key in bound)
    texts = [f"TraceAttributes[{key}]" for key in bound]
    chosen = texts[-1]
    for key, text in zip(bound[-2::-1], texts[-2::-1], strict=True):
        chosen = f"if(mapContains(TraceAttributes, {key}), {text}, {chosen})"
    return First(f"({present})", chosen, origins=tuple((text, True) for text in texts))


def aggregate(field: Field, parameters: Parameters) -> str | None:
    """The value of a trace as an aggregate of all of its spans; None if spans cannot tell."""
    if field.name == "status":
        return _state(parameters)
    if field.name in AGGREGATES:
        return AGGREGATES[field.name]
    first = None if field.name == "tag" else first_of(field, parameters)
    return None if first is None else first.among(all_rows=True)


def values(field: Field, window: Window, parameters: Parameters, narrow: str) -> str:
    """A query of the traces that have a value of this field: ``TraceId, Value``.

    Args:
        field: one that a trace has one value of.
        window: which rows are looked at.
        parameters: where bound values go.
        narrow: a condition on ``TraceId``; other traces are of no interest, but may be there.
    """
    if field.name in TOTAL_COLUMNS:
        return _totals(TOTAL_COLUMNS[field.name], window, parameters, narrow)
    rows = window.spans(parameters)
    first = first_of(field, parameters)
    if first is None:
        return _grouped(aggregate(field, parameters) or "", [*rows, narrow])
    carried = _grouped(first.among(all_rows=False), [first.present, *rows, narrow])
    return _with_tags(field.key, carried, parameters) if field.name == "tag" else carried


def _grouped(value: str, conditions: Sequence[str]) -> str:
    return (
        f"SELECT TraceId, {value} AS Value FROM {SPANS} WHERE {both(conditions)} GROUP BY TraceId"
    )


def _state(parameters: Parameters) -> str:
    key = parameters.bind(STATE_KEY, "String")
    said = f"argMinIf(TraceAttributes[{key}], {_FIRST}, mapContains(TraceAttributes, {key}))"
    states = ", ".join(f"'{state}'" for state in TRACE_STATES)
    return (
        f"multiIf({said} IN ({states}), {said}, countIf(ParentSpanId = '') = 0, 'IN_PROGRESS', "
        f"argMinIf(StatusCode, {_FIRST}, ParentSpanId = '') = 'Error', 'ERROR', 'OK')"
    )


def _with_tags(key: str, carried: str, parameters: Parameters) -> str:
    """What was set later goes over what spans carry; a deleted tag is absent."""
    name = parameters.bind(key, "String")
    # Not by FINAL: a deletion has to be seen, to hide what spans carry.
    latest = (
        "SELECT TraceId, argMax(Value, Version) AS Value, argMax(Deleted, Version) AS Gone "
        f"FROM {TAGS} WHERE Key = {name} GROUP BY TraceId"
    )
    return (
        f"SELECT TraceId, Value FROM ({latest}) WHERE NOT Gone "
        f"UNION ALL SELECT TraceId, Value FROM ({carried}) "
        f"WHERE TraceId NOT IN (SELECT TraceId FROM {TAGS} WHERE Key = {name})"
    )


def _totals(column: str, window: Window, parameters: Parameters, narrow: str) -> str:
    end = window.until if window.bound is None else window.bound
    since = parameters.bind(window.since, "UInt32")
    until = parameters.bind(min(end + 1, 2**32 - 1), "UInt32")
    # A view with parameters takes no bound identifier; this one is checked.
    view = qualified(parameters.database, "otel_trace_totals")
    return (
        f"SELECT TraceId, {column} AS Value FROM {view}"
        f"(since = toDateTime64({since}, 9), until = toDateTime64({until}, 9)) "
        f"WHERE {both([f'{column} IS NOT NULL', narrow])}"
    )
