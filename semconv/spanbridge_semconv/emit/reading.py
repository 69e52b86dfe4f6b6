"""What a span says, as far as a translation needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.details import details
from spanbridge_semconv.emit.content import group_of
from spanbridge_semconv.emit.documents import Document, read_documents
from spanbridge_semconv.emit.model import SOURCE_DIALECT, SpanContent
from spanbridge_semconv.messages import Event, Messages, gemini, read_messages
from spanbridge_semconv.messages.model import Message
from spanbridge_semconv.model import CALL_TYPES, Canonical, SpanView
from spanbridge_semconv.text import attribute_text

_ELSEWHERE = ("environment", "release", "metadata", "dialect", "call_part")
"""Concepts that are read from the resource, or from too many places to state them anew."""


_PAYLOAD_KEYS = {
    concept: tuple(
        (source.name, source.when.dialects if source.when is not None else ())
        for source in SOURCES[concept]
        if source.origin == "key"
    )
    for concept in ("input", "output")
}
"""Attributes that hold a payload, and the dialects they do so in, () for any."""


@dataclass(frozen=True, slots=True)
class Payload:
    """The text of a span's raw input or output; ``key`` is '' if no attribute carries it."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A span, read.

    ``values`` are the concepts that were found, by name, details included. ``span_type`` and
    ``counted`` are what the span is to be in the target dialect: a CHAIN if it repeats a call that
    another span stands for, and without usage if that counts elsewhere.
    """

    content: SpanContent
    view: SpanView
    found: Canonical
    values: Mapping[str, object]
    messages: Messages
    documents: tuple[Document, ...]
    input: Payload | None
    output: Payload | None
    span_type: str
    counted: bool

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        """Why the model stopped, one per choice."""
        reasons = self.values.get("finish_reasons", ())
        return reasons if isinstance(reasons, tuple) else ()


def view(content: SpanContent) -> SpanView:
    """The span as the bridge reads it: all values as text."""
    return SpanView(
        attributes=_texts(content.attributes),
        scope_name=content.scope_name,
        span_name=content.name,
        span_kind=content.kind,
        status_code=content.status_code,
        status_message=content.status_message,
        events=[(name, _texts(attributes)) for name, attributes in content.events],
        resource=_texts(content.resource),
        start_ns=content.start_ns,
        event_times_ns=content.event_times_ns,
    )


def read(
    content: SpanContent,
    seen: SpanView,
    found: Canonical,
    model_call: bool | None,
    usage_counted: bool | None,
    conversing: frozenset[str],
) -> Reading:
    """Read a span; ``values`` is empty if it is no GenAI span.

    Args:
        content: the span.
        seen: its :func:`view`.
        found: what :func:`spanbridge_semconv.translate` finds there.
        model_call: see :func:`spanbridge_semconv.emit.emit`.
        usage_counted: see there.
        conversing: see :func:`read_content`.
    """
    span_type = found.span_type
    if model_call is False and span_type in CALL_TYPES:
        span_type = "CHAIN"
    if usage_counted is None:
        usage_counted = span_type in CALL_TYPES or span_type == "UNKNOWN"
    messages, sent, received = read_content(content, seen, found, conversing)
    return Reading(
        content=content,
        view=seen,
        found=found,
        values=_values(found, seen, content.attributes, messages),
        messages=messages,
        documents=tuple(read_documents(content.attributes, found.span_type)),
        input=sent,
        output=received,
        span_type=span_type,
        counted=usage_counted,
    )


def read_content(
    content: SpanContent, seen: SpanView, found: Canonical, conversing: frozenset[str]
) -> tuple[Messages, Payload | None, Payload | None]:
    """The messages of a span, and its raw input and output.

    ``conversing`` are span types whose raw payloads are read as messages if they are any. On others
    a payload is data that passes through.
    """
    sent, received = _payload("input", seen, found), _payload("output", seen, found)
    return _messages(content, found, sent, received, conversing), sent, received


def _texts(attributes: Mapping[str, object]) -> dict[str, str]:
    return {key: attribute_text(value) for key, value in attributes.items()}


def _values(
    found: Canonical, seen: SpanView, attributes: Mapping[str, object], messages: Messages
) -> dict[str, object]:
    if not found.dialect:
        return {}
    everything = {name: getattr(found, name) for name in Canonical.__dataclass_fields__}
    if not found.finish_reasons:
        # Log records have them beside the answer.
        reasons = [said.get("finish_reason") for said in messages.output]
        everything["finish_reasons"] = tuple(reason for reason in reasons if reason)
    everything |= details(seen, attributes)
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in everything.items()
        if value is not None and value not in ("", ()) and name not in _ELSEWHERE
    }


def _messages(
    content: SpanContent,
    found: Canonical,
    sent: Payload | None,
    received: Payload | None,
    conversing: frozenset[str],
) -> Messages:
    if not found.dialect:
        return Messages()
    own = content.attributes
    # What events and log records said is in the attributes of a span that was translated.
    translated = SOURCE_DIALECT in own
    passing = {one.key for one in (sent, received) if one is not None}
    if found.span_type in conversing or any(map(group_of, own)):
        passing = set()
    events = [Event(name, attributes) for name, attributes in content.events]
    said = read_messages(
        {key: value for key, value in own.items() if key not in passing} if passing else own,
        () if translated else events,
        () if translated else content.logs,
        model_call=found.span_type in CALL_TYPES,
    )
    if found.span_type in CALL_TYPES:
        said.fill(_read_payloads(sent, received))
    if found.span_type == "TOOL" and not any(map(group_of, own)):
        # A tool has arguments and a result; its events only tell them as messages.
        return Messages(tool_definitions=said.tool_definitions)
    # A payload nobody understands is moved as it is, not spelled out as a message.
    said.input = [] if _unreadable(said.input) else list(map(_named, said.input))
    said.output = [] if _unreadable(said.output) else list(map(_named, said.output))
    return said


def _read_payloads(sent: Payload | None, received: Payload | None) -> Messages:
    """Bodies of requests and responses, whatever the attribute is called."""
    named = {
        key: payload.text
        for key, payload in (("input.value", sent), ("output.value", received))
        if payload is not None and payload.key and group_of(payload.key) is None
    }
    return read_messages(named, model_call=True) if named else Messages()


def _unreadable(messages: list[Message]) -> bool:
    kinds = {part["type"] for said in messages for part in said["parts"]}
    return kinds == {"generic"}


def _named(said: Message) -> Message:
    """A message with the role of the conventions."""
    return {**said, "role": gemini.ROLES.get(said["role"], said["role"])}


def _payload(concept: str, seen: SpanView, found: Canonical) -> Payload | None:
    """The attribute that the concept ``input`` or ``output`` is the text of.

    One that holds an empty object is taken only if there is no other.
    """
    empty: Payload | None = None
    for key, dialects in _PAYLOAD_KEYS[concept]:
        if key not in seen.attributes or (dialects and found.dialect not in dialects):
            continue
        text = seen.attributes[key]
        if text in ("", "[]"):
            continue
        if text != "{}":
            return Payload(key, text)
        if empty is None:
            empty = Payload(key, text)
    if empty is None and (text := getattr(found, concept)):
        return Payload("", text)
    return empty
