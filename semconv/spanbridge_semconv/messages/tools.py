"""A tool span's content: the arguments the tool was given and the result it gave."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from spanbridge_semconv.messages import events, places, toolvalues
from spanbridge_semconv.messages.assembled import pick
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import Event, Messages, ToolCall
from spanbridge_semconv.messages.reader import FAULTS

Attributes = Mapping[str, object]


def read_tool_call(
    attributes: Attributes, span_events: Iterable[Event] = (), logs: Iterable[Event] = ()
) -> ToolCall:
    """The arguments and the result of a tool span, parsed if they are JSON. Never raises.

    Args:
        attributes: the span's attributes as Python values.
        span_events: the span's events, in order.
        logs: the log records of the span, in order.
    """
    given, answered = pick(attributes, places.ARGUMENTS), pick(attributes, places.RESULTS)
    if given is None:
        given = {n: attributes[n] for n in places.NAMED_ARGUMENTS if n in attributes} or None
    if given is None or answered is None:
        with contextlib.suppress(*FAULTS):
            said = from_events([*span_events, *logs])
            given = said.arguments if given is None else given
            answered = said.result if answered is None else answered
    if given is None:
        given = _parameters(attributes.get("tool.parameters"))
    found = ToolCall(given, answered)
    with contextlib.suppress(*FAULTS):
        found = ToolCall(toolvalues.arguments(given), toolvalues.result(answered))
    return found


def from_events(found: list[Event]) -> ToolCall:
    """What the events of a tool span say.

    Strands writes the arguments as the content of a tool message and the result as a choice, or
    both as messages with one part; coding agents write an event of their own.
    """
    given: Any = None
    answered: Any = None
    details: list[Event] = []
    for event in found:
        name = str(event.name or event.attributes.get("event.name") or "")
        body = parse_container(event.body)
        said = body if isinstance(body, Mapping) else event.attributes
        if name == "gen_ai.tool.message":
            given = said.get("content") if given is None else given
        elif name == "gen_ai.choice":
            answered = said.get("message") if answered is None else answered
        elif name.endswith(("tool.output", "tool_result", "tool_call")):
            given = pick(said, places.ARGUMENTS) if given is None else given
            answered = pick(said, (*places.RESULTS, "content")) if answered is None else answered
        elif name in events.DETAILS:
            details.append(event)
    messages = events.read(details)
    return ToolCall(
        _member(messages, "tool_call", "arguments") if given is None else given,
        _member(messages, "tool_call_response", "response") if answered is None else answered,
    )


def _member(messages: Messages, kind: str, name: str) -> Any:
    parts = (part for said in messages.input + messages.output for part in said["parts"])
    return next((part[name] for part in parts if part["type"] == kind and name in part), None)


def _parameters(value: object) -> object:
    """OpenInference's ``tool.parameters``: the arguments, unless it is the tool's schema."""
    parsed = parse_container(value)
    schema = isinstance(parsed, Mapping) and isinstance(parsed.get("properties"), Mapping)
    return None if schema else parsed
