"""A collector that keeps the spans it is sent, and programs that send to it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

PROGRAMS = Path(__file__).parent / "programs"
_TIMEOUT_S = 60


@dataclass(frozen=True)
class Sent:
    """A span as it arrived."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    service: str
    scope: str
    attributes: Mapping[str, Any]


@dataclass
class Collector:
    """A running collector."""

    url: str = ""
    spans: list[Sent] = field(default_factory=list)

    def span(self, name: str) -> Sent:
        """The only span of that name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def named(self, name: str) -> list[Sent]:
        """All spans of that name."""
        return [span for span in self.spans if span.name == name]

    def parent(self, span: Sent) -> Sent | None:
        """The span above; None if there is none, or it did not arrive."""
        return next((other for other in self.spans if other.span_id == span.parent_id), None)

    def line(self, span: Sent) -> list[str]:
        """The names from the topmost span down to this one."""
        above = self.parent(span)
        return [*(self.line(above) if above else []), span.name]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.spans.extend(_spans(ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def environment(endpoint: str, **more: str) -> dict[str, str]:
    """That of a program which sends to ``endpoint``."""
    return {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **more}


def run(program: str, endpoint: str, **more: str) -> Any:
    """Run a program of this folder to its end; what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "error", PROGRAMS / program],
        capture_output=True,
        text=True,
        env=environment(endpoint, **more),
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def _spans(request: ExportTraceServiceRequest) -> Iterator[Sent]:
    for resource in request.resource_spans:
        service = _values(resource.resource.attributes).get("service.name", "")
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Sent(
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.kind,
                    service,
                    scope.scope.name,
                    _values(span.attributes),
                )


def _values(attributes: Any) -> dict[str, Any]:
    def value(attribute: KeyValue) -> Any:
        kind = attribute.value.WhichOneof("value")
        return getattr(attribute.value, kind) if kind else None

    return {attribute.key: value(attribute) for attribute in attributes}
