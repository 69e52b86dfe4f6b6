"""One span's content, from wherever its dialect put it.

The order of places is the order of trust: the attributes of the current conventions, a dialect's
own attributes, span events, log records, and at last the raw payload. What an earlier place says
stands; a later one only fills what is missing, so content that was captured twice counts once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping

from spanbridge_semconv.messages import (
    assembled,
    blocks,
    bodies,
    chat,
    envelopes,
    events,
    flattened,
    litellm,
    places,
    transcript,
)
from spanbridge_semconv.messages.jsontext import parse_container, parse_result
from spanbridge_semconv.messages.model import Event, Message, Messages, Part, generic, message

Attributes = Mapping[str, object]

_OPENINFERENCE = ("llm.", "message.", "embedding.")
_TRACELOOP = ("gen_ai.prompt.", "gen_ai.completion.", "llm.request.functions.")

FAULTS = (TypeError, ValueError, LookupError, AttributeError, RecursionError)


def read_messages(
    attributes: Attributes,
    span_events: Iterable[Event] = (),
    logs: Iterable[Event] = (),
    *,
    model_call: bool = False,
) -> Messages:
    """The content of a span in the target schema. Never raises.

    Args:
        attributes: the span's attributes as Python values: str, bool, int, float, bytes, list,
            dict, None.
        span_events: the span's events, in order.
        logs: the log records of the span, in order.
        model_call: the span is a call of a model. Then a payload of unknown shape is kept as text
            or a ``generic`` part; on other spans an unknown payload is not a conversation.
    """
    found = Messages()
    for place in PLACES:
        # The readers are made for whatever an emitter may write. Should one of them fail
        # nevertheless, what the other places say, and the trace around it, can still be read.
        try:
            found.fill(place(attributes, span_events, logs))
        except FAULTS:
            continue
    told = bool(found.input and found.output)
    if not told or (model_call and not found.instructed):
        # Payloads are large, and repeat what was found.
        with contextlib.suppress(*FAULTS):
            found.fill(payloads(attributes, model_call=model_call))
    with contextlib.suppress(*FAULTS):
        assembled.add_tool_calls(found.output, attributes.get(places.LOOSE_TOOL_CALLS))
        if model_call:
            assembled.add_joined_calls(found.output, attributes)
    return found


def _openinference(attributes: Attributes) -> Messages:
    own = {key: attributes[key] for key in attributes if key.startswith(_OPENINFERENCE)}
    if not own:
        return Messages()
    finish = attributes.get("llm.finish_reason")
    found = Messages(
        input=flattened.openinference(own, "input_messages", "user"),
        output=flattened.openinference(own, "output_messages", "assistant", finish),
        tool_definitions=flattened.openinference_tools(own),
    )
    found.input = (
        found.input
        or flattened.openinference_prompts(own)
        or flattened.openinference_embeddings(own)
    )
    request = bodies.request(parse_container(attributes.get("input.value")))
    answer = bodies.response(parse_container(attributes.get("output.value")))
    found.input = _with_ids(found.input, request.input if request is not None else None)
    found.output = _with_ids(found.output, answer)
    if found.input and found.input[0]["role"] == "system":
        # The request tells whether the instructions were apart from the conversation.
        apart = request.system_instructions if request is not None else []
        if apart and apart == found.input[0]["parts"]:
            found.system_instructions = apart
            found.input = found.input[1:]
    return found


def _with_ids(flattened: list[Message], whole: list[Message] | None) -> list[Message]:
    """The messages of the payload, where the flattened ones have the same calls without ids."""
    calls, named = _calls(flattened), _calls(whole or [])
    bare = calls and not any("id" in call for call in calls)
    if whole and bare and len(whole) == len(flattened) and all("id" in call for call in named):
        same = [call.get("name") for call in calls] == [call.get("name") for call in named]
        return whole if same else flattened
    return flattened


def _calls(messages: list[Message]) -> list[Part]:
    return [part for said in messages for part in said["parts"] if part["type"] == "tool_call"]


def _traceloop(attributes: Attributes) -> Messages:
    own = {key: attributes[key] for key in attributes if key.startswith(_TRACELOOP)}
    if not own:
        return Messages()
    return Messages(
        input=flattened.traceloop(own, "gen_ai.prompt", "user"),
        output=flattened.traceloop(own, "gen_ai.completion", "assistant"),
        tool_definitions=flattened.traceloop_tools(own),
    )


_Place = Callable[[Attributes, Iterable[Event], Iterable[Event]], Messages]
PLACES: tuple[_Place, ...] = (
    lambda own, *_: events.attributes(own),
    lambda own, *_: _openinference(own),
    lambda own, *_: _traceloop(own),
    lambda own, *_: assembled.answers(own),
    lambda own, *_: assembled.event_lists(own),
    lambda own, *_: assembled.conversations(own),
    lambda _, span_events, __: events.read(span_events),
    lambda _, __, logs: events.read(logs),
    lambda own, *_: litellm.read(own),
    lambda own, *_: assembled.plain(own),
)
"""The readers of all places but payloads, in order of trust."""

_PAYLOADS = frozenset(name for place in places.PAYLOADS for name in (place.sent, place.received))


def payloads(attributes: Attributes, *, model_call: bool) -> Messages:
    """What the raw payloads of a span say; see :func:`read_messages`."""
    found, unread = Messages(), Messages()
    if _PAYLOADS.isdisjoint(attributes):
        return found
    for place in places.PAYLOADS:
        sent, received = attributes.get(place.sent), attributes.get(place.received)
        if not sent and not received:
            continue
        request = envelopes.plain(parse_result(sent))
        answer = envelopes.plain(parse_result(received))
        read = bodies.request(request, sure=model_call or place.sure) or Messages()
        read.output = bodies.response(answer) or []
        found.fill(read)
        if model_call and place.whole:
            unread.input = unread.input or _unknown(request, "user")
            unread.output = unread.output or _unknown(answer, "assistant")
    found.fill(unread)
    return found


def _unknown(value: object, role: str) -> list[Message]:
    if isinstance(value, Mapping) and set(value) == {"output"}:
        value = value["output"]
    if value is None or value in ("", {}, []) or value in places.REDACTED:
        return []
    if isinstance(value, str):
        spoken = transcript.read(value) if role == "user" else None
        return spoken or [message(role, blocks.parts(value))]
    if isinstance(value, list) and all(isinstance(piece, str) for piece in value):
        return chat.many(value, role)
    return [message(role, [generic(value)])]
