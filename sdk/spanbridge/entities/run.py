"""Experiments and runs: names that traces are grouped by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Experiment:
    """A name that traces are grouped under. There is nothing to create: using it is enough."""

    experiment_id: str

    @property
    def name(self) -> str:
        """The name; the same as the id."""
        return self.experiment_id


@dataclass(frozen=True)
class RunInfo:
    """What is known of a run."""

    run_id: str
    run_name: str


@dataclass(frozen=True)
class Run:
    """A run that traces are linked to by their metadata ``mlflow.sourceRun``."""

    info: RunInfo
