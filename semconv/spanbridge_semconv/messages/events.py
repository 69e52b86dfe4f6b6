"""Content in span events and log records of the GenAI conventions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from spanbridge_semconv.messages import blocks, bodies, chat, places, transcript
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import Event, Message, Messages

ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
DETAILS = ("gen_ai.client.inference.operation.details", "gen_ai.client.operation.details")


known: ContextVar[dict[tuple[str, str], list[Message]] | None] = ContextVar("known", default=None)
"""What the attributes with messages of one span say, by their text and role: who reads a span
several times, sets it for that long. Without it nothing is kept."""

_CONTENT = frozenset(
    {
        *("gen_ai.input.messages", "gen_ai.output.messages"),
        *("gen_ai.system_instructions", "gen_ai.tool.definitions"),
    }
)


def attributes(source: Mapping[str, object]) -> Messages:
    """The four content attributes, as JSON text (spans) or structured (log records)."""
    if _CONTENT.isdisjoint(source):
        return Messages()
    instructions = parse_container(source.get("gen_ai.system_instructions"))
    if isinstance(instructions, Mapping) and isinstance(instructions.get("parts"), list):
        instructions = instructions["parts"]
    return Messages(
        input=_listed(source.get("gen_ai.input.messages"), "user"),
        output=_listed(source.get("gen_ai.output.messages"), "assistant"),
        system_instructions=blocks.parts(instructions),
        tool_definitions=bodies.tools(source.get("gen_ai.tool.definitions")),
    )


def _listed(value: object, role: str) -> list[Message]:
    """Messages in an attribute; a text that was read before under :data:`known` is not read again.

    Messages are changed when calls of tools that stand apart are added to them: each is a copy.
    """
    before = known.get()
    if before is None or not isinstance(value, str):
        return _messages(value, role)
    if (value, role) not in before:
        before[value, role] = _messages(value, role)
    return [{**said, "parts": [*said["parts"]]} for said in before[value, role]]


def _messages(value: object, role: str) -> list[Message]:
    """Messages from a JSON list, a list, a list of JSON texts, or a transcript."""
    value = parse_container(value)
    if isinstance(value, str):
        spoken = transcript.read(value) if role == "user" else None
        return spoken or chat.many(None if value == "None" else value, role)
    if isinstance(value, list):
        value = [parse_container(piece) for piece in value]
    if isinstance(value, Mapping):
        # Some emitters put a whole body here.
        read = bodies.request(value)
        if read is not None and read.input:
            return read.input
    return chat.many(value, role)


def read(events: Iterable[Event]) -> Messages:
    """What a span's events say together: one conversation may be spread over several of them."""
    found = Messages()
    choices: list[tuple[int, Message]] = []
    for event in events:
        name = event.name or _text(event.attributes.get("event.name"))
        body = parse_container(event.body or event.attributes.get("gen_ai.event.content"))
        if name in ROLES:
            found.input.append(_legacy(event, body, ROLES[name]))
        elif name == "gen_ai.choice":
            choices.append((_index(event, body, len(choices)), _choice(event, body)))
        elif name in DETAILS:
            _add(found, _details(event, body))
        elif name == "gen_ai.content.prompt":
            found.input += _listed(event.attributes.get("gen_ai.prompt"), "user")
        elif name == "gen_ai.content.completion":
            found.output += _listed(event.attributes.get("gen_ai.completion"), "assistant")
        else:
            found.fill(_logged(name, event))
    choices.sort(key=lambda pair: pair[0])
    found.output = found.output or [said for _, said in choices]
    return found


def _details(event: Event, body: object) -> Messages:
    source = dict(event.attributes)
    if isinstance(body, Mapping):
        source |= {key: value for key, value in body.items() if key not in source}
    return attributes(source)


def _add(found: Messages, more: Messages) -> None:
    """Take what another event says: it may add messages, or repeat the conversation so far."""
    said = found.input
    if more.input[: len(said)] == said:
        found.input = more.input
    elif more.input and said[-len(more.input) :] != more.input:
        said += more.input
    found.fill(more)


def _logged(name: str, event: Event) -> Messages:
    """What coding agents log: prompts, and the bodies of requests and responses."""
    agent, _, what = name.rpartition(".")
    key, was_sent = places.LOGGED.get(what, ("", True))
    value = event.attributes.get(key)
    if agent not in places.LOGGING_AGENTS or not value or value in places.REDACTED:
        return Messages()
    body = parse_container(value)
    said = chat.many(body, "user" if was_sent else "assistant") if isinstance(body, str) else []
    if was_sent:
        return bodies.request(body, sure=True) or Messages(input=said)
    return Messages(output=bodies.response(body) or said)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _fields(event: Event, body: object) -> dict[str, Any]:
    """The members of a legacy event: in the body of a log record, or attributes of a span event."""
    if isinstance(body, Mapping):
        return dict(body)
    kept = {
        key: parse_container(event.attributes[key])
        for key in ("content", "role", "tool_calls", "id", "name", "message", "finish_reason")
        if key in event.attributes
    }
    if isinstance(body, str) and body:
        kept.setdefault("content", body)
    return kept


def _legacy(event: Event, body: object, role: str) -> Message:
    fields = _fields(event, body)
    fields.setdefault("role", role)
    fields.setdefault("content", None)
    if role == "tool":
        fields["role"] = "tool"  # newer emitters name the tool here
    return chat.one(fields, role)


def _index(event: Event, body: object, default: int) -> int:
    source = body if isinstance(body, Mapping) else event.attributes
    index = source.get("index")
    return index if isinstance(index, int) else default


def _choice(event: Event, body: object) -> Message:
    fields = _fields(event, body)
    reason = fields.get("finish_reason")
    said = fields.get("message")
    if said is None:
        said = {k: v for k, v in fields.items() if k in ("content", "role", "tool_calls")}
    elif isinstance(said, list):
        said = {"role": "assistant", "content": said}
    elif isinstance(said, Mapping) and "content" not in said and "tool_calls" in fields:
        said = {**said, "tool_calls": fields["tool_calls"]}
    if isinstance(said, Mapping):
        said = {"role": "assistant", "content": None, **said}
    return chat.one(said, "assistant", reason)
