"""Reading traces, and their tags."""

from __future__ import annotations

import importlib.util
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from spanbridge import ended_roots
from spanbridge.entities.session import Session
from spanbridge.entities.trace import Trace
from spanbridge.exceptions import InvalidValueError, NotFoundError
from spanbridge.reading.ids import checked_trace_id
from spanbridge.reading.service import Query, Service, current_service

if TYPE_CHECKING:
    from pandas import DataFrame

ARRIVAL_TIMEOUT_S: Final = 5.0
"""How long a trace that was made by this process may take from here to the service."""

FLUSH_TIMEOUT_S: Final = 5.0

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 0.5
_logger: Final = logging.getLogger("spanbridge")


def get_trace(trace_id: str | None, silent: bool = False, flush: bool = True) -> Trace | None:
    """Read a trace.

    A trace that has just been made by this process may be on its way, through a Collector for
    instance: it is waited for, at most ``ARRIVAL_TIMEOUT_S`` seconds.

    Args:
        trace_id: 32 hexadecimal digits, with or without ``tr-``.
        silent: do not warn if there is none.
        flush: send the spans of this process that have ended first.

    Returns:
        the trace; None, and a warning in the log, if there is none.

    Raises:
        ServiceUnavailableError, ServiceError: the service does not answer, or refuses.
    """
    return read_trace(current_service(), trace_id, silent, flush)


@overload
def search_traces(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str | None = ...,
    max_results: int | None = ...,
    order_by: Sequence[str] | None = ...,
    *,
    return_type: Literal["list"],
    run_id: str | None = ...,
    include_spans: bool = ...,
    locations: Sequence[str] | None = ...,
    flush: bool = ...,
) -> list[Trace]: ...


@overload
def search_traces(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str | None = ...,
    max_results: int | None = ...,
    order_by: Sequence[str] | None = ...,
    *,
    return_type: Literal["pandas"],
    run_id: str | None = ...,
    include_spans: bool = ...,
    locations: Sequence[str] | None = ...,
    flush: bool = ...,
) -> DataFrame: ...


@overload
def search_traces(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str | None = ...,
    max_results: int | None = ...,
    order_by: Sequence[str] | None = ...,
    *,
    return_type: None = ...,
    run_id: str | None = ...,
    include_spans: bool = ...,
    locations: Sequence[str] | None = ...,
    flush: bool = ...,
) -> DataFrame | list[Trace]: ...


def search_traces(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: Sequence[str] | None = None,
    *,
    return_type: str | None = None,
    run_id: str | None = None,
    include_spans: bool = True,
    locations: Sequence[str] | None = None,
    flush: bool = True,
) -> DataFrame | list[Trace]:
    """Look for traces.

    Args:
        experiment_ids: only of these experiments.
        filter_string: an expression such as ``status = 'ERROR' AND tag.team = 'search'``.
        max_results: the most to return; all if not given.
        order_by: such as ``["timestamp DESC"]``, which is the default.
        return_type: ``pandas`` or ``list``; a DataFrame if pandas is installed unless it is given.
        run_id: only of this run.
        include_spans: whether the spans are read as well.
        locations: another name of ``experiment_ids``.
        flush: send the spans of this process that have ended first.

    Returns:
        a DataFrame with the columns of :meth:`Trace.pandas_dataframe_columns`, or a list.

    Raises:
        InvalidValueError: the filter or another argument is malformed; it says where.
        ServiceUnavailableError, ServiceError: the service does not answer, or refuses.
    """
    if return_type not in (None, "pandas", "list"):
        raise InvalidValueError(f"return_type is 'pandas' or 'list', not {return_type!r}")
    if return_type is None:
        return_type = "list" if importlib.util.find_spec("pandas") is None else "pandas"
    wanted = query(experiment_ids, filter_string, order_by, run_id, include_spans, locations)
    if flush:
        flush_own()
    found = current_service().search_all(wanted, max_results)
    return found if return_type == "list" else _frame(found)


def search_sessions(
    max_results: int = 100,
    run_id: str | None = None,
    include_spans: bool = True,
    locations: Sequence[str] | None = None,
    *,
    filter_string: str | None = None,
    experiment_ids: Sequence[str] | None = None,
    flush: bool = True,
) -> list[Session]:
    """Look for sessions, the latest first; args and errors as :func:`search_traces`.

    Found are sessions with a trace that fits; ``include_spans`` is about their traces, which are
    read when they are first asked for.
    """
    wanted = query(experiment_ids, filter_string, None, run_id, include_spans, locations)
    if flush:
        flush_own()
    return current_service().sessions(wanted, max_results)


def set_trace_tag(trace_id: str, key: str, value: Any) -> None:
    """Set a tag of a trace, which need not have arrived; what is no text becomes one.

    Raises:
        InvalidValueError: the id, key or value is malformed.
        ServiceUnavailableError, ServiceError: it was not written.
    """
    current_service().set_tags(trace_id, {key: str(value)})


def delete_trace_tag(trace_id: str, key: str) -> None:
    """Delete a tag of a trace, also one that was set as the trace was recorded.

    Raises as :func:`set_trace_tag`.
    """
    current_service().set_tags(trace_id, {key: None})


def read_trace(service: Service, trace_id: str | None, silent: bool, flush: bool) -> Trace | None:
    """As :func:`get_trace`, from a service."""
    try:
        wanted = checked_trace_id(trace_id)
    except InvalidValueError as error:
        if not silent:
            _logger.warning("No trace was read: %s", error)
        return None
    if flush:
        flush_own()
    found, problem = _arrived(service, wanted, ended_roots.root_of(wanted))
    if problem is not None and not silent:
        _logger.warning("No trace was read: %s", problem)
    return found


def _arrived(
    service: Service, trace_id: str, root: str | None
) -> tuple[Trace | None, NotFoundError | None]:
    """The trace, waited for until it has the span ``root``, or why there is none."""
    deadline = time.monotonic() + ARRIVAL_TIMEOUT_S
    pause = _FIRST_PAUSE_S
    while True:
        found: Trace | None = None
        problem: NotFoundError | None = None
        try:
            found = service.trace(trace_id)
        except NotFoundError as error:
            problem = error
        complete = root is None or (found is not None and bool(found.search_spans(span_id=root)))
        if complete or time.monotonic() + pause > deadline:
            return found, problem
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)


def query(
    experiment_ids: Sequence[str] | None,
    filter_string: str | None,
    order_by: Sequence[str] | None,
    run_id: str | None,
    include_spans: bool,
    locations: Sequence[str] | None,
) -> Query:
    """What is looked for, from the arguments of a search.

    Raises:
        InvalidValueError: one of them is malformed.
    """
    return Query(
        filter_string=filter_string or "",
        order_by=order_by or (),
        experiment_ids=[*(experiment_ids or ()), *(locations or ())],
        run_id=run_id,
        include_spans=include_spans,
    )


def flush_own() -> None:
    """Send the spans of this process that have ended, as far as ``FLUSH_TIMEOUT_S`` goes."""
    from spanbridge.provider import flush

    flush(FLUSH_TIMEOUT_S)


def _frame(traces: Sequence[Trace]) -> DataFrame:
    try:
        from pandas import DataFrame
    except ImportError as error:
        raise InvalidValueError(
            "return_type='pandas' needs pandas, which cannot be imported: "
            "pip install 'spanbridge[pandas]', or pass return_type='list'"
        ) from error
    rows = [trace.to_pandas_dataframe_row() for trace in traces]
    return DataFrame(rows, columns=Trace.pandas_dataframe_columns())
