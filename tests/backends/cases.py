"""Recorded cases made fresh, and what a backend should show of them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

CORPUS = Path(__file__).parents[1] / "corpus"


@dataclass(frozen=True)
class Call:
    """One call of a model, as the recorded server answered it."""

    models: tuple[str, ...]
    """Asked for, and named in the answer: a backend may show either."""
    output: str = ""
    """Text that has to be found in what is shown as output."""


@dataclass(frozen=True)
class Truth:
    """What really happened in a case."""

    input_tokens: int
    output_tokens: int
    calls: tuple[Call, ...]
    content: bool
    """Whether the recording has content."""


@dataclass
class Fresh:
    """A case with ids that no server has seen and times of now."""

    dialect: str
    name: str
    truth: Truth
    traces: ExportTraceServiceRequest
    logs: ExportLogsServiceRequest | None
    trace_ids: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.dialect}/{self.name}"


@cache
def index() -> Sequence[Mapping[str, Any]]:
    """The index of the corpus, for the cases in which a model was called."""
    entries = json.loads((CORPUS / "index.json").read_text("utf-8"))
    return [entry for entry in entries if "mcp" not in entry["expected"]]


def truth(entry: Mapping[str, Any]) -> Truth:
    """What the index says about a case."""
    expected = entry["expected"]
    calls = list(expected["llm_calls"])
    if "embedding" in expected:
        calls.append(expected["embedding"])
    elif "error" in expected:
        calls.append({"request_model": expected["request_model"]})
    return Truth(
        sum(_tokens(call, "input") for call in calls),
        sum(_tokens(call, "output") for call in calls),
        tuple(_call(call) for call in calls),
        "nocontent" not in entry["dialect"],
    )


def _tokens(call: Mapping[str, Any], kind: str) -> int:
    """Tokens in or out, of which cached ones are a part."""
    details = call.get("usage_details")
    if details is not None:
        # Reported by the application in Langfuse's terms, where the parts do not overlap.
        return sum(count for name, count in details.items() if name.partition("_")[0] == kind)
    return call.get(f"{kind}_tokens") or 0


def _call(call: Mapping[str, Any]) -> Call:
    models = [call[key] for key in ("request_model", "response_model") if key in call]
    output = call.get("output_text") or ""
    if not output and call.get("tool_calls"):
        output = call["tool_calls"][0]["name"]
    return Call(tuple(models), output)


def fresh(entry: Mapping[str, Any], project: str = "") -> Fresh:
    """Read a case and give it new ids, the same in spans, links and log records."""
    traces = ExportTraceServiceRequest.FromString((CORPUS / entry["file"]).read_bytes())
    logs = None
    if entry["logs"]:
        logs = ExportLogsServiceRequest.FromString((CORPUS / entry["logs"]).read_bytes())
    renew = _Renewal()
    spans = [s for r in traces.resource_spans for c in r.scope_spans for s in c.spans]
    shift = time.time_ns() - 1_000_000_000 - max(span.end_time_unix_nano for span in spans)
    for span in spans:
        renew.ids(span)
        span.parent_span_id = renew(span.parent_span_id)
        span.start_time_unix_nano += shift
        span.end_time_unix_nano += shift
        for event in span.events:
            event.time_unix_nano += shift
        for link in span.links:
            renew.ids(link)
    for resource in logs.resource_logs if logs else ():
        for scope in resource.scope_logs:
            for record in scope.log_records:
                renew.ids(record)
                record.time_unix_nano += shift if record.time_unix_nano else 0
                record.observed_time_unix_nano += shift
    for resource in traces.resource_spans:
        if project:
            # Phoenix files spans by this.
            attribute = resource.resource.attributes.add(key="openinference.project.name")
            attribute.value.string_value = project
    ids = list(dict.fromkeys(span.trace_id.hex() for span in spans))
    return Fresh(entry["dialect"], entry["case"], truth(entry), traces, logs, ids)


class _Renewal:
    """New ids for old ones, always the same."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {b"": b""}

    def __call__(self, old: bytes) -> bytes:
        return self._known.setdefault(old, secrets.token_bytes(len(old)))

    def ids(self, holder: Any) -> None:
        """Of a span, link or log record."""
        holder.trace_id = self(holder.trace_id)
        holder.span_id = self(holder.span_id)
