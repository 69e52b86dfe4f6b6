"""Small traces, and what a filter should say of them: the language once more, in plain Python."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.query.search.fields import FIELDS, Type
from spanbridge_ingest.query.search.nodes import And, Comparison, Field, Node, Not, Or
from spanbridge_semconv import Canonical, SpanView, attribute_text, translate
from tests.store.requests import any_value

STATUS = ("UNSET", "OK", "ERROR")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MS = 1_000_000


@dataclass(frozen=True)
class Span:
    number: int
    parent: int
    """0 is none."""
    name: str
    start: int
    duration: int
    status: int = 0
    service: str = "shop"
    message: str = ""
    attributes: dict[str, str | int | float | bool] = field(default_factory=dict)
    event: dict[str, str] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.start + self.duration

    @cached_property
    def texts(self) -> dict[str, str]:
        return {key: attribute_text(value) for key, value in self.attributes.items()}

    @cached_property
    def genai(self) -> Canonical:
        return translate(SpanView(attributes=self.texts, span_name=self.name))


@dataclass(frozen=True)
class Judgement:
    kind: str
    name: str
    value: Any
    valid: bool = True


@dataclass(frozen=True)
class Trace:
    number: int
    spans: tuple[Span, ...]
    tags: dict[str, str | None] = field(default_factory=dict)
    judgements: tuple[Judgement, ...] = ()
    logs: tuple[str, ...] = ()
    experiment: str = ""
    """Named beside the request."""

    @property
    def id(self) -> str:
        return f"{self.number:032x}"

    @property
    def start(self) -> int:
        return min(span.start for span in self.spans)

    @cached_property
    def ordered(self) -> list[Span]:
        return sorted(self.spans, key=lambda span: (span.start, span.number))

    def first(self, *keys: str) -> str | None:
        """What the earliest span with one of the keys says."""
        return next((s.texts[k] for s in self.ordered for k in keys if k in s.texts), None)


def request_of(trace: Trace) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    for span in trace.spans:
        resource = request.resource_spans.add()
        resource.resource.attributes.add(key="service.name").value.string_value = span.service
        made = resource.scope_spans.add().spans.add(
            trace_id=trace.number.to_bytes(16, "big"),
            span_id=span.number.to_bytes(8, "big"),
            parent_span_id=span.parent.to_bytes(8, "big") if span.parent else b"",
            name=span.name,
            start_time_unix_nano=span.start,
            end_time_unix_nano=span.end,
        )
        made.status.code = span.status  # type: ignore[assignment]
        made.status.message = span.message
        for key, value in span.attributes.items():
            made.attributes.add(key=key, value=any_value(value))
        if span.event:
            event = made.events.add(name="said", time_unix_nano=span.start)
            for key, value in span.event.items():
                event.attributes.add(key=key).value.string_value = value
    return request


# What a filter says


def holds(node: Node | None, trace: Trace) -> bool:
    match node:
        case None:
            return True
        case Not(part):
            return not holds(part, trace)
        case And(parts):
            return all(holds(part, trace) for part in parts)
        case Or(parts):
            return any(holds(part, trace) for part in parts)
        case Comparison():
            there = list(values_of(node.field, trace))
            if node.operator == "IS NULL":
                return not there
            return any(satisfies(value, node) for value in there)


def values_of(field: Field, trace: Trace) -> Iterator[Any]:
    """The values a comparison may be true of; none if it is absent."""
    if field.name in ("feedback", "expectation"):
        for judgement in trace.judgements:
            if (judgement.kind, judgement.name) == (field.name, field.key) and judgement.valid:
                yield judgement.value
    elif field.name == "text":
        yield from trace.logs
        for span in trace.spans:
            yield from contents(span)
    elif field.name.startswith("span.") or field.name == "service":
        for span in trace.spans:
            yield from values_of_span(field, span)
    else:
        value = value_of_trace(field, trace)
        if value is not None:
            yield value


def contents(span: Span) -> list[str]:
    return [span.name, span.message, *span.texts.values(), *span.event.values()]


def values_of_span(field: Field, span: Span) -> list[Any]:
    said = span.genai
    found: Sequence[Any] = {
        "span.name": [span.name],
        "span.type": [said.span_type],
        "span.status": [STATUS[span.status]],
        "span.service": [span.service],
        "service": [span.service],
        "span.model": [said.request_model, said.response_model],
        "span.provider": [said.provider],
        "span.agent": [said.agent_name],
        "span.tool": [said.tool_name],
        "span.duration_ms": [span.duration // _MS],
        "span.input_tokens": [said.input_tokens],
        "span.output_tokens": [said.output_tokens],
        "span.total_tokens": [said.total_tokens],
        "span.content": contents(span),
        "span.attributes": [span.texts.get(field.key)],
    }[field.name]
    absent = (None,) if field.name in ("span.attributes", "span.content") else (None, "")
    return [value for value in found if value not in absent]


def value_of_trace(field: Field, trace: Trace) -> Any:
    if field.name == "tag":
        if field.key in trace.tags:
            return trace.tags[field.key]
        return trace.first(f"mlflow.traceTag.{field.key}")
    if field.name == "experiment_id":
        said = trace.first("mlflow.experimentId")
        return unquoted(said) if said is not None else trace.experiment or None
    if field.name in ("metadata", "run_id"):
        key = field.key or "mlflow.sourceRun"
        return trace.first(f"spanbridge.trace.metadata.{key}", f"mlflow.traceMetadata.{key}")
    end = max(span.end for span in trace.spans)
    sessions = [span.genai.conversation_id for span in trace.ordered]
    sessions += [span.texts.get("session.id", "") for span in trace.ordered]
    users = [span.genai.user_id for span in trace.ordered]
    users += [span.texts.get("user.id", "") for span in trace.ordered]
    return {
        "trace_id": trace.id,
        "name": root_of(trace).name,
        "status": state_of(trace),
        "timestamp_ms": trace.start // _MS,
        "end_time_ms": end // _MS,
        "execution_time_ms": (end - trace.start) // _MS,
        "session_id": next(filter(None, sessions), None),
        "user_id": next(filter(None, users), None),
        "client_request_id": trace.first("spanbridge.trace.client_request_id"),
    }[field.name]


def root_of(trace: Trace) -> Span:
    return next((span for span in trace.ordered if not span.parent), trace.ordered[0])


def state_of(trace: Trace) -> str:
    said = trace.first("spanbridge.trace.state")
    if said in ("OK", "ERROR", "IN_PROGRESS"):
        return said
    root = root_of(trace)
    if root.parent:
        return "IN_PROGRESS"
    return "ERROR" if STATUS[root.status] == "ERROR" else "OK"


def unquoted(text: str) -> str:
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text


# One value


def satisfies(value: Any, comparison: Comparison) -> bool:
    operator, wanted = comparison.operator, comparison.value
    if wanted is None:
        return True
    kind = FIELDS[comparison.field.name].type
    if comparison.field.name in ("feedback", "expectation"):
        value = Judged(value)
    elif kind is Type.ANY and comparison.field.name not in ("tag", "metadata"):
        value = unquoted(value)
    if operator in ("IN", "NOT IN"):
        assert isinstance(wanted, tuple)
        return any(equal(value, item) for item in wanted) == (operator == "IN")
    if operator in ("=", "!="):
        return equal(value, wanted) == (operator == "=")
    if operator in (">", ">=", "<", "<="):
        return ordered(value, operator, wanted)
    return matches(str(value), operator.removeprefix("NOT "), str(wanted)) != (
        operator.startswith("NOT ")
    )


class Judged:
    """The value of an assessment: texts are compared with its JSON, numbers with numbers only."""

    def __init__(self, value: Any) -> None:
        self.text = value if isinstance(value, str) else orjson.dumps(value).decode()
        self.number = value if type(value) in (int, float) else None

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return self.text == other


def equal(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return bool(value == ("true" if wanted else "false"))
    if isinstance(wanted, str):
        return bool(value == wanted)
    return ordered(value, "=", wanted)


def ordered(value: Any, operator: str, wanted: Any) -> bool:
    if isinstance(value, Judged):
        if value.number is None:
            return False
        value = value.number
    if isinstance(value, str):
        if not _JSON_NUMBER.fullmatch(value):
            return False
        whole = re.fullmatch(r"-?[0-9]+", value) and isinstance(wanted, int)
        value = int(value) if whole else float(value)
    compared = {
        "=": value == wanted,
        ">": value > wanted,
        ">=": value >= wanted,
        "<": value < wanted,
        "<=": value <= wanted,
    }
    return bool(compared[operator])


def matches(value: str, operator: str, pattern: str) -> bool:
    if operator == "RLIKE":
        return re.search(pattern, value, re.DOTALL) is not None
    translated = ""
    rest = iter(pattern)
    for char in rest:
        if char == "\\":
            following = next(rest)
            escaped = following if following in "%_\\" else char + following
            translated += re.escape(escaped)
        else:
            translated += {"%": ".*", "_": "."}.get(char, re.escape(char))
    flags = re.DOTALL | (re.IGNORECASE if operator == "ILIKE" else 0)
    return re.fullmatch(translated, value, flags) is not None
