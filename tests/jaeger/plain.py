"""The corpus as a plain list of spans, and the contract of a search said in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanbridge_ingest.retranslate.values import attributes
from spanbridge_semconv import attribute_text
from tests.query.loading import TRACE_FILES

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
ERROR = 2


@dataclass(frozen=True)
class PlainSpan:
    """A span as it was sent; attributes are texts."""

    message: Span
    service: str
    attributes: Mapping[str, str]
    resource: Mapping[str, str]

    @property
    def trace_id(self) -> str:
        return self.message.trace_id.hex()

    @property
    def start(self) -> int:
        return self.message.start_time_unix_nano

    @property
    def duration(self) -> int:
        return max(self.message.end_time_unix_nano - self.start, 0)


@cache
def all_spans() -> Sequence[PlainSpan]:
    return tuple(span for path in TRACE_FILES for span in spans_of(path.read_bytes()))


def spans_of(payload: bytes) -> list[PlainSpan]:
    request = ExportTraceServiceRequest.FromString(payload)
    found = []
    for resource in request.resource_spans:
        said = _texts(attributes(resource.resource.attributes))
        for scope in resource.scope_spans:
            for span in scope.spans:
                own = _texts(attributes(span.attributes))
                found.append(PlainSpan(span, said.get("service.name", ""), own, said))
    return found


def find(spans: Sequence[PlainSpan], parameters: Mapping[str, Any]) -> list[str]:
    """The traces that have a span which satisfies everything, the latest such span first."""
    latest: dict[str, int] = {}
    for span in spans:
        if _satisfies(span, parameters):
            latest[span.trace_id] = max(latest.get(span.trace_id, 0), span.start)
    ordered = sorted(latest, key=lambda trace_id: (-latest[trace_id], trace_id))
    return ordered[: parameters.get("search_depth") or 100]


def _satisfies(span: PlainSpan, parameters: Mapping[str, Any]) -> bool:
    asked = parameters.get
    return (
        asked("service_name", span.service) in (span.service, "")
        and asked("operation_name", span.message.name) in (span.message.name, "")
        and asked("start_time_min", 0) <= span.start < asked("start_time_max", 2**63)
        and asked("duration_min", 0) <= span.duration
        and (not asked("duration_max") or span.duration <= parameters["duration_max"])
        and all(_has(span, key, value) for key, value in asked("attributes", {}).items())
    )


def _has(span: PlainSpan, key: str, value: Any) -> bool:
    text = attribute_text(value)
    if key == "error" and text in ("true", "false"):
        failed = span.message.status.code == ERROR or span.attributes.get(key) == "true"
        return failed == (text == "true")
    if key == "span.kind" and KINDS[span.message.kind] == text:
        return True
    return text in (span.attributes.get(key), span.resource.get(key))


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {key: attribute_text(value) for key, value in values.items()}
