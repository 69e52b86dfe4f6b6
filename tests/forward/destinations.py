"""Real OTLP receivers that remember what they were sent and answer as they are told."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from spanbridge_ingest.values import OtlpUrl

SERVICES = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
}
REQUESTS = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}
RESPONSES = {"traces": ExportTraceServiceResponse, "logs": ExportLogsServiceResponse}
POISON = "poison"
"""A span of this name spoils its whole request."""


@dataclass(frozen=True)
class Say:
    """One answer. ``status`` is an HTTP status, or a gRPC code by its name; None is a success."""

    status: int | str | None = None
    retry_after: str | None = None
    """Over gRPC: seconds, in RetryInfo."""
    rejected: int = 0
    words: str = ""


@dataclass
class Attempt:
    """One request that came."""

    at: float
    signal: str
    headers: dict[str, str]
    message: ExportTraceServiceRequest | ExportLogsServiceRequest
    taken: bool
    compressed: bool

    @property
    def names(self) -> list[str]:
        """The names of its spans, or the bodies of its log records."""
        if isinstance(self.message, ExportTraceServiceRequest):
            scopes = [s for r in self.message.resource_spans for s in r.scope_spans]
            return [span.name for scope in scopes for span in scope.spans]
        logs = [s for r in self.message.resource_logs for s in r.scope_logs]
        return [record.body.string_value for scope in logs for record in scope.log_records]


@dataclass
class Destination:
    """What both kinds of receiver do."""

    answers: list[Say] = field(default_factory=list)
    """For the next requests, one each; after that all is taken."""
    spoiled: Say | None = None
    """The answer to a request with poison in it."""
    always: Say = field(default_factory=Say)
    """The answer when ``answers`` is used up."""
    attempts: list[Attempt] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def receive(self, signal: str, body: bytes, headers: dict[str, str], compressed: bool) -> Say:
        """Remember a request and say what to answer."""
        message = REQUESTS[signal].FromString(body)
        attempt = Attempt(time.monotonic(), signal, headers, message, False, compressed)
        with self.lock:
            say = self.answers.pop(0) if self.answers else self.always
            if self.spoiled is not None and POISON in attempt.names:
                say = self.spoiled
            attempt.taken = say.status is None
            self.attempts.append(attempt)
        return say

    def taken(self, signal: str = "traces") -> Counter[str]:
        """How often each record was taken."""
        with self.lock:
            return Counter(
                name
                for attempt in self.attempts
                if attempt.taken and attempt.signal == signal
                for name in attempt.names
            )

    def wait_for(self, *names: str, signal: str = "traces", timeout_s: float = 60.0) -> None:
        """Wait until all these were taken."""
        deadline = time.monotonic() + timeout_s
        while not set(names) <= set(self.taken(signal)):
            assert time.monotonic() < deadline, f"{names} never came, only {self.taken(signal)}"
            time.sleep(0.01)


@contextmanager
def grpc_destination(
    *answers: Say, port: int = 0, signals: Sequence[str] = ("traces", "logs")
) -> Iterator[tuple[OtlpUrl, Destination]]:
    """A gRPC server."""
    destination = Destination(list(answers))
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
    for signal in signals:
        handler = grpc.unary_unary_rpc_method_handler(_grpc_export(destination, signal))
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICES[signal], {"Export": handler}),)
        )
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield OtlpUrl("otlp", "127.0.0.1", port), destination
    finally:
        server.stop(0).wait()


def _grpc_export(destination: Destination, signal: str):
    def export(body: bytes, context: grpc.ServicerContext) -> bytes:
        headers = {key: str(value) for key, value in context.invocation_metadata()}
        # The core has undone the compression; that it accepts it is all that can be seen here.
        say = destination.receive(signal, body, headers, True)
        if say.status is None:
            return _response(signal, say)
        code = grpc.StatusCode[str(say.status)]
        if say.retry_after is not None:
            info = error_details_pb2.RetryInfo()
            info.retry_delay.FromMilliseconds(int(float(say.retry_after) * 1000))
            packed = Any()
            packed.Pack(info)
            status = status_pb2.Status(code=code.value[0], details=[packed])
            context.set_trailing_metadata(
                (("grpc-status-details-bin", status.SerializeToString()),)
            )
        context.abort(code, say.words)
        raise AssertionError

    return export


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no error here."""


@contextmanager
def http_destination(*answers: Say, port: int = 0) -> Iterator[tuple[OtlpUrl, Destination]]:
    """An HTTP server."""
    destination = Destination(list(answers))
    connections: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.connection)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            compressed = self.headers.get("content-encoding") == "gzip"
            signal = self.path.removeprefix("/v1/")
            headers = {key.lower(): value for key, value in self.headers.items()}
            plain = gzip.decompress(body) if compressed else body
            say = destination.receive(signal, plain, headers, compressed)
            content = _response(signal, say) if say.status is None else say.words.encode()
            self.send_response(200 if say.status is None else int(say.status))
            self.send_header("content-type", "application/x-protobuf" if say.status is None else "")
            self.send_header("content-length", str(len(content)))
            if say.retry_after is not None:
                self.send_header("retry-after", say.retry_after)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield OtlpUrl("http", "127.0.0.1", server.server_port, "/v1/traces"), destination
    finally:
        server.shutdown()
        thread.join()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()


def _response(signal: str, say: Say) -> bytes:
    response = RESPONSES[signal]()
    partial = response.partial_success
    if say.rejected and signal == "traces":
        partial.rejected_spans = say.rejected
    elif say.rejected:
        partial.rejected_log_records = say.rejected
    if say.words:
        partial.error_message = say.words
    return response.SerializeToString()
