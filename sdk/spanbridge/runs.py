"""Experiments and runs: what traces that begin now are grouped by."""

from __future__ import annotations

import contextvars
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from spanbridge.entities.run import Experiment, Run, RunInfo
from spanbridge.exceptions import InvalidValueError
from spanbridge.trace_state import RUN_METADATA, Ambient, ambient

_runs: Final[contextvars.ContextVar[tuple[tuple[Run, Ambient], ...]]] = contextvars.ContextVar(
    "spanbridge_runs", default=()
)


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None
) -> Experiment:
    """Group the traces that begin from now on under a name. Nothing has to be created.

    Raises:
        InvalidValueError: no name is given, or two.
    """
    named = [name for name in (experiment_name, experiment_id) if name]
    if len(named) != 1:
        raise InvalidValueError("set_experiment takes a name or an id, and exactly one of them")
    from spanbridge import fluent

    fluent.set_experiment(str(named[0]))
    return Experiment(str(named[0]))


class ActiveRun(Run):
    """A run; as a context manager, until it is left."""

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(self, *_: object) -> None:
        # Runs that were nested in it and have not been ended end with it.
        while any(run is self for run, _ in _runs.get()):
            end_run()


def start_run(
    run_id: str | None = None,
    run_name: str | None = None,
    *,
    nested: bool = False,
    tags: Mapping[str, Any] | None = None,
) -> ActiveRun:
    """Link the traces that begin from now on, in this thread or task, to a run.

    Args:
        run_id: the run's id; a new one if not given.
        run_name: what it is called.
        nested: another run may be open; it goes on when this one ends.
        tags: of the traces.

    Raises:
        InvalidValueError: a run is open and ``nested`` is false.
    """
    open_runs = _runs.get()
    if open_runs and not nested:
        raise InvalidValueError(
            f"run {open_runs[-1][0].info.run_id} is open: end it with end_run(), or nest this one"
        )
    identity = run_id or uuid.uuid4().hex
    run = ActiveRun(RunInfo(identity, run_name or identity))
    outside = ambient.get()
    _runs.set((*open_runs, (run, outside)))
    ambient.set(
        replace(
            outside,
            metadata={**outside.metadata, RUN_METADATA: identity},
            tags={**outside.tags, **(tags or {})},
        )
    )
    return run


def end_run() -> None:
    """Go back to the run that was open before, or to none."""
    open_runs = _runs.get()
    if open_runs:
        _runs.set(open_runs[:-1])
        ambient.set(open_runs[-1][1])


def active_run() -> Run | None:
    """The run that traces are linked to here; None if there is none."""
    open_runs = _runs.get()
    return open_runs[-1][0] if open_runs else None
