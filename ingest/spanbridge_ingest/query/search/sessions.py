"""Finds sessions: the traces that carry one session id.

A session belongs to an answer if one of its traces satisfies the filter; it is given whole. Its
place in the order is the last time that one of its traces first named it, newest first.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from spanbridge_ingest.query.errors import BadQueryError, TooMuchError
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.search import token
from spanbridge_ingest.query.search.asking import Asking
from spanbridge_ingest.query.search.compile import Compiler
from spanbridge_ingest.query.search.question import Plan, Question, plan
from spanbridge_ingest.query.search.rows import SPANS, Window, both
from spanbridge_ingest.query.search.run import check_patterns
from spanbridge_ingest.query.search.token import Place
from spanbridge_ingest.query.traces import trace_summaries

MAX_TRACES: Final = 20_000
"""Traces of the sessions of one page, together."""

_READ_AT_ONCE: Final = 500
_NS: Final = 1_000_000_000
_LAST_SECOND: Final = 2**32 - 1
_MAX_NS: Final = 2**64 - 1
_NAMED: Final = "toUInt64(toUnixTimestamp64Nano(min(Timestamp)))"
_FIRST: Final = "argMin(GenAIConversationId, (Timestamp, SpanId))"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SessionPage:
    """The sessions of a page as documents, and the token of the next."""

    sessions: list[Document]
    next_page_token: str | None


def find_sessions(store: Reader, question: Question) -> SessionPage:
    """The sessions of a page.

    Raises:
        BadQueryError: something of the question is malformed or out of range.
        TooMuchError: the search took too long or too much memory, or the sessions are too large.
        StoreError: the store failed.
    """
    if question.order_by:
        raise BadQueryError("sessions have one order, the newest first", "leave order_by out")
    planned = plan(question)
    identity = ["sessions", *question.identity]
    behind = None
    if question.page_token is not None:
        behind = token.decode(question.page_token, identity, 0)
    asking = Asking(store)
    check_patterns(asking, planned.node, question.filter)
    arrived = time.time_ns() // 1_000_000 if behind is None else behind.arrived_ms
    found = _names(asking, planned, behind, question.max_results + 1)
    page = found[: question.max_results]
    next_token = None
    if len(found) > len(page):
        name, named = page[-1]
        next_token = token.encode(Place((), named, name, arrived), identity)
    return SessionPage(_documents(store, asking, [name for name, _ in page]), next_token)


def _names(
    asking: Asking, planned: Plan, behind: Place | None, count: int
) -> list[tuple[str, int]]:
    """Session ids and when they were last named, newest first."""
    parameters = asking.parameters()
    arrived = None if behind is None else behind.arrived_ms
    everything = Window(0, _LAST_SECOND, arrived_ms=arrived)
    carried = _carried(everything, parameters, "")
    conditions = []
    if planned.node is not None or planned.first or planned.end <= _MAX_NS:
        began = (
            f"SELECT TraceId FROM {SPANS} WHERE {both(everything.spans(parameters))} "
            f"GROUP BY TraceId HAVING {_NAMED} >= {parameters.bind(planned.first, 'UInt64')} "
            f"AND {_NAMED} <= {parameters.bind(min(planned.end - 1, _MAX_NS), 'UInt64')}"
        )
        matching = Compiler(everything, parameters).condition(planned.node)
        in_time = f"TraceId IN ({began})" if planned.first or planned.end <= _MAX_NS else ""
        conditions.append(
            f"Session IN (SELECT Session FROM ({carried}) WHERE {both([matching, in_time])})"
        )
    places = []
    if behind is not None:
        last = parameters.bind(behind.began, "UInt64")
        name = parameters.bind(behind.name, "String")
        places.append(f"(Last < {last} OR (Last = {last} AND Session > {name}))")
    sql = (
        f"SELECT Session, max(Named) AS Last FROM ({carried}) WHERE {both(conditions)} "
        f"GROUP BY Session HAVING {both(places)} ORDER BY Last DESC, Session ASC "
        f"LIMIT {parameters.bind(count, 'UInt32')}"
    )
    return [(str(session), int(last)) for session, last in asking.rows(sql, parameters)]


def _carried(window: Window, parameters: Any, narrow: str) -> str:
    """A query of the traces with a session: ``TraceId, Session, Named``."""
    rows = both(["GenAIConversationId != ''", *window.spans(parameters), narrow])
    return (
        f"SELECT TraceId, {_FIRST} AS Session, {_NAMED} AS Named FROM {SPANS} "
        f"WHERE {rows} GROUP BY TraceId"
    )


def _documents(store: Reader, asking: Asking, names: list[str]) -> list[Document]:
    """Sessions with all of their traces, in the order of the names."""
    if not names:
        return []
    parameters = asking.parameters()
    everything = Window(0, _LAST_SECOND)
    listed = parameters.bind(names, "Array(String)")
    candidates = f"TraceId IN (SELECT TraceId FROM {SPANS} WHERE GenAIConversationId IN {listed})"
    sql = (
        f"SELECT TraceId, Session FROM ({_carried(everything, parameters, candidates)}) "
        f"WHERE Session IN {listed} LIMIT {parameters.bind(MAX_TRACES + 1, 'UInt32')}"
    )
    rows = asking.rows(sql, parameters)
    if len(rows) > MAX_TRACES:
        raise TooMuchError(
            f"the sessions of this page have more than {MAX_TRACES} traces", "lower max_results"
        )
    session_of = {str(trace_id): str(session) for trace_id, session in rows}
    ids = sorted(session_of)
    grouped: defaultdict[str, list[Document]] = defaultdict(list)
    for begin in range(0, len(ids), _READ_AT_ONCE):
        for summary in trace_summaries(store, ids[begin : begin + _READ_AT_ONCE]):
            grouped[session_of[summary["trace_id"]]].append(summary)
    return [_document(name, grouped[name]) for name in names if grouped[name]]


def _document(name: str, traces: list[Document]) -> Document:
    traces.sort(key=lambda trace: (trace["start_time_unix_nano"], trace["trace_id"]))
    costs = [trace["cost_usd"] for trace in traces if trace["cost_usd"] is not None]
    return {
        "session_id": name,
        "user_id": next((trace["user_id"] for trace in traces if trace["user_id"]), ""),
        "start_time_unix_nano": traces[0]["start_time_unix_nano"],
        "end_time_unix_nano": max(trace["end_time_unix_nano"] for trace in traces),
        "trace_count": len(traces),
        "trace_ids": [trace["trace_id"] for trace in traces],
        "usage": _usage([trace["usage"] for trace in traces if trace["usage"]]),
        "cost_usd": sum(costs) if costs else None,
        "cost_unknown_calls": sum(trace["cost_unknown_calls"] for trace in traces),
    }


def _usage(usages: list[dict[str, int | None]]) -> dict[str, int | None] | None:
    """Token counts added up; None where no trace has one."""
    if not usages:
        return None
    counts = {name: [usage[name] for usage in usages] for name in usages[0]}
    known = {name: [c for c in found if c is not None] for name, found in counts.items()}
    return {name: sum(found) if found else None for name, found in known.items()}
