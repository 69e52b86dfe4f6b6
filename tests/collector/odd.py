"""Odd spans as OTLP requests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, NoReturn

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from spanbridge_semconv import SpanView
from spanbridge_semconv._generated.sources import SOURCES


def plain(view: SpanView) -> SpanView:
    """The span with its JSON as docs/reference/ottl-limits.md wants it: valid, without equal names,
    and without an array where the registry reads an object.
    """
    events = [(name, _plain_values(attributes)) for name, attributes in view.events]
    return replace(view, attributes=_plain_values(view.attributes), events=events)


def _plain_values(attributes: Mapping[str, str]) -> dict[str, str]:
    return {key: _plain(key, text) for key, text in attributes.items()}


def _plain(key: str, text: str) -> str:
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.dumps(_pruned(json.loads(text, parse_constant=_refused), _paths(key)))
    except ValueError:
        return f"no JSON: {text}"


def _refused(word: str) -> NoReturn:
    raise ValueError(word)


def _paths(key: str) -> list[tuple[str | int, ...]]:
    everything = (source for sources in SOURCES.values() for source in sources)
    places = {"path": lambda source: source.name, "event_path": lambda source: source.names[0]}
    return [s.path for s in everything if s.origin in places and places[s.origin](s) == key]


def _pruned(value: Any, paths: Sequence[tuple[str | int, ...]]) -> Any:
    steps = [path for path in paths if path]
    by_name = any(isinstance(path[0], str) for path in steps)
    if isinstance(value, dict):
        return {
            name: _pruned(inner, [path[1:] for path in steps if path[0] == name])
            for name, inner in value.items()
        }
    if isinstance(value, list):
        inner_paths = [path[1:] for path in steps if not isinstance(path[0], str)]
        return {} if by_name else [_pruned(inner, inner_paths) for inner in value]
    return value


def request_of(views: Sequence[SpanView]) -> ExportTraceServiceRequest:
    """The spans, each in a scope of its own; the span id is its position from 1."""
    request = ExportTraceServiceRequest()
    for number, view in enumerate(views, 1):
        resource_spans = request.resource_spans.add()
        for key, text in view.resource.items():
            resource_spans.resource.attributes.add(key=key).value.string_value = text
        scope_spans = resource_spans.scope_spans.add()
        scope_spans.scope.name = view.scope_name
        span = scope_spans.spans.add(
            trace_id=(1).to_bytes(16, "big"),
            span_id=number.to_bytes(8, "big"),
            name=view.span_name,
            start_time_unix_nano=view.start_ns or 0,
        )
        span.status.code = Status.StatusCode.Value(f"STATUS_CODE_{view.status_code.upper()}")
        for key, text in view.attributes.items():
            span.attributes.add(key=key).value.string_value = text
        for (name, attributes), time in zip_longest(view.events, view.event_times_ns):
            event = span.events.add(name=name, time_unix_nano=time)
            for key, text in attributes.items():
                event.attributes.add(key=key).value.string_value = text
    return request
