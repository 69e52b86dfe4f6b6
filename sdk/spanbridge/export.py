"""Export spans in another GenAI dialect, through any exporter of the OpenTelemetry SDK.

BatchSpanProcessor(DialectSpanExporter(OTLPSpanExporter(...), to="openinference"))
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from spanbridge_semconv.emit import (
    TARGETS,
    Emitted,
    IdentifiedSpan,
    SpanContent,
    UsageMemory,
    emit_all,
)

_logger: Final = logging.getLogger(__name__)


class DialectSpanExporter(SpanExporter):
    """Hands spans on to another exporter, GenAI spans translated.

    Names, times, ids, links and everything that is not about GenAI stay as they are; spans that are
    no GenAI spans are handed on untouched. Usage is stated on the spans whose usage counts, as far
    as the spans exported before tell (a span's children mostly end, and are exported, before it).

    Should a span make the translation fail, its batch is handed on as it is, with a warning in the
    log; an application never sees an error from here.

    Args:
        exporter: gets the translated spans.
        to: ``otel``, ``openinference`` or ``mlflow``.

    Raises:
        ValueError: there is no dialect of that name.
    """

    def __init__(self, exporter: SpanExporter, to: str = "otel") -> None:
        if to not in TARGETS:
            raise ValueError(f"no dialect {to!r} to translate to; there are {', '.join(TARGETS)}")
        self._exporter = exporter
        self._to = to
        self._memory = UsageMemory()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Translate a batch and export it; the result is the other exporter's."""
        try:
            emitted = emit_all([_identified(span) for span in spans], self._to, self._memory)
            translated = [
                _TranslatedSpan(span, one) if one.changed else span
                for span, one in zip(spans, emitted, strict=True)
            ]
        except Exception as error:
            # An attribute of a kind nobody thought of must cost neither the application nor the
            # spans beside it.
            _logger.warning(
                "%d spans are exported untranslated: translating to %s failed with %s",
                len(spans),
                self._to,
                # Not its message: that may quote what the span says.
                type(error).__name__,
            )
            return self._exporter.export(spans)
        return self._exporter.export(translated)

    def shutdown(self) -> None:
        """Shut the other exporter down."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the other exporter; True if it was done in time."""
        return self._exporter.force_flush(timeout_millis)


class _TranslatedSpan(ReadableSpan):
    """A span that has ended, with other attributes and without the events these restate."""

    def __init__(self, span: ReadableSpan, emitted: Emitted) -> None:
        attributes: Mapping[str, object] = emitted.attributes
        super().__init__(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=dict(attributes),  # type: ignore[arg-type]
            events=[span.events[position] for position in emitted.events_kept],
            links=span.links,
            kind=span.kind,
            status=span.status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )
        self._original = span

    @property
    def dropped_attributes(self) -> int:
        """How many attributes the SDK dropped because of its limits."""
        return self._original.dropped_attributes

    @property
    def dropped_events(self) -> int:
        """How many events the SDK dropped because of its limits."""
        return self._original.dropped_events

    @property
    def dropped_links(self) -> int:
        """How many links the SDK dropped because of its limits."""
        return self._original.dropped_links


def _identified(span: ReadableSpan) -> IdentifiedSpan:
    context, scope = span.get_span_context(), span.instrumentation_scope
    content = SpanContent(
        attributes=dict(span.attributes or {}),
        events=[(event.name, dict(event.attributes or {})) for event in span.events],
        name=span.name,
        kind=span.kind.name.capitalize(),
        scope_name=scope.name if scope is not None else "",
        status_code=span.status.status_code.name.capitalize(),
        status_message=span.status.description or "",
        resource=dict(span.resource.attributes),
        start_ns=span.start_time,
        end_ns=span.end_time,
        event_times_ns=[event.timestamp for event in span.events],
    )
    return IdentifiedSpan(
        trace_id=f"{context.trace_id:032x}" if context is not None else "",
        span_id=f"{context.span_id:016x}" if context is not None else "",
        parent_span_id=f"{span.parent.span_id:016x}" if span.parent is not None else "",
        content=content,
    )
