"""Runs: names that traces are linked to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

NOTE_TAG: Final = "mlflow.note.content"
PARENT_TAG: Final = "mlflow.parentRunId"


class RunStatus(StrEnum):
    """How far a run is."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


@dataclass
class RunInfo:
    """What is known of a run, in the process that started it.

    Attributes:
        run_id: what traces are linked by: their metadata ``mlflow.sourceRun``.
        run_name: what it is called.
        experiment_id: what its traces are grouped under; '' if it does not say.
        status: how far it is.
        start_time: milliseconds since the epoch.
        end_time: likewise; None as long as it is open.
    """

    run_id: str
    run_name: str
    experiment_id: str = ""
    status: str = RunStatus.RUNNING
    start_time: int = 0
    end_time: int | None = None


@dataclass
class RunData:
    """What was said of a run as it was started. Its tags are those of its traces as well.

    Attributes:
        tags: by key, with the description and the run around it by MLflow's keys.
        trace_tags: those that traces have.
    """

    tags: Mapping[str, Any] = field(default_factory=dict)
    trace_tags: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Run:
    """A run that traces are linked to by their metadata ``mlflow.sourceRun``."""

    info: RunInfo
    data: RunData = field(default_factory=RunData)
