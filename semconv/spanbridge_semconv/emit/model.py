"""What goes into a translation and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from spanbridge_semconv.messages import Event

SOURCE_DIALECT: Final = "spanbridge.source.dialect"
"""The attribute of a translated span that names the dialect it was emitted in."""

KEPT: Final = "spanbridge.kept."
"""What a translation takes out of its place without stating it elsewhere moves below this prefix.

Usage that does not count goes there, because backends add up whatever looks like usage.
"""


@dataclass(frozen=True, slots=True)
class SpanContent:
    """A span as OTLP has it: attribute values are str, bool, int, float, bytes, list, dict, None.

    ``kind`` and ``status_code`` are the words of the Collector's exporter (``'Client'``,
    ``'Error'``). ``event_times_ns`` runs parallel to ``events`` or is empty. ``logs`` are the log
    records that belong to the span and may carry its messages.
    """

    attributes: Mapping[str, object]
    events: Sequence[tuple[str, Mapping[str, object]]] = ()
    name: str = ""
    kind: str = "Unspecified"
    scope_name: str = ""
    status_code: str = "Unset"
    status_message: str = ""
    resource: Mapping[str, object] = field(default_factory=dict)
    start_ns: int | None = None
    end_ns: int | None = None
    event_times_ns: Sequence[int] = ()
    logs: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class Emitted:
    """A span in the target dialect.

    ``attributes`` are all of them, in order. ``events_kept`` are the positions of the events that
    stay; the others are restated in attributes. ``changed`` is False where the span is the same as
    before: it is no GenAI span, or it was in the target dialect already.
    """

    attributes: Mapping[str, object]
    events_kept: tuple[int, ...]
    changed: bool
