"""What has been said of a span that is open; none of it has left the process."""

from __future__ import annotations

from typing import Any

from opentelemetry.trace import SpanContext

from spanbridge.entities.status import SpanStatus

Event = tuple[str, int, dict[str, Any]]
"""Name, nanoseconds since the epoch, attributes."""

Link = tuple[SpanContext, dict[str, Any]]
"""The other span, attributes."""


class SpanContent:
    """What the setters of a span have kept.

    Attributes:
        span_type: one of ``SpanType``, or another word.
        inputs: a text of JSON; None if there are none.
        outputs: likewise.
        attributes: by key, as they are written.
        events: in the order in which they were added.
        links: likewise.
        status: None if nothing was said of it.
        is_withheld: something was to be hidden and could not; what is said of the trace must not
            leave with this span either.
    """

    __slots__ = (
        "attributes",
        "events",
        "inputs",
        "is_withheld",
        "links",
        "outputs",
        "span_type",
        "status",
    )

    def __init__(self, span_type: str) -> None:
        self.span_type = span_type
        self.inputs: str | None = None
        self.outputs: str | None = None
        self.attributes: dict[str, Any] = {}
        self.events: list[Event] = []
        self.links: list[Link] = []
        self.status: SpanStatus | None = None
        self.is_withheld = False

    def copy(self) -> SpanContent:
        """Another one that says the same; values are shared, and are never changed."""
        other = SpanContent(self.span_type)
        other.inputs, other.outputs, other.status = self.inputs, self.outputs, self.status
        other.attributes, other.is_withheld = self.attributes.copy(), self.is_withheld
        other.events, other.links = self.events.copy(), self.links.copy()
        return other
