"""How far a run is, where MLflow has it."""

from __future__ import annotations

from spanbridge.entities.run import RunStatus

__all__ = ["RunStatus"]
