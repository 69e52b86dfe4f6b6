"""Content that stands in several attributes, a piece in each, or as a list of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spanbridge_semconv.messages import blocks, bodies, chat, events, openai_chat, places
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import (
    Event,
    Message,
    Messages,
    Part,
    message,
    reasoning,
    text,
)

Attributes = Mapping[str, object]

# A span has what one dialect wrote: nearly all places are not there.
_ANSWERS = frozenset(name for place in places.ANSWERS for names in place for name in names)
_PLAIN = frozenset({*places.USER_TEXT, *places.INSTRUCTIONS, *places.TOOL_DEFINITIONS})


def pick(attributes: Attributes, names: Iterable[str]) -> object:
    """The first attribute that is there, is not empty and was not held back."""
    for name in names:
        value = attributes.get(name)
        if value is not None and value not in ("", [], {}) and value not in places.REDACTED:
            return value
    return None


def answers(attributes: Attributes) -> Messages:
    """Answers whose text, reasoning, calls and files have an attribute each."""
    if _ANSWERS.isdisjoint(attributes):
        return Messages()
    for place in places.ANSWERS:
        parts = _thoughts(pick(attributes, place.reasoning))
        said = pick(attributes, place.text)
        parts += [text(said)] if isinstance(said, str) else []
        parts += _calls(pick(attributes, place.tool_calls))
        files = parse_container(pick(attributes, place.files))
        parts += blocks.parts(files) if isinstance(files, list) else []
        if parts:
            finish = pick(attributes, place.finish_reason)
            return Messages(output=[message("assistant", parts, finish=finish)])
    return Messages()


def _thoughts(value: object) -> list[Part]:
    listed = parse_container(value)
    if isinstance(listed, list):
        return blocks.parts(listed)
    return [reasoning(value)] if isinstance(value, str) else []


def _calls(value: object) -> list[Part]:
    """The calls of a list; definitions, which one emitter lists there, are none."""
    listed = parse_container(value)
    if isinstance(listed, list):
        listed = [parse_container(call) for call in listed]
    return [
        part
        for part in openai_chat.tool_calls({"tool_calls": listed})
        if part["type"] == "tool_call" and "arguments" in part
    ]


def add_tool_calls(output: list[Message], value: object) -> None:
    """Add calls that stand apart to the answer, unless it has calls of its own."""
    if not value or any(part["type"] == "tool_call" for said in output for part in said["parts"]):
        return
    calls = _calls(value)
    if calls and output:
        output[0]["parts"] += calls
    elif calls:
        output.append(message("assistant", calls))


def add_joined_calls(output: list[Message], attributes: Attributes) -> None:
    """Add the calls of :data:`places.JOINED_CALLS` to an answer that has none of its own."""
    joined = [str(attributes.get(name) or "") for name in places.JOINED_CALLS]
    if not joined[0]:
        return
    names, ids = (value.split(", ") if value else [] for value in joined[:2])
    arguments = parse_container(f"[{joined[2]}]")
    if not isinstance(arguments, list):
        arguments = joined[2:]
    if len(names) == len(ids) == len(arguments):
        calls = [
            {"id": key, "function": {"name": name, "arguments": given}}
            for name, key, given in zip(names, ids, arguments, strict=True)
        ]
        add_tool_calls(output, calls)


def event_lists(attributes: Attributes) -> Messages:
    """Events of the older conventions, as one JSON list in an attribute."""
    found = Messages()
    for name in places.EVENT_LISTS:
        if name not in attributes:
            continue
        listed = parse_container(attributes[name])
        read = events.read(
            Event(event["event.name"], {}, event)
            for event in (listed if isinstance(listed, list) else [])
            if isinstance(event, Mapping) and isinstance(event.get("event.name"), str)
        )
        found.fill(read if read.output else _split(read.input))
    return found


def conversations(attributes: Attributes) -> Messages:
    """Whole conversations, and what an agent came to."""
    found = Messages()
    for name in places.CONVERSATIONS:
        read = bodies.request(parse_container(attributes.get(name)))
        found.fill(_split(read.input) if read is not None else Messages())
    final = pick(attributes, places.FINAL_ANSWERS)
    if isinstance(final, str) and not found.output:
        found.output = [message("assistant", [text(final)])]
    return found


def _split(conversation: list[Message]) -> Messages:
    """What was said to the model, and what the model said at the end."""
    at = chat.spoken(conversation)
    return Messages(input=conversation[:at], output=conversation[at:])


def plain(attributes: Attributes) -> Messages:
    """Text of a user, instructions and tools that have an attribute of their own."""
    found = Messages()
    if _PLAIN.isdisjoint(attributes):
        return found
    said = pick(attributes, places.USER_TEXT)
    if isinstance(said, str):
        found.input = [message("user", [text(said)])]
    told = pick(attributes, places.INSTRUCTIONS)
    if isinstance(told, str):
        found.system_instructions = blocks.parts(told)
    for name in places.TOOL_DEFINITIONS:
        found.tool_definitions = found.tool_definitions or bodies.tools(attributes.get(name))
    return found
