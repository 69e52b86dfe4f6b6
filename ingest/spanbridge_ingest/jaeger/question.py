"""What Jaeger asks for when it searches, whatever it was asked over.

A trace is found if one of its spans satisfies everything at once. Times and durations are ns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from spanbridge_ingest.query.errors import BadQueryError

DEFAULT_DEPTH: Final = 100
"""Traces that are found if no number is asked for: Jaeger's own default."""

MAX_DEPTH: Final = 10_000
MAX_ATTRIBUTES: Final = 64
MAX_TEXT: Final = 65_536
"""Characters of one name, key or value."""

LAST_NS: Final = 2**63 - 1

NO_SERVICE: Final = "OTLPResourceNoServiceName"
"""What Jaeger calls the service of a resource that has no name."""


@dataclass(frozen=True, slots=True)
class TraceQuestion:
    """A search. '' and None do not restrict it.

    Attributes:
        service: the name of the span's service.
        operation: the name of the span.
        attributes: keys and values, as text, that the span or its resource has.
        start_min: the span began then or later.
        start_max: the span began before then.
        duration_min: the span took as long or longer.
        duration_max: the span took as long or shorter.
        depth: how many traces are wanted, the newest.
    """

    service: str = ""
    operation: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    start_min: int | None = None
    start_max: int | None = None
    duration_min: int | None = None
    duration_max: int | None = None
    depth: int = DEFAULT_DEPTH

    def checked(self) -> TraceQuestion:
        """The question with a depth.

        Raises:
            BadQueryError: something is out of range.
        """
        if self.depth < 0:
            raise BadQueryError(f"the search depth is {self.depth}", "it is 1 or more")
        if self.depth > MAX_DEPTH:
            raise BadQueryError(
                f"the search depth is {self.depth}", f"ask for at most {MAX_DEPTH} traces"
            )
        if len(self.attributes) > MAX_ATTRIBUTES:
            raise BadQueryError(f"more than {MAX_ATTRIBUTES} attributes are asked for")
        texts = [self.service, self.operation, *(t for pair in self.attributes for t in pair)]
        if any(len(text) > MAX_TEXT for text in texts):
            raise BadQueryError(f"a text is longer than {MAX_TEXT} characters")
        low, high = self.duration_min, self.duration_max
        if low is not None and high is not None and high < low:
            raise BadQueryError("the longest duration is less than the shortest")
        return self


def stored_service(name: str) -> str:
    """The name of a service as the store has it."""
    return "" if name == NO_SERVICE else name


def shown_service(name: str) -> str:
    """The name of a service as Jaeger shows it."""
    return name or NO_SERVICE
