"""One span's content, from wherever its dialect put it.

The order of places is the order of trust: the attributes of the current conventions, a dialect's
own attributes, span events, log records, and at last the raw payload. What an earlier place says
stands; a later one only fills what is missing, so content that was captured twice counts once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping

from spanbridge_semconv.messages import blocks, bodies, chat, events, flattened
from spanbridge_semconv.messages.jsontext import parse_container, parse_result
from spanbridge_semconv.messages.model import Event, Messages, generic, message

_FAULTS = (TypeError, ValueError, LookupError, AttributeError, RecursionError)

_PAYLOADS = (
    ("input.value", "output.value"),
    ("mlflow.spanInputs", "mlflow.spanOutputs"),
    ("traceloop.entity.input", "traceloop.entity.output"),
    ("gen_ai.prompt", "gen_ai.completion"),
)
"""Attributes that carry a raw request and response, most specific dialect first."""


def read_messages(
    attributes: Mapping[str, object],
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
    for place in places(attributes, span_events, logs):
        # The readers are made for whatever an emitter may write. Should one of them fail
        # nevertheless, what the other places say, and the trace around it, can still be read.
        with contextlib.suppress(*_FAULTS):
            found.fill(place())
    if not (found.input and found.output):
        # Payloads are large, and repeat what was found.
        with contextlib.suppress(*_FAULTS):
            found.fill(payloads(attributes, model_call=model_call))
    return found


def places(
    attributes: Mapping[str, object],
    span_events: Iterable[Event],
    logs: Iterable[Event],
) -> list[Callable[[], Messages]]:
    """The readers of all places but payloads, in order of trust, applied but not called yet."""
    return [
        lambda: events.attributes(attributes),
        lambda: _openinference(attributes),
        lambda: _traceloop(attributes),
        lambda: events.read(span_events),
        lambda: events.read(logs),
        lambda: Messages(tool_definitions=_mlflow_tools(attributes)),
    ]


def _openinference(attributes: Mapping[str, object]) -> Messages:
    if not any(key.startswith(("llm.", "message.", "embedding.")) for key in attributes):
        return Messages()
    finish = attributes.get("llm.finish_reason")
    found = Messages(
        input=flattened.openinference(attributes, "input_messages", "user"),
        output=flattened.openinference(attributes, "output_messages", "assistant", finish),
        tool_definitions=flattened.openinference_tools(attributes),
    )
    found.input = (
        found.input
        or flattened.openinference_prompts(attributes)
        or flattened.openinference_embeddings(attributes)
    )
    if found.input and found.input[0]["role"] == "system":
        # The request tells whether the instructions were apart from the conversation.
        request = bodies.request(parse_container(attributes.get("input.value")))
        apart = request.system_instructions if request is not None else []
        if apart and apart == found.input[0]["parts"]:
            found.system_instructions = apart
            found.input = found.input[1:]
    return found


def _traceloop(attributes: Mapping[str, object]) -> Messages:
    if not any(key.startswith(("gen_ai.", "llm.request.")) for key in attributes):
        return Messages()
    return Messages(
        input=flattened.traceloop(attributes, "gen_ai.prompt", "user"),
        output=flattened.traceloop(attributes, "gen_ai.completion", "assistant"),
        tool_definitions=flattened.traceloop_tools(attributes),
    )


def payloads(attributes: Mapping[str, object], *, model_call: bool) -> Messages:
    """What the raw payloads of a span say; see :func:`read_messages`."""
    found = Messages()
    for input_key, output_key in _PAYLOADS:
        sent, received = attributes.get(input_key), attributes.get(output_key)
        if sent is None and received is None:
            continue
        request = parse_result(sent)
        read = bodies.request(request) or Messages()
        answer = parse_result(received)
        read.output = bodies.response(answer) or []
        if model_call:
            read.input = read.input or _unknown(request, "user")
            read.output = read.output or _unknown(answer, "assistant")
        found.fill(read)
    return found


def _mlflow_tools(attributes: Mapping[str, object]) -> list[dict[str, object]]:
    return bodies.tools(parse_container(attributes.get("mlflow.chat.tools")))


def _unknown(value: object, role: str) -> list[dict[str, object]]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [message(role, blocks.parts(value))]
    if isinstance(value, list) and all(isinstance(piece, str) for piece in value):
        return chat.many(value, role)
    return [message(role, [generic(value)])]
