"""Run the agent against the fake model, traced over OTLP, and read its trace back."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, format_trace_id

from spanbridge_ingest.demo.agent import QUESTION, Agent
from spanbridge_ingest.demo.fake_llm import FakeLLM
from spanbridge_ingest.errors import StoreError

SERVICE_NAME = "spanbridge-demo"

_MODEL_DELAY_S = 0.12
_FLUSH_MS = 20_000
_READ_DEADLINE_S = 10.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of the agent."""

    trace_id: str
    question: str
    answer: str


def run_agent(grpc_address: str) -> Ran:
    """Run the agent once and return when the service has acknowledged its spans.

    Raises:
        StoreError: the spans could not be delivered.
    """
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE_NAME}))
    exporter = OTLPSpanExporter(endpoint=f"http://{grpc_address}", insecure=True)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("spanbridge.demo")
    try:
        # A span around the agent, as the handler of a web request would make it.
        with (
            FakeLLM(delay_s=_MODEL_DELAY_S) as llm,
            tracer.start_as_current_span("POST /ask", kind=SpanKind.SERVER) as span,
        ):
            trace_id = format_trace_id(span.get_span_context().trace_id)
            answer = Agent(tracer, llm.url).answer(QUESTION, f"demo-{trace_id[:8]}")
        if not provider.force_flush(_FLUSH_MS):
            raise StoreError(f"the spans could not be sent to {grpc_address}")
    finally:
        provider.shutdown()
    return Ran(trace_id, QUESTION, answer)


def read_trace(api_url: str, trace_id: str) -> dict[str, Any]:
    """Read a trace document back through the service's API.

    Raises:
        StoreError: the trace does not appear in time.
    """
    url = f"{api_url}/api/traces/{urllib.parse.quote(trace_id)}"
    deadline = time.monotonic() + _READ_DEADLINE_S
    problem = ""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=_READ_DEADLINE_S) as response:
                document: dict[str, Any] = json.load(response)
                return document
        except urllib.error.HTTPError as error:
            problem = f"HTTP {error.code}"
        except OSError as error:
            problem = str(error)
        time.sleep(_POLL_S)
    raise StoreError(f"{url} did not return the trace: {problem}")
