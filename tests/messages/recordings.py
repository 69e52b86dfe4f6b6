"""The recorded traces, as the readers take them: Python values, log records by span."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from spanbridge_semconv.messages import (
    Embeddings,
    Event,
    Messages,
    Retrieval,
    ToolCall,
    read_embeddings,
    read_messages,
    read_retrieval,
    read_tool_call,
)

CORPUS = Path(__file__).resolve().parents[1] / "corpus"

MODEL_SPANS = re.compile(
    r"chat|ChatOpenAI|doGenerate|doStream|[Gg]enerat|openai\.|anthropic\.|call_llm|Completion|"
    r"Response|response|Message|message|litellm|acompletion|completion|LM\.__call__|gen$|"
    r"OpenAI-|Litellm|^LLM|^Chat|component\.run"
)
"""Names of spans that are calls of a model, in all recorded dialects."""

NOT_MODEL_SPANS = re.compile(r"ChatPromptTemplate|execute_tool|generateText$|streamText$")


@dataclass(frozen=True)
class Span:
    """A recorded span with what belongs to it."""

    name: str
    scope: str
    attributes: dict[str, Any]
    events: list[Event]
    logs: list[Event]

    @cached_property
    def model_call(self) -> bool:
        if self.attributes.get("langfuse.observation.type") == "generation":
            return True  # the span has the name the user gave it
        return bool(MODEL_SPANS.search(self.name)) and not NOT_MODEL_SPANS.search(self.name)

    @cached_property
    def messages(self) -> Messages:
        return read_messages(self.attributes, self.events, self.logs, model_call=self.model_call)

    @cached_property
    def tool_call(self) -> ToolCall:
        return read_tool_call(self.attributes, self.events, self.logs)

    @cached_property
    def retrieval(self) -> Retrieval | None:
        return read_retrieval(self.attributes, self.events, retrieval=True)

    @cached_property
    def embeddings(self) -> Embeddings | None:
        return read_embeddings(self.attributes, self.messages)


@dataclass(frozen=True)
class Recording:
    """One recorded run and what really happened in it."""

    index: dict[str, Any]

    def __str__(self) -> str:
        return str(self.index["file"]).removesuffix(".binpb")

    @property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = self.index["expected"]
        return found

    @cached_property
    def raw(self) -> bytes:
        """Everything that was recorded, to look for text in."""
        logs = self.index["logs"]
        found = (CORPUS / self.index["file"]).read_bytes()
        return found + ((CORPUS / logs).read_bytes() if logs else b"")

    @cached_property
    def spans(self) -> list[Span]:
        logs = _logs(CORPUS / self.index["logs"]) if self.index["logs"] else {}
        payload = (CORPUS / self.index["file"]).read_bytes()
        return [
            Span(
                name=span.name,
                scope=scope.scope.name,
                attributes=_attributes(span.attributes),
                events=[Event(e.name, _attributes(e.attributes)) for e in span.events],
                logs=logs.get(span.span_id, []),
            )
            for resource in ExportTraceServiceRequest.FromString(payload).resource_spans
            for scope in resource.scope_spans
            for span in sorted(scope.spans, key=lambda span: span.start_time_unix_nano)
        ]


def recordings() -> list[Recording]:
    """All of them, in the order of the index."""
    return [Recording(case) for case in json.loads((CORPUS / "index.json").read_text())]


def _logs(path: Path) -> dict[bytes, list[Event]]:
    found: defaultdict[bytes, list[Event]] = defaultdict(list)
    for resource in ExportLogsServiceRequest.FromString(path.read_bytes()).resource_logs:
        for scope in resource.scope_logs:
            for log in scope.log_records:
                event = Event(log.event_name, _attributes(log.attributes), _value(log.body))
                found[log.span_id].append(event)
    return found


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, kind)
