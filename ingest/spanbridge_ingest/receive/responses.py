"""Success answers: nothing when all was stored, ``partial_success`` when records were refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spanbridge_ingest.store.base import Signal

_MAX_REASONS: Final = 20


def export_response(
    signal: Signal, rejected: Mapping[str, int]
) -> ExportTraceServiceResponse | ExportLogsServiceResponse:
    """The response message; ``rejected`` is ``{reason: count}``, empty when all was stored."""
    total = sum(rejected.values())
    if signal is Signal.TRACES:
        traces = ExportTraceServiceResponse()
        if total:
            traces.partial_success.rejected_spans = total
            traces.partial_success.error_message = _explain("spans", rejected)
        return traces
    logs = ExportLogsServiceResponse()
    if total:
        logs.partial_success.rejected_log_records = total
        logs.partial_success.error_message = _explain("log records", rejected)
    return logs


def _explain(what: str, rejected: Mapping[str, int]) -> str:
    by_count = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{reason} ({count})" for reason, count in by_count[:_MAX_REASONS])
    hidden = len(by_count) - _MAX_REASONS
    tail = f" and {hidden} more reasons" if hidden > 0 else ""
    return f"{what} put aside as invalid: {shown}{tail}; sending them again changes nothing"
