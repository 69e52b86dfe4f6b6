"""How a span ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spanbridge.exceptions import InvalidValueError


class SpanStatusCode(StrEnum):
    """The three statuses of OpenTelemetry."""

    UNSET = "UNSET"
    OK = "OK"
    ERROR = "ERROR"

    @classmethod
    def of(cls, code: SpanStatusCode | str) -> SpanStatusCode:
        """The status of that name, in any case.

        Raises:
            InvalidValueError: there is no status of that name.
        """
        try:
            # OpenTelemetry's own codes have numbers for values and the same names.
            return cls(str(getattr(code, "name", code)).upper())
        except ValueError:
            names = ", ".join(cls)
            raise InvalidValueError(f"no span status {code!r}; there are {names}") from None


@dataclass(frozen=True)
class SpanStatus:
    """A status, with what went wrong if it is an error."""

    status_code: SpanStatusCode
    description: str = ""

    @classmethod
    def of(cls, status: SpanStatus | SpanStatusCode | str) -> SpanStatus:
        """``status`` itself, or the status of that code.

        Raises:
            InvalidValueError: there is no status of that name.
        """
        if isinstance(status, SpanStatus):
            return status
        return cls(SpanStatusCode.of(status))
