"""Rows of ``otel_traces`` and ``otel_logs`` as typed records. Pure.

The row types name the columns of ``sql/trace_spans.sql`` and ``sql/trace_logs.sql`` in order. Maps
are read as keys and values: a Python dict would lose equal keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spanbridge_ingest.query import values
from spanbridge_ingest.query.values import Attributes, Value

SPAN_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUS_CODES = ("Unset", "Ok", "Error")


class SpanRow(NamedTuple):
    """What OTLP said about one span, as the store holds it. Times are ns since the epoch."""

    timestamp: int
    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    name: str
    kind: str
    service_name: str
    duration: int
    status_code: str
    status_message: str
    flags: int
    dropped_attributes: int
    dropped_events: int
    dropped_links: int
    attribute_keys: Sequence[str]
    attribute_texts: Sequence[str]
    attribute_types: Sequence[int]
    resource_keys: Sequence[str]
    resource_texts: Sequence[str]
    resource_types: Sequence[int]
    resource_dropped: int
    resource_schema_url: str
    scope_name: str
    scope_version: str
    scope_keys: Sequence[str]
    scope_texts: Sequence[str]
    scope_types: Sequence[int]
    scope_dropped: int
    scope_schema_url: str
    event_times: Sequence[int]
    event_names: Sequence[str]
    event_keys: Sequence[Sequence[str]]
    event_texts: Sequence[Sequence[str]]
    event_types: Sequence[Sequence[int]]
    event_dropped: Sequence[int]
    link_trace_ids: Sequence[str]
    link_span_ids: Sequence[str]
    link_trace_states: Sequence[str]
    link_keys: Sequence[Sequence[str]]
    link_texts: Sequence[Sequence[str]]
    link_types: Sequence[Sequence[int]]
    link_dropped: Sequence[int]
    link_flags: Sequence[int]
    extra_keys: Sequence[str]
    extra_values: Sequence[str]


class LogRow(NamedTuple):
    """What OTLP said about one log record, as the store holds it."""

    timestamp: int
    observed_timestamp: int
    trace_id: str
    span_id: str
    severity_number: int
    severity_text: str
    event_name: str
    body: str
    body_type: int
    flags: int
    dropped_attributes: int
    attribute_keys: Sequence[str]
    attribute_texts: Sequence[str]
    attribute_types: Sequence[int]
    resource_keys: Sequence[str]
    resource_texts: Sequence[str]
    resource_types: Sequence[int]
    resource_dropped: int
    resource_schema_url: str
    scope_name: str
    scope_version: str
    scope_keys: Sequence[str]
    scope_texts: Sequence[str]
    scope_types: Sequence[int]
    scope_dropped: int
    scope_schema_url: str
    extra_keys: Sequence[str]
    extra_values: Sequence[str]


@dataclass(frozen=True, slots=True)
class EntityRef:
    """A reference from a resource to the entity it describes."""

    schema_url: str
    type: str
    id_keys: tuple[str, ...]
    description_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """What a span or log record came from."""

    attributes: Attributes
    dropped_attributes: int
    schema_url: str
    entity_refs: tuple[EntityRef, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The library that made a span or log record."""

    name: str
    version: str
    attributes: Attributes
    dropped_attributes: int
    schema_url: str


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A span event."""

    time: int
    name: str
    attributes: Attributes
    dropped_attributes: int


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A link to another span. Ids are lower-case hex."""

    trace_id: str
    span_id: str
    trace_state: str
    attributes: Attributes
    dropped_attributes: int
    flags: int


