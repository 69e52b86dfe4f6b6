"""A question as a condition on the rows of ``otel_traces``. Values are bound, never spliced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from spanbridge_ingest.jaeger.question import TraceQuestion, stored_service
from spanbridge_ingest.query.rows import SPAN_KINDS, STATUS_CODES
from spanbridge_semconv.emit.registry_keys import BY_NAME

_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
"""What Go reads as a boolean."""

_COUNT: Final = re.compile(r"\d{1,32}", re.ASCII)
_RESOURCE: Final = "resource."

_WORDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "span.kind": ("SpanKind", SPAN_KINDS),
    "span.status": ("StatusCode", STATUS_CODES),
    "otel.status_code": ("StatusCode", STATUS_CODES),
}
"""What Jaeger shows as an attribute and OTLP has as a word, in any case."""

_FIELDS: Final[Mapping[str, str]] = {
    "otel.status_description": "StatusMessage",
    "otel.scope.name": "ScopeName",
    "otel.scope.version": "ScopeVersion",
    "scope.name": "ScopeName",
    "scope.version": "ScopeVersion",
    "w3c.tracestate": "TraceState",
}
"""What Jaeger shows as an attribute and OTLP has as a text."""

_CONCEPTS: Final[Mapping[str, tuple[str, str]]] = {
    concept.gen_ai: (concept.column, concept.type)
    for concept in BY_NAME.values()
    if concept.gen_ai
    and concept.column
    and concept.kind == "materialized"
    and concept.type in ("text", "count")
}
"""Attributes that spans of every dialect go out with: column and type by name."""


@dataclass(slots=True)
class Bound:
    """Values on their way into a query, by the names they have there."""

    values: dict[str, object] = field(default_factory=dict)

    def text(self, value: str) -> str:
        """The placeholder of a text."""
        return self._bind(value, "String")

    def number(self, value: int) -> str:
        """The placeholder of a whole number that is not negative."""
        return self._bind(value, "UInt64")

    def _bind(self, value: object, type_: str) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{type_}}}"


def condition(question: TraceQuestion, bound: Bound) -> str:
    """What one span has to satisfy, apart from its start."""
    return " AND ".join(_conditions(question, bound)) or "true"


def _conditions(question: TraceQuestion, bound: Bound) -> Iterator[str]:
    if question.service:
        yield f"ServiceName = {bound.text(stored_service(question.service))}"
    if question.operation:
        yield f"SpanName = {bound.text(question.operation)}"
    if question.duration_min is not None:
        yield f"Duration >= {bound.number(question.duration_min)}"
    if question.duration_max is not None:
        yield f"Duration <= {bound.number(question.duration_max)}"
    for key, value in question.attributes:
        yield f"({_attribute(key, value, bound)})"


def _attribute(key: str, value: str, bound: Bound) -> str:
    """Any place that may say it: as it was sent, or in the words Jaeger has for it."""
    if key == "error" and value in _TRUE | _FALSE:
        failed = f"StatusCode = 'Error' OR {_has('SpanAttributes', key, bound.text('true'), bound)}"
        return failed if value in _TRUE else f"NOT ({failed})"
    text = bound.text(value)
    ways = [_has(column, key, text, bound) for column in ("SpanAttributes", "ResourceAttributes")]
    if key.startswith(_RESOURCE):
        ways.append(_has("ResourceAttributes", key.removeprefix(_RESOURCE), text, bound))
    if key in _WORDS:
        column, words = _WORDS[key]
        word = value.capitalize()
        if word in words:
            ways.append(f"{column} = {bound.text(word)}")
    if key in _FIELDS and value:
        ways.append(f"{_FIELDS[key]} = {text}")
    if key in _CONCEPTS:
        column, type_ = _CONCEPTS[key]
        if type_ == "text" and value:
            ways.append(f"{column} = {text}")
        elif type_ == "count" and _COUNT.fullmatch(value) and int(value) < 2**64:
            ways.append(f"ifNull({column} = {bound.number(int(value))}, false)")
    return " OR ".join(ways)


def _has(column: str, key: str, text: str, bound: Bound) -> str:
    # A map answers '' for a key that it does not have; the index is over the keys.
    name = bound.text(key)
    return f"(mapContains({column}, {name}) AND {column}[{name}] = {text})"
