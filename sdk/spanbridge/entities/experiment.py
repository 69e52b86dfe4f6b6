"""Experiments: names that traces are grouped under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Experiment:
    """A name that traces are grouped under. There is nothing to create: using it is enough."""

    experiment_id: str
    tags: Mapping[str, str] = field(default_factory=dict)
    lifecycle_stage: str = "active"

    @property
    def name(self) -> str:
        """The name; the same as the id."""
        return self.experiment_id
