"""Which attributes and events hold messages, and whether they say no more than was read."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from spanbridge_semconv.messages import Event, Messages, events, places, read_messages
from spanbridge_semconv.messages.model import Message
from spanbridge_semconv.patterns import remembering

Part = Literal["input", "output", "system_instructions", "tool_definitions"]
PARTS: Final[tuple[Part, ...]] = ("input", "output", "system_instructions", "tool_definitions")

_OI_MESSAGE: Final = (
    r"message\.(role|content|name|tool_call_id|function_call_name|function_call_arguments_json"
    r"|contents\.\d+\.message_content\.(type|text|image\.image\.url|(image|audio|video|document"
    r"|file)(\.\w+)*\.(url|mime_type))"
    r"|(contents\.\d+\.(message_content\.)?|tool_calls\.\d+\.)"
    r"tool_call\.(id|function\.(name|arguments)))"
)
_TRACELOOP: Final = (
    r"(role|content|finish_reason|tool_call_id|reasoning|tool_calls\.\d+\.(id|name|arguments))"
)


@dataclass(frozen=True, slots=True)
class Group:
    """Attributes that carry one part of the messages; ``read`` are those the reader understands."""

    part: Part
    place: re.Pattern[str]
    read: re.Pattern[str]


def _group(part: Part, place: str, read: str = "") -> Group:
    return Group(part, re.compile(place), re.compile(place + read + "$"))


def _keys(part: Part, keys: Iterable[str]) -> Group:
    return _group(part, f"({'|'.join(map(re.escape, keys))})$")


_MORE: Final = ("model_request_parameters",)
"""Attributes that hold tool definitions among other things."""

GROUPS: Final = (
    _group("input", r"gen_ai\.input\.messages$"),
    _group("output", r"gen_ai\.output\.messages$"),
    _group("system_instructions", r"gen_ai\.system_instructions$"),
    _group("tool_definitions", r"gen_ai\.tool\.definitions$"),
    _group("input", r"llm\.input_messages\.\d+\.", _OI_MESSAGE),
    _group("output", r"llm\.output_messages\.\d+\.", _OI_MESSAGE),
    _group("output", r"(?=message\.)", _OI_MESSAGE),
    _group("input", r"llm\.prompts\.\d+\.", r"prompt\.text"),
    _group("input", r"embedding\.embeddings\.\d+\.embedding\.text$"),
    _group("tool_definitions", r"llm\.tools\.\d+\.", r"tool\.json_schema"),
    _group("input", r"gen_ai\.prompt\.\d+\.", _TRACELOOP),
    _group("output", r"gen_ai\.completion\.\d+\.", _TRACELOOP),
    _group(
        "tool_definitions",
        r"llm\.request\.functions\.\d+\.",
        r"(name|description|parameters|input_schema)",
    ),
    *(
        _keys("output", answer.text + answer.reasoning + answer.tool_calls + answer.files)
        for answer in places.ANSWERS
    ),
    *(_keys("system_instructions", (key,)) for key in places.INSTRUCTIONS),
    *(_keys("tool_definitions", (key,)) for key in places.TOOL_DEFINITIONS if key not in _MORE),
)
"""Where attributes hold messages. Raw payloads are not among them, nor whole conversations."""

_EVENT_KEYS: Final = frozenset(
    {
        *("content", "role", "tool_calls", "id", "name", "message", "finish_reason", "index"),
        *("event.name", "gen_ai.system", "gen_ai.provider.name", "gen_ai.prompt"),
        *("gen_ai.completion", "gen_ai.input.messages", "gen_ai.output.messages"),
        *("gen_ai.system_instructions", "gen_ai.tool.definitions"),
    }
)


@remembering
def group_of(key: str) -> Group | None:
    """The group an attribute belongs to, None if it holds no messages."""
    return next((group for group in GROUPS if group.place.match(key)), None)


def restated(attributes: Mapping[str, object], found: Messages) -> tuple[set[str], set[str]]:
    """The attributes of all groups: those that say no more than ``found``, and those that do."""
    groups: dict[Group, dict[str, object]] = {}
    for key, value in attributes.items():
        if (group := group_of(key)) is not None:
            groups.setdefault(group, {})[key] = value
    same: set[str] = set()
    more: set[str] = set()
    for group, members in groups.items():
        said = getattr(read_messages(members), group.part)
        if said and not equal(group.part, said, getattr(found, group.part)):
            more.update(members)
            continue
        known = {key for key in members if group.read.match(key)}
        same |= known
        more.update(members.keys() - known)
    return same, more


def equal(part: Part, one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two lists of messages, parts or tools say the same, finish reasons apart."""
    if part in ("input", "output"):
        return [_without_finish(said) for said in one] == [_without_finish(s) for s in other]
    return list(one) == list(other)


def _without_finish(said: Message) -> Message:
    return {key: value for key, value in said.items() if key != "finish_reason"}


def events_to_keep(
    span_events: Sequence[tuple[str, Mapping[str, object]]], found: Messages
) -> tuple[int, ...]:
    """The positions of the events that say something other than ``found``."""
    if not span_events:
        return ()
    said = {part: {_key(part, one) for one in getattr(found, part)} for part in PARTS}
    return tuple(
        position
        for position, (name, attributes) in enumerate(span_events)
        if not (is_content(name) and _event_restated(Event(name, attributes), said))
    )


def is_content(name: str) -> bool:
    """Whether events of that name hold messages."""
    return (
        name in events.ROLES
        or name in events.DETAILS
        or name in ("gen_ai.choice", "gen_ai.content.prompt", "gen_ai.content.completion")
    )


def _event_restated(event: Event, said: Mapping[Part, set[Hashable]]) -> bool:
    if not event.attributes.keys() <= _EVENT_KEYS:
        return False
    found = events.read([event])
    return all(_key(part, one) in said[part] for part in PARTS for one in getattr(found, part))


def _key(part: Part, one: dict[str, Any]) -> Hashable:
    """What two messages, parts or tools have in common where :func:`equal` finds no difference."""
    return _frozen(_without_finish(one) if part in ("input", "output") else one)


def _frozen(value: object) -> Hashable:
    """A value that is hashable, and equal to another just where what it was made from is."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return frozenset((name, _frozen(member)) for name, member in value.items())
    if isinstance(value, list | tuple):
        return (type(value), *map(_frozen, value))
    return value if isinstance(value, Hashable) else repr(value)
