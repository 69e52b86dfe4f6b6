"""Why an assessment has no value."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Final

MAX_STACK_TRACE: Final = 10_000
"""Characters of a stack trace that are kept; the end, where the exception is."""

_MAX_MESSAGE: Final = 10_000


@dataclass(frozen=True)
class AssessmentError:
    """Why there is no value.

    Attributes:
        error_code: a word for programs.
        error_message: a sentence for people.
        stack_trace: as Python prints it; the last ``MAX_STACK_TRACE`` characters are kept.
    """

    error_code: str
    error_message: str | None = None
    stack_trace: str | None = None

    def __post_init__(self) -> None:
        if self.stack_trace is not None:
            object.__setattr__(self, "stack_trace", self.stack_trace[-MAX_STACK_TRACE:])

    @classmethod
    def of(cls, error: AssessmentError | BaseException | str) -> AssessmentError:
        """``error`` itself, or what an exception or a sentence says."""
        if isinstance(error, AssessmentError):
            return error
        if isinstance(error, BaseException):
            trace = "".join(traceback.format_exception(error))
            return cls(type(error).__name__, str(error)[:_MAX_MESSAGE], trace)
        return cls("ASSESSMENT_ERROR", str(error))

    def to_dict(self) -> dict[str, str | None]:
        """As JSON."""
        return {
            "error_code": self.error_code,
            "error_message": self.error_message,
            "stack_trace": self.stack_trace,
        }
