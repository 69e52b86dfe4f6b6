"""Where traces belong: the experiment they are grouped under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class TraceLocationBase:
    """A place that traces can be said to belong to."""


@dataclass(frozen=True)
class MlflowExperimentLocation(TraceLocationBase):
    """An experiment; here that is a name.

    Attributes:
        experiment_id: the name.
    """

    experiment_id: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"experiment_id": self.experiment_id}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> MlflowExperimentLocation:
        """What :meth:`to_dict` made."""
        return cls(document["experiment_id"])


class TraceLocationType(StrEnum):
    """Kinds of places; here there is one."""

    MLFLOW_EXPERIMENT = "MLFLOW_EXPERIMENT"


@dataclass(frozen=True)
class TraceLocation(TraceLocationBase):
    """The place of a trace.

    Attributes:
        type: what kind of place.
        mlflow_experiment: the experiment.
    """

    type: TraceLocationType
    mlflow_experiment: MlflowExperimentLocation | None = None

    @classmethod
    def from_experiment_id(cls, experiment_id: str) -> TraceLocation:
        """The place that is an experiment."""
        place = MlflowExperimentLocation(experiment_id)
        return cls(TraceLocationType.MLFLOW_EXPERIMENT, place)
