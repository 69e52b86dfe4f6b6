"""Send one model call to a running service with nothing but the OpenTelemetry SDK.

    spanbridge serve &
    python examples/otel_sdk.py
    spanbridge traces list

The service is found by the usual variables, OTEL_EXPORTER_OTLP_ENDPOINT and, for HTTP,
OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, format_trace_id


class Remembering(SpanExporter):
    """Passes spans on, and remembers whether somebody took them."""

    def __init__(self, to: SpanExporter) -> None:
        self.to = to
        self.taken = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self.to.export(spans)
        self.taken = result is SpanExportResult.SUCCESS
        return result

    def shutdown(self) -> None:
        self.to.shutdown()


def exporter() -> SpanExporter:
    if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "http/protobuf":
        from opentelemetry.exporter.otlp.proto.http import trace_exporter as http

        return http.OTLPSpanExporter()
    return OTLPSpanExporter(insecure=True)


def main() -> None:
    service = os.environ.get("OTEL_SERVICE_NAME") or "example"
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    sender = Remembering(exporter())
    provider.add_span_processor(BatchSpanProcessor(sender))
    tracer = provider.get_tracer("examples.otel_sdk")

    with tracer.start_as_current_span("chat gpt-fake", kind=SpanKind.CLIENT) as span:
        question = {"role": "user", "parts": [{"type": "text", "content": "Say hello."}]}
        span.set_attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-fake",
                "gen_ai.input.messages": json.dumps([question]),
            }
        )
        # Here the model would be called.
        answer = {"role": "assistant", "parts": [{"type": "text", "content": "Hello."}]}
        span.set_attributes(
            {
                "gen_ai.response.model": "gpt-fake-2026-01-01",
                "gen_ai.response.finish_reasons": ["stop"],
                "gen_ai.usage.input_tokens": 23,
                "gen_ai.usage.output_tokens": 11,
                "gen_ai.output.messages": json.dumps([{**answer, "finish_reason": "stop"}]),
            }
        )
    provider.force_flush()
    provider.shutdown()
    if not sender.taken:
        sys.exit("the trace was not sent: start the service with `spanbridge serve`")
    print("sent trace", format_trace_id(span.get_span_context().trace_id))


if __name__ == "__main__":
    main()
