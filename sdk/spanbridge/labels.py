"""What readers of a trace are told of a span beside what happened in it."""

from __future__ import annotations

from typing import Any, Protocol

from spanbridge import spelling
from spanbridge.entities.event import Link
from spanbridge.entities.span_type import SpanLogLevel
from spanbridge.lenient import log_level_of
from spanbridge.span_content import SpanContent


class _Span(Protocol):
    _content: SpanContent

    def get_attribute(self, key: str) -> Any: ...

    def set_attribute(self, key: str, value: Any) -> None: ...


class Labels:
    """Level, description, model and links of a span that is open."""

    def set_log_level(self: _Span, level: SpanLogLevel | str) -> None:
        """Say how important it is: a :class:`SpanLogLevel`, or its name."""
        known = log_level_of(level)
        if known is not None:
            self.set_attribute(spelling.LOG_LEVEL, int(known))

    def set_description(self: _Span, description: str) -> None:
        """Say what it is for."""
        self.set_attribute(spelling.DESCRIPTION, str(description))

    @property
    def log_level(self: _Span) -> int | None:
        """How important it is; 10 to 50, as in :class:`SpanLogLevel`."""
        found: int | None = self.get_attribute(spelling.LOG_LEVEL)
        return found

    @property
    def description(self: _Span) -> str | None:
        """What it is for."""
        found: str | None = self.get_attribute(spelling.DESCRIPTION)
        return found

    @property
    def model_name(self: _Span) -> str | None:
        """The model that it is a call of, as far as that has been said."""
        found: str | None = self.get_attribute(spelling.MODEL)
        return found

    @property
    def llm_cost(self: _Span) -> dict[str, float] | None:
        """What the call cost in US dollars, as far as that has been said."""
        found: dict[str, float] | None = self.get_attribute(spelling.COST)
        return found

    @property
    def links(self: _Span) -> list[Link]:
        """Its relations to other spans so far."""
        return [
            Link(f"{context.trace_id:032x}", f"{context.span_id:016x}", dict(attributes))
            for context, attributes in self._content.links
        ]
