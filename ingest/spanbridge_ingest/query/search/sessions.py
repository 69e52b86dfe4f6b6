"""Finds sessions: the traces that carry one session id.

A session belongs to an answer if one of its traces satisfies the filter; it is given whole. Those
whose latest trace began last come first.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any, Final

from spanbridge_ingest.query.errors import BadQueryError, TooMuchError
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.search import token
from spanbridge_ingest.query.search.asking import Asking
from spanbridge_ingest.query.search.columns import aggregate, first_of
from spanbridge_ingest.query.search.compare import Parameters
from spanbridge_ingest.query.search.compile import Compiler
from spanbridge_ingest.query.search.nodes import Field
from spanbridge_ingest.query.search.question import Plan, Question, plan
from spanbridge_ingest.query.search.rows import INDEX, SPANS, Window, both
from spanbridge_ingest.query.search.run import check_patterns
from spanbridge_ingest.query.search.slices import LAST_SECOND, slices
from spanbridge_ingest.query.search.token import Place
from spanbridge_ingest.query.traces import trace_summaries

MAX_TRACES: Final = 20_000
"""Traces of the sessions of one page, together."""

_READ_AT_ONCE: Final = 500
_FEW: Final = 1000
"""So many sessions are looked for by name, with the help of indexes."""
_NS: Final = 1_000_000_000
_MAX_NS: Final = 2**64 - 1
_BEGAN: Final = "toUInt64(toUnixTimestamp64Nano(min(Timestamp)))"
_SESSION: Final = Field("session_id")

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
    """Session ids and when the latest trace of each began, newest first."""
    arrived = None if behind is None else behind.arrived_ms
    everything = Window(0, LAST_SECOND, arrived_ms=arrived)
    if planned.node is None and not planned.first and planned.end > _MAX_NS:
        wanted = _Wanted()
    else:
        parameters = asking.parameters()
        sql = f"{_matching(everything, planned, parameters)} LIMIT {_FEW + 1}"
        names = [str(name) for (name,) in asking.rows(sql, parameters)]
        few = len(names) <= _FEW
        wanted = _Wanted(names=names) if few else _Wanted(planned, everything)
    if wanted.names is not None:
        return _named_since(asking, wanted, everything, behind, count) if wanted.names else []
    found: list[tuple[str, int]] = []
    for window in slices(asking, everything, few=True):
        # Later traces are looked at as well: which of a session is the latest depends on them.
        found = _named_since(asking, wanted, replace(everything, since=window.since), behind, count)
        if len(found) >= count:
            break
    return found


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which sessions: all of them, or by name if they are few, or as a plan finds in a window."""

    planned: Plan | None = None
    window: Window | None = None
    names: list[str] | None = None


def _named_since(
    asking: Asking, wanted: _Wanted, window: Window, behind: Place | None, count: int
) -> list[tuple[str, int]]:
    """Of the sessions whose latest trace began in the window the first behind a place."""
    parameters = asking.parameters()
    conditions = [_not_earlier(window, parameters)]
    places = [f"Last >= {parameters.bind(window.since * _NS, 'UInt64')}"]
    if wanted.names is not None:
        listed = parameters.bind(wanted.names, "Array(String)")
        conditions.append(_naming(listed, parameters))
        places.append(f"Session IN {listed}")
    elif wanted.planned is not None and wanted.window is not None:
        places.append(f"Session IN ({_matching(wanted.window, wanted.planned, parameters)})")
    if behind is not None:
        last = parameters.bind(behind.began, "UInt64")
        name = parameters.bind(behind.name, "String")
        places.append(f"(Last < {last} OR (Last = {last} AND Session > {name}))")
    sql = (
        "SELECT Session, max(Began) AS Last "
        f"FROM ({_carried(window, parameters, both(conditions))}) "
        f"GROUP BY Session HAVING {both(places)} ORDER BY Last DESC, Session ASC "
        f"LIMIT {parameters.bind(count, 'UInt32')}"
    )
    return [(str(session), int(last)) for session, last in asking.rows(sql, parameters)]


def _matching(window: Window, planned: Plan, parameters: Parameters) -> str:
    """A query of the sessions of which a trace satisfies the filter."""
    matching = Compiler(window, parameters).condition(planned.node)
    return (
        f"SELECT DISTINCT Session FROM ({_carried(window, parameters, matching)}) "
        f"WHERE Began >= {parameters.bind(planned.first, 'UInt64')} "
        f"AND Began <= {parameters.bind(min(planned.end - 1, _MAX_NS), 'UInt64')}"
    )


def _not_earlier(window: Window, parameters: Parameters) -> str:
    """A condition that leaves out traces of which the window has only the later part."""
    if not window.since:
        return ""
    inside = f"SELECT TraceId FROM {INDEX} WHERE {both(window.traces(parameters))}"
    since = parameters.bind(window.since, "UInt32")
    earlier = [f"Start < toDateTime({since})", f"TraceId IN ({inside})"]
    earlier += window.traces(parameters)[2:]
    return f"TraceId NOT IN (SELECT TraceId FROM {INDEX} WHERE {both(earlier)})"


def _carried(window: Window, parameters: Parameters, narrow: str) -> str:
    """A query of the traces with a session: ``TraceId, Session, Began``."""
    rows = both([*window.spans(parameters), narrow])
    return (
        f"SELECT TraceId, assumeNotNull({aggregate(_SESSION, parameters)}) AS Session, "
        f"{_BEGAN} AS Began FROM {SPANS} WHERE {rows} GROUP BY TraceId HAVING Session != ''"
    )


def _naming(sessions: str, parameters: Parameters) -> str:
    """A condition: a span of the trace names one of the sessions in a bound list."""
    first = first_of(_SESSION, parameters)
    ways = []
    for column, indexed in () if first is None else first.origins:
        by_index = f"hasAny(mapValues(TraceAttributes), {sessions})" if indexed else ""
        rows = both([f"{column} IN {sessions}", by_index])
        ways.append(f"SELECT TraceId FROM {SPANS} WHERE {rows}")
    return f"TraceId IN ({' UNION ALL '.join(ways)})"


def _documents(store: Reader, asking: Asking, names: list[str]) -> list[Document]:
    """Sessions with all of their traces, in the order of the names."""
    if not names:
        return []
    parameters = asking.parameters()
    everything = Window(0, LAST_SECOND)
    listed = parameters.bind(names, "Array(String)")
    candidates = _naming(listed, parameters)
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
