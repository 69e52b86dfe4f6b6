"""The runs that are open in a thread or task, the innermost last."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from spanbridge.entities.run import Run
from spanbridge.trace_state import RUN_METADATA, TraceState

open_runs: Final[ContextVar[tuple[Run, ...]]] = ContextVar("spanbridge_runs", default=())


def current() -> Run | None:
    """The run that traces which begin here are linked to; None if there is none."""
    opened = open_runs.get()
    return opened[-1] if opened else None


def link(state: TraceState, run: Run) -> None:
    """Link a trace to a run. What the trace says itself stands."""
    state.metadata.setdefault(RUN_METADATA, run.info.run_id)
    if run.data.trace_tags:
        of_run = TraceState()
        of_run.update(tags=run.data.trace_tags)
        state.tags = {**of_run.tags, **state.tags}


def forget() -> None:
    """Have no run open here."""
    open_runs.set(())
