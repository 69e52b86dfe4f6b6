"""Relations between spans, where MLflow has it."""

from __future__ import annotations

from spanbridge.entities.event import Link

__all__ = ["Link"]
