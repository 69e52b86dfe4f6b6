"""Clients that send raw bytes and keep to the OTLP rules for what to send again."""

from __future__ import annotations

import gzip
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import grpc
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

TRACES = "traces"
LOGS = "logs"
PROTOBUF = "application/x-protobuf"
METHODS = {
    TRACES: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    LOGS: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
_RETRIED_CODES = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
_RETRIED_STATUSES = frozenset({429, 502, 503, 504})
_OWN_DELAY_S = 0.2
_TIMEOUT_S = 40.0
_CHANNEL_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 300),
    # Channels share connections otherwise, and then one sender's trouble is another's.
    ("grpc.use_local_subchannel_pool", 1),
]


@dataclass(frozen=True)
class Answer:
    """What came back for one attempt."""

    status: str
    """``OK``, a gRPC code's name, an HTTP status, or ``connection``."""
    retry: bool = False
    delay_s: float | None = None
    """What the service asked to wait, if it did."""
    rejected: int = 0
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was acknowledged."""
        return self.status == "OK"


Send = Callable[[str, bytes], Answer]
"""One attempt: signal, body."""


class GrpcSender:
    """One channel."""

    def __init__(self, address: str, compression: grpc.Compression | None = None) -> None:
        self._channel = grpc.insecure_channel(address, _CHANNEL_OPTIONS, compression)

    def __call__(self, signal: str, body: bytes, timeout_s: float = _TIMEOUT_S) -> Answer:
        """One attempt."""
        try:
            reply = self._channel.unary_unary(METHODS[signal])(body, timeout=timeout_s)
        except grpc.RpcError as error:
            return _refusal(error)
        return _accepted(signal, reply)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()


class HttpSender:
    """A connection per request."""

    def __init__(self, address: str, compressed: bool = False) -> None:
        self._address = address
        self._compressed = compressed

    def __call__(self, signal: str, body: bytes, timeout_s: float = _TIMEOUT_S) -> Answer:
        """One attempt."""
        headers = {"Content-Type": PROTOBUF}
        if self._compressed:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        return post(self._address, signal, body, headers, timeout_s)

    def close(self) -> None:
        """Nothing is kept open."""


def post(
    address: str, signal: str, body: bytes, headers: dict[str, str], timeout_s: float = _TIMEOUT_S
) -> Answer:
    """One attempt over HTTP with any headers."""
    connection = http.client.HTTPConnection(address, timeout=timeout_s)
    try:
        connection.request("POST", f"/v1/{signal}", body, headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return Answer("connection", retry=True, message=repr(error))
    finally:
        connection.close()
    if answer.status == 200:
        if answer.getheader("content-type") == PROTOBUF:
            return _accepted(signal, content)
        return Answer("OK", message=content.decode())
    retry_after = answer.getheader("retry-after")
    return Answer(
        str(answer.status),
        retry=answer.status in _RETRIED_STATUSES,
        delay_s=None if retry_after is None else float(retry_after),
        message=content.decode(errors="replace"),
    )


@dataclass
class Delivery:
    """How a request fared until it was acknowledged."""

    answer: Answer
    attempts: list[Answer] = field(default_factory=list)
    """Those before the last."""


def deliver(send: Send, signal: str, body: bytes, timeout_s: float = 90.0) -> Delivery:
    """Send the same bytes until they are acknowledged or finally refused."""
    deadline = time.monotonic() + timeout_s
    attempts: list[Answer] = []
    while True:
        answer = send(signal, body)
        if not answer.retry or time.monotonic() > deadline:
            return Delivery(answer, attempts)
        attempts.append(answer)
        time.sleep(_OWN_DELAY_S if answer.delay_s is None else answer.delay_s)


def _accepted(signal: str, reply: bytes) -> Answer:
    if signal == TRACES:
        traces = ExportTraceServiceResponse.FromString(reply).partial_success
        return Answer("OK", rejected=traces.rejected_spans, message=traces.error_message)
    logs = ExportLogsServiceResponse.FromString(reply).partial_success
    return Answer("OK", rejected=logs.rejected_log_records, message=logs.error_message)


def _refusal(error: grpc.RpcError) -> Answer:
    delay_s = None
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.RetryInfo()
                if detail.Unpack(info):
                    delay_s = info.retry_delay.seconds + info.retry_delay.nanos / 1e9
    code = error.code()
    busy = code is grpc.StatusCode.RESOURCE_EXHAUSTED and delay_s is not None
    return Answer(code.name, code in _RETRIED_CODES or busy, delay_s, message=error.details() or "")
