"""Who makes assessments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spanbridge.exceptions import InvalidValueError


class AssessmentSourceType(StrEnum):
    """Who assesses."""

    HUMAN = "HUMAN"
    LLM_JUDGE = "LLM_JUDGE"
    CODE = "CODE"
    AI_JUDGE = "LLM_JUDGE"


@dataclass(frozen=True)
class AssessmentSource:
    """Who made an assessment.

    Attributes:
        source_type: ``HUMAN``, ``LLM_JUDGE`` or ``CODE``.
        source_id: which one: the name of a person, of a model, of a function.

    Raises:
        InvalidValueError: there is no such type.
    """

    source_type: str
    source_id: str = "default"

    def __post_init__(self) -> None:
        name = str(self.source_type).upper()
        if name not in AssessmentSourceType.__members__:
            names = ", ".join(AssessmentSourceType)
            raise InvalidValueError(f"no assessment source {self.source_type!r}; there are {names}")
        object.__setattr__(self, "source_type", AssessmentSourceType[name])

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"source_type": str(self.source_type), "source_id": self.source_id}
