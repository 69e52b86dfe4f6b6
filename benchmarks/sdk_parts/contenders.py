"""The ways of tracing that are measured. Each runs in an environment that has only its packages.

A contender is set up by the ``OTEL_*`` variables of its process, as an application would do it.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

Traced = Callable[[str, list[dict[str, Any]]], dict[str, Any]]


class Plain:
    """Nothing is traced."""

    def traced(self, answer: Traced) -> Traced:
        """``answer``, with a span for every call."""
        return answer

    def disable(self) -> None:
        """Stop recording."""

    def autolog(self) -> None:
        """Record calls of the ``openai`` package."""

    def flush(self) -> None:
        """Send what has ended."""


def _batching_provider(make: Callable[[], Any]) -> Any:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = make()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


class BareSdk(Plain):
    """``opentelemetry-sdk``, with the attributes of the others set by hand."""

    def __init__(self) -> None:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.trace import Status, StatusCode

        self._provider = _batching_provider(TracerProvider)
        self._tracer = trace.get_tracer("benchmark")
        self._ok = Status(StatusCode.OK)

    def dumps(self, value: object) -> str:
        return json.dumps(value)

    def traced(self, answer: Traced) -> Traced:
        def call(question: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
            with self._tracer.start_as_current_span("answer") as span:
                span.set_attribute("gen_ai.operation.name", "chain")
                span.set_attribute("mlflow.spanType", '"CHAIN"')
                span.set_attribute("mlflow.spanFunctionName", '"answer"')
                span.set_attribute("mlflow.traceTag.mlflow.traceName", "answer")
                inputs = {"question": question, "documents": documents}
                span.set_attribute("mlflow.spanInputs", self.dumps(inputs))
                result = answer(question, documents)
                span.set_attribute("mlflow.spanOutputs", self.dumps(result))
                span.set_status(self._ok)
                return result

        return call

    def disable(self) -> None:
        from opentelemetry.trace import NoOpTracer

        self._tracer = NoOpTracer()

    def flush(self) -> None:
        self._provider.force_flush()


class BareSdkOrjson(BareSdk):
    """The same with orjson, which is faster than the standard library."""

    def __init__(self) -> None:
        import orjson

        super().__init__()
        self._dumps = orjson.dumps

    def dumps(self, value: object) -> str:
        return str(self._dumps(value), "utf-8")


class Fluent(Plain):
    """A decorator of MLflow's interface."""

    library = ""

    def __init__(self) -> None:
        self._api = importlib.import_module(self.library)

    def traced(self, answer: Traced) -> Traced:
        return self._api.trace(answer, span_type="CHAIN")

    def disable(self) -> None:
        self._api.tracing.disable()

    def autolog(self) -> None:
        importlib.import_module(f"{self.library}.openai").autolog()


class Block(Fluent):
    """A context manager of that interface."""

    def traced(self, answer: Traced) -> Traced:
        start_span = self._api.start_span

        def call(question: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
            with start_span("answer", "CHAIN") as span:
                span.set_inputs({"question": question, "documents": documents})
                result = answer(question, documents)
                span.set_outputs(result)
                return result

        return call


class Spanbridge(Fluent):
    """``@spanbridge.trace``."""

    library = "spanbridge"

    def flush(self) -> None:
        self._api.flush()


class SpanbridgeBlock(Block, Spanbridge):
    """``spanbridge.start_span``."""


class Mlflow(Fluent):
    """``@mlflow.trace``, exporting by OTLP."""

    library = "mlflow"

    def flush(self) -> None:
        from mlflow.tracing.provider import provider

        provider.get().force_flush()


class MlflowBlock(Block, Mlflow):
    """``mlflow.start_span``."""


class OpenInference(Plain):
    """``@tracer.chain`` of ``openinference-instrumentation``."""

    def __init__(self) -> None:
        from openinference.instrumentation import TracerProvider, suppress_tracing

        self._provider = _batching_provider(TracerProvider)
        self._suppress = suppress_tracing

    def traced(self, answer: Traced) -> Traced:
        return self._provider.get_tracer("benchmark").chain(answer)

    def disable(self) -> None:
        self._suppress().__enter__()

    def autolog(self) -> None:
        from openinference.instrumentation.openai import OpenAIInstrumentor

        OpenAIInstrumentor().instrument(tracer_provider=self._provider)

    def flush(self) -> None:
        self._provider.force_flush()


CONTENDERS: dict[str, type[Plain]] = {
    "none": Plain,
    "bare-sdk": BareSdk,
    "bare-sdk-orjson": BareSdkOrjson,
    "spanbridge-trace": Spanbridge,
    "spanbridge-block": SpanbridgeBlock,
    "mlflow-trace": Mlflow,
    "mlflow-block": MlflowBlock,
    "openinference": OpenInference,
}
"""By name."""