@dataclass(frozen=True, slots=True)
class SpanRecord:
    """A span with everything OTLP said. ``kind`` and ``status_code`` are OTLP's numbers."""

    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    flags: int
    name: str
    kind: int
    start: int
    end: int
    status_code: int
    status_message: str
    attributes: Attributes
    dropped_attributes: int
    events: tuple[EventRecord, ...]
    dropped_events: int
    links: tuple[LinkRecord, ...]
    dropped_links: int
    resource: Resource
    scope: Scope


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A log record with everything OTLP said."""

    time: int
    observed_time: int
    trace_id: str
    span_id: str
    severity_number: int
    severity_text: str
    event_name: str
    body: Value
    attributes: Attributes
    dropped_attributes: int
    flags: int
    resource: Resource
    scope: Scope


class _Extras:
    """``OtlpExtras`` of a row: single facts by name, exact values by position.

    Exact values are numbered through all attributes of the row: the resource's, the scope's, its
    own, each event's, each link's. So the lists have to be taken in this order.
    """

    __slots__ = ("_exact", "_facts", "_position")

    def __init__(self, keys: Sequence[str], texts: Sequence[str]) -> None:
        self._facts = dict(zip(keys, texts, strict=True))
        self._exact = {
            int(key.removeprefix("value.")): text
            for key, text in self._facts.items()
            if key.startswith("value.")
        }
        self._position = 0

    def number(self, name: str, default: int) -> int:
        """A decimal fact, or what the columns say."""
        text = self._facts.get(name)
        return default if text is None else int(text)

    def text(self, name: str, default: str) -> str:
        """A text fact, or what the columns say."""
        return self._facts.get(name, default)

    def take(self, keys: Sequence[str], texts: Sequence[str], types: Sequence[int]) -> Attributes:
        """The next attribute list of the row."""
        first = self._position
        self._position += len(keys)
        if len(types) != len(keys):
            # A row that the Collector's exporter wrote has no types: all it has is text.
            return tuple(zip(keys, texts, strict=True))
        return tuple(
            (key, values.decode(text, code, self._exact.get(n, "")))
            for n, (key, text, code) in enumerate(zip(keys, texts, types, strict=True), first)
        )


def span(row: SpanRow) -> SpanRecord:
    """The span a row stands for."""
    extras = _Extras(row.extra_keys, row.extra_values)
    resource, scope = _resource(row, extras), _scope(row, extras)
    attributes = extras.take(row.attribute_keys, row.attribute_texts, row.attribute_types)
    start = extras.number("start", row.timestamp)
    return SpanRecord(
        trace_id=row.trace_id,
        span_id=row.span_id,
        parent_span_id=extras.text("parent", row.parent_span_id),
        trace_state=row.trace_state,
        flags=row.flags,
        name=row.name,
        kind=extras.number("kind", _number(SPAN_KINDS, row.kind)),
        start=start,
        end=extras.number("end", start + row.duration),
        status_code=extras.number("status", _number(STATUS_CODES, row.status_code)),
        status_message=row.status_message,
        attributes=attributes,
        dropped_attributes=row.dropped_attributes,
        events=tuple(_events(row, extras)),
        dropped_events=row.dropped_events,
        links=tuple(_links(row, extras)),
        dropped_links=row.dropped_links,
        resource=resource,
        scope=scope,
    )


def log(row: LogRow) -> LogRecord:
    """The log record a row stands for."""
    extras = _Extras(row.extra_keys, row.extra_values)
    resource, scope = _resource(row, extras), _scope(row, extras)
    return LogRecord(
        time=extras.number("time", row.timestamp),
        observed_time=extras.number("observed", row.observed_timestamp),
        trace_id=extras.text("trace_id", row.trace_id),
        span_id=extras.text("span_id", row.span_id),
        severity_number=extras.number("severity", row.severity_number),
        severity_text=row.severity_text,
        event_name=row.event_name,
        body=values.decode(row.body, row.body_type, extras.text("body", "")),
        attributes=extras.take(row.attribute_keys, row.attribute_texts, row.attribute_types),
        dropped_attributes=row.dropped_attributes,
        flags=row.flags,
        resource=resource,
        scope=scope,
    )


def _number(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else 0


def _at(columns: Sequence[int], n: int) -> int:
    """An item of a column beside the exporter's own: empty in rows that the exporter wrote."""
    return columns[n] if n < len(columns) else 0


def _types(columns: Sequence[Sequence[int]], n: int) -> Sequence[int]:
    return columns[n] if n < len(columns) else ()


def _events(row: SpanRow, extras: _Extras) -> Iterator[EventRecord]:
    for n, name in enumerate(row.event_names):
        yield EventRecord(
            time=extras.number(f"event.{n}.time", row.event_times[n]),
            name=name,
            attributes=extras.take(
                row.event_keys[n], row.event_texts[n], _types(row.event_types, n)
            ),
            dropped_attributes=_at(row.event_dropped, n),
        )


def _links(row: SpanRow, extras: _Extras) -> Iterator[LinkRecord]:
    for n, trace_id in enumerate(row.link_trace_ids):
        yield LinkRecord(
            trace_id=trace_id,
            span_id=row.link_span_ids[n],
            trace_state=row.link_trace_states[n],
            attributes=extras.take(row.link_keys[n], row.link_texts[n], _types(row.link_types, n)),
            dropped_attributes=_at(row.link_dropped, n),
            flags=_at(row.link_flags, n),
        )


def _resource(row: SpanRow | LogRow, extras: _Extras) -> Resource:
    entities = [ref.values() for ref in json.loads(extras.text("resource.entity_refs", "[]"))]
    return Resource(
        attributes=extras.take(row.resource_keys, row.resource_texts, row.resource_types),
        dropped_attributes=row.resource_dropped,
        schema_url=row.resource_schema_url,
        entity_refs=tuple(
            EntityRef(schema_url, kind, tuple(ids), tuple(descriptions))
            for schema_url, kind, ids, descriptions in entities
        ),
    )


def _scope(row: SpanRow | LogRow, extras: _Extras) -> Scope:
    return Scope(
        name=row.scope_name,
        version=row.scope_version,
        attributes=extras.take(row.scope_keys, row.scope_texts, row.scope_types),
        dropped_attributes=row.scope_dropped,
        schema_url=row.scope_schema_url,
    )
