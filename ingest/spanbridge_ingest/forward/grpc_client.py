"""OTLP over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spanbridge_ingest.forward.answers import Answer, Later, Refused, Taken
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.values import OtlpUrl

_METHODS: Final = {
    Signal.TRACES: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    Signal.LOGS: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
_RETRIED: Final = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
_DIVISIBLE: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
    }
)
_HINTS: Final = {
    grpc.StatusCode.UNAUTHENTICATED: "check --forward-header",
    grpc.StatusCode.PERMISSION_DENIED: "check --forward-header",
    grpc.StatusCode.UNIMPLEMENTED: "it does not take this signal over gRPC; check --forward",
}
_STATUS_DETAILS: Final = "grpc-status-details-bin"
_OPTIONS: Final = [
    # gRPC's own pauses grow to two minutes, in which every attempt fails at once.
    ("grpc.max_reconnect_backoff_ms", 5000),
    ("grpc.max_send_message_length", -1),
]


class GrpcClient:
    """A channel that speaks OTLP, with gzip."""

    def __init__(self, destination: OtlpUrl) -> None:
        target, gzip = destination.authority, grpc.Compression.Gzip
        if destination.secure:
            credentials = grpc.ssl_channel_credentials()
            self._channel = aio.secure_channel(target, credentials, _OPTIONS, gzip)
        else:
            self._channel = aio.insecure_channel(target, _OPTIONS, gzip)

    async def send(
        self, signal: Signal, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """Make one attempt."""
        try:
            export = self._channel.unary_unary(_METHODS[signal], None, None)
            async with asyncio.timeout(timeout_s):
                reply = await export(body, metadata=tuple(headers.items()), timeout=timeout_s)
        except aio.AioRpcError as error:
            return _failure(error)
        except TimeoutError:
            return Later(f"no answer in {timeout_s:.3g} s")
        except Exception as error:
            # Nothing that the network does: it would fail again.
            return Refused(f"unexpected {type(error).__qualname__}")
        return read_reply(signal, reply)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close(None)


def read_reply(signal: Signal, reply: bytes) -> Taken:
    """What a success says; one that cannot be read says nothing."""
    try:
        if signal is Signal.TRACES:
            spans = ExportTraceServiceResponse.FromString(reply).partial_success
            return Taken(spans.rejected_spans, spans.error_message)
        records = ExportLogsServiceResponse.FromString(reply).partial_success
        return Taken(records.rejected_log_records, records.error_message)
    except DecodeError:
        return Taken()


def _failure(error: aio.AioRpcError) -> Answer:
    code, message = error.code(), error.details() or ""
    after_s = _retry_delay_s(error)
    # "Resource exhausted" is final unless the destination says when it will not be.
    if code in _RETRIED or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and after_s is not None):
        return Later(code.name, after_s, message)
    return Refused(code.name, _HINTS.get(code, ""), code in _DIVISIBLE, message)


def _retry_delay_s(error: aio.AioRpcError) -> float | None:
    value = cast(aio.Metadata, error.trailing_metadata() or aio.Metadata()).get(_STATUS_DETAILS)
    if not isinstance(value, bytes):
        return None
    try:
        details = status_pb2.Status.FromString(value).details
        for detail in details:
            info = error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    except DecodeError:
        return None
    return None
