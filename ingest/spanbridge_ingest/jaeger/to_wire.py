"""What is found, as the messages of the storage API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from spanbridge_ingest.jaeger.catalogue import Dependency, Operation
from spanbridge_ingest.jaeger.messages import MESSAGES
from spanbridge_ingest.jaeger.search import TraceSummary

_MOST: Final = 2**31 - 1
"""Counts are 32 bits wide there."""


def found_ids(trace_ids: Sequence[str], times: Mapping[str, tuple[int, int]]) -> Any:
    """``FindTraceIDsResponse``; ``times`` says in which ns the spans of a trace began."""
    response = MESSAGES["FindTraceIDsResponse"]()
    for trace_id in trace_ids:
        found = response.trace_ids.add(trace_id=bytes.fromhex(trace_id))
        if trace_id in times:
            start, end = times[trace_id]
            found.start.CopyFrom(_timestamp(start))
            found.end.CopyFrom(_timestamp(end))
    return response


def operations(found: Sequence[Operation]) -> Any:
    """``GetOperationsResponse``."""
    response = MESSAGES["GetOperationsResponse"]()
    for name, kind in found:
        response.operations.add(name=name, span_kind=kind)
    return response


def dependencies(found: Sequence[Dependency]) -> Any:
    """``GetDependenciesResponse``."""
    response = MESSAGES["GetDependenciesResponse"]()
    for parent, child, calls in found:
        response.dependencies.add(parent=parent, child=child, call_count=calls)
    return response


def summaries(found: Sequence[TraceSummary]) -> Any:
    """``FindTraceSummariesResponse``."""
    response = MESSAGES["FindTraceSummariesResponse"]()
    for trace in found:
        summary = response.summaries.add(
            trace_id=bytes.fromhex(trace.trace_id),
            root_service_name=trace.root_service,
            root_operation_name=trace.root_operation,
            min_start_time_unix_nano=trace.start,
            max_end_time_unix_nano=trace.end,
            span_count=min(trace.spans, _MOST),
            error_span_count=min(trace.errors, _MOST),
            orphan_span_count=min(trace.orphans, _MOST),
        )
        for name, spans, errors in trace.services:
            summary.services.add(
                name=name, span_count=min(spans, _MOST), error_span_count=min(errors, _MOST)
            )
    return response


def capabilities() -> Any:
    """``GetCapabilitiesResponse``: a service may be left out; one span satisfies everything."""
    response = MESSAGES["GetCapabilitiesResponse"]()
    response.search.without_service_name = True
    response.search.same_span_conjunction = True
    return response


def _timestamp(nanos: int) -> Timestamp:
    stamp = Timestamp()
    stamp.FromNanoseconds(nanos)
    return stamp
