"""What was said of a run, where MLflow has it."""

from __future__ import annotations

from spanbridge.entities.run import RunData

__all__ = ["RunData"]
