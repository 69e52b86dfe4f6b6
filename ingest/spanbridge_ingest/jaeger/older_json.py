"""Traces in the JSON of Jaeger's older query API, which Grafana's data source reads."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, TracesData

from spanbridge_ingest.jaeger.catalogue import Dependency
from spanbridge_ingest.jaeger.question import shown_service
from spanbridge_ingest.query.rows import SPAN_KINDS
from spanbridge_ingest.retranslate.values import from_proto
from spanbridge_semconv import attribute_text

_US: Final = 1000
_SAFE: Final = 2**53 - 1
_ERROR: Final = 2
_STATUS: Final = {1: "OK", _ERROR: "ERROR"}

Tag = dict[str, Any]


def traces(pieces: Iterable[TracesData]) -> list[dict[str, Any]]:
    """Traces from their pieces, in the order of their first pieces."""
    found: dict[str, _Trace] = {}
    for piece in pieces:
        for resource in piece.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    trace_id = span.trace_id.hex()
                    if trace_id not in found:
                        found[trace_id] = _Trace(trace_id)
                    found[trace_id].add(resource, scope, span)
    return [trace.document() for trace in found.values()]


def dependencies(found: Sequence[Dependency]) -> list[dict[str, Any]]:
    """Who calls whom."""
    return [{"parent": one.parent, "child": one.child, "callCount": one.calls} for one in found]


class _Trace:
    def __init__(self, trace_id: str) -> None:
        self._trace_id = trace_id
        self._spans: list[dict[str, Any]] = []
        self._processes: dict[bytes, tuple[str, dict[str, Any]]] = {}

    def add(self, resource: ResourceSpans, scope: ScopeSpans, span: Span) -> None:
        key = resource.resource.SerializeToString(deterministic=True)
        if key not in self._processes:
            self._processes[key] = (f"p{len(self._processes) + 1}", _process(resource))
        self._spans.append(_span(self._trace_id, self._processes[key][0], scope, span))

    def document(self) -> dict[str, Any]:
        return {
            "traceID": self._trace_id,
            "spans": sorted(self._spans, key=lambda span: (span["startTime"], span["spanID"])),
            "processes": dict(self._processes.values()),
            "warnings": None,
        }


def _process(resource: ResourceSpans) -> dict[str, Any]:
    name = ""
    others = []
    for pair in resource.resource.attributes:
        if pair.key == "service.name" and not name:
            name = pair.value.string_value
        else:
            others.append(_tag(pair.key, pair.value))
    return {"serviceName": shown_service(name), "tags": others}


def _span(trace_id: str, process: str, scope: ScopeSpans, span: Span) -> dict[str, Any]:
    start = span.start_time_unix_nano
    return {
        "traceID": trace_id,
        "spanID": span.span_id.hex(),
        "flags": span.flags & 0xFF,
        "operationName": span.name,
        "references": list(_references(trace_id, span)),
        "startTime": start // _US,
        "duration": max(span.end_time_unix_nano - start, 0) // _US,
        "tags": [*_tags(span.attributes), *_said(scope, span)],
        "logs": [
            {
                "timestamp": event.time_unix_nano // _US,
                "fields": [_text("event", event.name), *_tags(event.attributes)],
            }
            for event in span.events
        ],
        "processID": process,
        "warnings": None,
    }


def _references(trace_id: str, span: Span) -> Iterator[dict[str, str]]:
    if span.parent_span_id:
        parent = span.parent_span_id.hex()
        yield {"refType": "CHILD_OF", "traceID": trace_id, "spanID": parent}
    for link in span.links:
        yield {
            "refType": "FOLLOWS_FROM",
            "traceID": link.trace_id.hex(),
            "spanID": link.span_id.hex(),
        }


def _said(scope: ScopeSpans, span: Span) -> Iterator[Tag]:
    """What OTLP has fields for and Jaeger's model has not."""
    if scope.scope.name:
        yield _text("otel.scope.name", scope.scope.name)
    if scope.scope.version:
        yield _text("otel.scope.version", scope.scope.version)
    if 0 < span.kind < len(SPAN_KINDS):
        yield _text("span.kind", SPAN_KINDS[span.kind].lower())
    if span.status.code in _STATUS:
        yield _text("otel.status_code", _STATUS[span.status.code])
    if span.status.code == _ERROR:
        yield {"key": "error", "type": "bool", "value": True}
    if span.status.message:
        yield _text("otel.status_description", span.status.message)
    if span.trace_state:
        yield _text("w3c.tracestate", span.trace_state)


def _text(key: str, value: str) -> Tag:
    return {"key": key, "type": "string", "value": value}


def _tags(pairs: Iterable[KeyValue]) -> list[Tag]:
    return [_tag(pair.key, pair.value) for pair in pairs]


def _tag(key: str, value: AnyValue) -> Tag:
    match from_proto(value):
        case bool(flag):
            return {"key": key, "type": "bool", "value": flag}
        case int(number):
            # Readers are written in JavaScript.
            shown: int | str = number if abs(number) <= _SAFE else str(number)
            return {"key": key, "type": "int64", "value": shown}
        case float(number) if math.isfinite(number):
            return {"key": key, "type": "float64", "value": number}
        case bytes(raw):
            return {"key": key, "type": "binary", "value": base64.b64encode(raw).decode()}
        case other:
            return _text(key, attribute_text(other))
