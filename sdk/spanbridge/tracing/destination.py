"""Where traces belong, by the names that MLflow had for it."""

from __future__ import annotations

from spanbridge.entities.trace_location import MlflowExperimentLocation
from spanbridge.entities.trace_location import MlflowExperimentLocation as MlflowExperiment

__all__ = ["MlflowExperiment", "MlflowExperimentLocation"]
