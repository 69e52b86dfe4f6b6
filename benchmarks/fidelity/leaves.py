"""Everything a recording says, as scalar values with the path at which each stands.

Text that spells JSON or a Python literal is opened, however deep it is nested, so that a token
count in an attribute, in a JSON body and in a dictionary written by Python look the same.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

Scalar = str | int | float | bool

TOOL_CALL = "<tool call>"
"""Member of the path of everything inside an object that is a call of a tool."""

_CALL_TYPES = {"tool_call", "tool_use", "function_call", "tool-call", "toolcall"}
_ARGUMENTS = {"arguments", "args"}
_MAX_DEPTH = 40
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar and where it stands: the members of its path, and the span it belongs to."""

    path: tuple[str, ...]
    value: Scalar
    span_id: str

    def words(self, last: int) -> set[str]:
        """The words, in lower case, of the last members of the path."""
        members = self.path[-last:]
        return {word.lower() for member in members for word in _WORD.findall(member)}

    @property
    def text(self) -> str:
        """The value as text."""
        return str(self.value)


@dataclass(frozen=True, slots=True)
class RawSpan:
    """What a span says of itself besides its attributes' content."""

    trace_id: str
    span_id: str
    name: str
    scope: str
    attributes: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Recording:
    """A recorded run: its spans, and every scalar of its spans, events and log records."""

    spans: list[RawSpan]
    leaves: list[Leaf]

    def of(self, span_id: str) -> Recording:
        """The part of it that one span, its events and its log records say."""
        return Recording(
            [span for span in self.spans if span.span_id == span_id],
            [leaf for leaf in self.leaves if leaf.span_id == span_id],
        )


def read(traces: Path, logs: Path | None) -> Recording:
    """Read the serialized export requests of a case."""
    spans: list[RawSpan] = []
    leaves: list[Leaf] = []
    request = ExportTraceServiceRequest.FromString(traces.read_bytes())
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                span_id = span.span_id.hex()
                attributes = {pair.key: value(pair.value) for pair in span.attributes}
                spans.append(
                    RawSpan(span.trace_id.hex(), span_id, span.name, scope.scope.name, attributes)
                )
                said: dict[str, Any] = {"span name": span.name, "scope": scope.scope.name}
                said |= {"status message": span.status.message} | attributes
                leaves += leaves_of(said, span_id)
                for event in span.events:
                    pairs = {pair.key: value(pair.value) for pair in event.attributes}
                    leaves += leaves_of({f"event {event.name}": pairs}, span_id)
    if logs is not None:
        leaves += _log_leaves(ExportLogsServiceRequest.FromString(logs.read_bytes()))
    return Recording(spans, leaves)


def _log_leaves(request: ExportLogsServiceRequest) -> Iterator[Leaf]:
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                pairs = {pair.key: value(pair.value) for pair in record.attributes}
                said = {f"log {record.event_name}": {**pairs, "body": value(record.body)}}
                yield from leaves_of(said, record.span_id.hex())


def leaves_of(said: dict[str, Any], span_id: str = "") -> list[Leaf]:
    """The scalars of attributes; dots in names separate members, as braces in JSON do."""
    return list(_walk(said, (), span_id))


def _walk(found: Any, path: tuple[str, ...], span_id: str) -> Iterator[Leaf]:
    if len(path) > _MAX_DEPTH or found is None:
        return
    if isinstance(found, dict):
        inside = (*path, TOOL_CALL) if _is_tool_call(found) else path
        for name, inner in found.items():
            yield from _walk(inner, (*inside, *str(name).split(".")), span_id)
    elif isinstance(found, list | tuple):
        for number, inner in enumerate(found):
            yield from _walk(inner, (*path, str(number)), span_id)
    elif isinstance(found, str) and (opened := opened_text(found)) is not None:
        yield from _walk(opened, path, span_id)
    elif isinstance(found, Scalar):
        yield Leaf(path, found, span_id)


def _is_tool_call(found: dict[Any, Any]) -> bool:
    if found.get("type") in _CALL_TYPES:
        return True
    return "name" in found and not _ARGUMENTS.isdisjoint(found)


def opened_text(text: str) -> Any:
    """The container or string that a text spells in JSON or as a Python literal, or None."""
    text = text.strip()
    if text[:1] not in ("{", "[", "(", '"') or len(text) < 2:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    except RecursionError:
        return None
    return found if isinstance(found, dict | list | tuple | str) else None


def value(any_value: AnyValue) -> Any:
    """An AnyValue as a Python value; bytes as text."""
    kind = any_value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [value(item) for item in any_value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: value(pair.value) for pair in any_value.kvlist_value.values}
    if kind == "bytes_value":
        return any_value.bytes_value.decode("utf-8", errors="replace")
    return getattr(any_value, kind)
