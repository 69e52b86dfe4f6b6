"""What is known of a run, where MLflow has it."""

from __future__ import annotations

from spanbridge.entities.run import RunInfo

__all__ = ["RunInfo"]
