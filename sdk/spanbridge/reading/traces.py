"""Reading traces, and their tags."""

from __future__ import annotations

import importlib.util
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, Unpack, overload

from spanbridge import ended_roots
from spanbridge.entities.session import Session
from spanbridge.entities.trace import Trace
from spanbridge.exceptions import InvalidValueError, NotFoundError
from spanbridge.reading.flushing import flush_own
from spanbridge.reading.ids import checked_trace_id, is_of_nothing
from spanbridge.reading.service import Service, current_service
from spanbridge.reading.wanted import Wanted, active_unless
from spanbridge.tracking import get_tracking_uri

if TYPE_CHECKING:
    from pandas import DataFrame

ARRIVAL_TIMEOUT_S: Final = 5.0
"""How long a trace that was made by this process may take from here to the service."""

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 0.5
_logger: Final = logging.getLogger("spanbridge")


def get_trace(trace_id: str | None, silent: bool = False, flush: bool = True) -> Trace | None:
    """Read a trace.

    A trace that has just been made by this process may be on its way, through a Collector for
    instance: it is waited for, at most ``ARRIVAL_TIMEOUT_S`` seconds.

    Args:
        trace_id: 32 hexadecimal digits, with or without ``tr-``. None, or zeros, as calls give it
            while tracing is off, stand for no trace.
        silent: do not warn if there is none.
        flush: send the spans of this process that have ended first.

    Returns:
        the trace; None, and a warning in the log, if there is none.

    Raises:
        InvalidValueError: what is given is no id.
        ServiceUnavailableError, ServiceError: the service does not answer, or refuses.
    """
    problem: Exception
    if is_of_nothing(trace_id):
        problem = NotFoundError("the id is that of what is not recorded")
    else:
        try:
            return read_trace(current_service(), trace_id, flush)
        except NotFoundError as error:
            problem = error
    if not silent:
        _logger.warning("No trace was read: %s", problem)
    return None


class _Wanted(TypedDict, total=False):
    extract_fields: None
    run_id: str | None
    model_id: str | None
    sql_warehouse_id: None
    include_spans: bool
    locations: Sequence[str] | None
    flush: bool


@overload
def search_traces(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str | None = ...,
    max_results: int | None = ...,
    order_by: Sequence[str] | None = ...,
    *,
    return_type: Literal["list"],
    **wanted: Unpack[_Wanted],
) -> list[Trace]: ...


@overload
def search_traces(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str | None = ...,
    max_results: int | None = ...,
    order_by: Sequence[str] | None = ...,
    *,
    return_type: Literal["pandas"],
    **wanted: Unpack[_Wanted],
) -> DataFrame: ...


@overload
def search_traces(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str | None = ...,
    max_results: int | None = ...,
    order_by: Sequence[str] | None = ...,
    *,
    return_type: None = ...,
    **wanted: Unpack[_Wanted],
) -> DataFrame | list[Trace]: ...


def search_traces(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: Sequence[str] | None = None,
    extract_fields: None = None,
    run_id: str | None = None,
    return_type: str | None = None,
    model_id: str | None = None,
    sql_warehouse_id: None = None,
    include_spans: bool = True,
    locations: Sequence[str] | None = None,
    flush: bool = True,
) -> DataFrame | list[Trace]:
    """Look for traces.

    Args:
        experiment_ids: only of these experiments; of all if it is empty. Without it, of the
            experiment that ``set_experiment``, a run or ``SPANBRIDGE_EXPERIMENT`` names, else all.
        filter_string: an expression such as ``status = 'ERROR' AND tag.team = 'search'``.
        max_results: the most to return; all if not given.
        order_by: such as ``["timestamp DESC"]``, which is the default.
        extract_fields: not taken: ask the spans of what is found.
        run_id: only of this run.
        return_type: ``pandas`` or ``list``; a DataFrame if pandas is installed unless it is given.
        model_id: only of this version of the application, as ``update_current_trace`` has named it.
        sql_warehouse_id: not taken: there is none.
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
    for name, given in (
        ("extract_fields", extract_fields),
        ("sql_warehouse_id", sql_warehouse_id),
    ):
        if given is not None:
            raise InvalidValueError(f"{name} is not taken: read the spans of what is found")
    if return_type is None:
        return_type = "list" if importlib.util.find_spec("pandas") is None else "pandas"
    wanted = Wanted(filter_string, order_by, run_id, model_id, include_spans)
    query = wanted.query(active_unless(experiment_ids, locations), locations)
    if flush:
        flush_own(get_tracking_uri())
    found = current_service().search_all(query, max_results)
    return found if return_type == "list" else _frame(found)


def search_sessions(
    max_results: int = 100,
    run_id: str | None = None,
    model_id: str | None = None,
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
    wanted = Wanted(filter_string, None, run_id, model_id, include_spans)
    query = wanted.query(active_unless(experiment_ids, locations), locations)
    if flush:
        flush_own(get_tracking_uri())
    return current_service().sessions(query, max_results)


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


def read_trace(service: Service, trace_id: object, flush: bool) -> Trace:
    """As :func:`get_trace`, from a service.

    Raises:
        InvalidValueError: the id is none.
        NotFoundError: there is no such trace.
    """
    wanted = checked_trace_id(trace_id)
    if flush:
        flush_own(service.uri)
    return _arrived(service, wanted, ended_roots.root_of(wanted))


def _arrived(service: Service, trace_id: str, root: str | None) -> Trace:
    """The trace, waited for until it has the span ``root``."""
    deadline = time.monotonic() + ARRIVAL_TIMEOUT_S
    pause = _FIRST_PAUSE_S
    while True:
        is_last = root is None or time.monotonic() + pause > deadline
        try:
            found = service.trace(trace_id)
        except NotFoundError:
            if is_last:
                raise
        else:
            if is_last or found.search_spans(span_id=root):
                return found
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)


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
