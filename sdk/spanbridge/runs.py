"""Runs: what traces that begin now are linked to."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from spanbridge.entities.run import NOTE_TAG, PARENT_TAG, Run, RunData, RunInfo, RunStatus
from spanbridge.exceptions import InvalidValueError
from spanbridge.fluent import experiment
from spanbridge.lenient import by_key
from spanbridge.run_stack import current, open_runs
from spanbridge.telling import tell_once

_last: Run | None = None


class ActiveRun(Run):
    """A run; as a context manager, until it is left."""

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        status = RunStatus.FINISHED if kind is None else RunStatus.FAILED
        # Runs that were nested in it and have not been ended end with it.
        while any(run is self for run in open_runs.get()):
            end_run(status)


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Link the traces that begin from now on, in this thread or task, to a run.

    Nothing is created: a run is what traces say of themselves, in their metadata
    ``mlflow.sourceRun``. What is said of it beside its id and its tags stays in this process.

    Args:
        run_id: the run's id; a new one if not given.
        experiment_id: what its traces are grouped under.
        run_name: what it is called.
        nested: another run may be open; it goes on when this one ends.
        parent_run_id: the run it is a part of; the one that is open if not given.
        tags: of the traces.
        description: what it is for.
        log_system_metrics: accepted; no metrics are taken.

    Raises:
        InvalidValueError: a run is open and ``nested`` is false.
    """
    around = current()
    if around is not None and not nested:
        raise InvalidValueError(
            f"run {around.info.run_id} is open: end it with end_run(), or nest this one"
        )
    identity = str(run_id or uuid.uuid4().hex)
    of_traces = by_key(tags, "tags")
    told = dict(of_traces)
    if description is not None:
        told[NOTE_TAG] = description
    if parent := parent_run_id or (None if around is None else around.info.run_id):
        told[PARENT_TAG] = parent
    info = RunInfo(
        identity,
        str(run_name or identity),
        str(experiment_id or experiment()),
        start_time=_now_ms(),
    )
    run = ActiveRun(info, RunData(told, of_traces))
    open_runs.set((*open_runs.get(), run))
    return run


def end_run(status: str = RunStatus.FINISHED) -> None:
    """Go back to the run that was open before, or to none.

    Args:
        status: how it ended: ``FINISHED``, ``FAILED`` or ``KILLED``.
    """
    global _last
    opened = open_runs.get()
    if not opened:
        return
    open_runs.set(opened[:-1])
    _last = run = opened[-1]
    run.info.end_time = _now_ms()
    try:
        run.info.status = RunStatus(str(status).upper())
    except ValueError:
        tell_once(f"a run ended as finished: there is no status {status!r}")
        run.info.status = RunStatus.FINISHED


def active_run() -> Run | None:
    """The run that traces are linked to here; None if there is none."""
    return current()


def last_active_run() -> Run | None:
    """The run that is open here, or else the one that ended last in this process."""
    return current() or _last


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
