"""Spans of great size or with extreme values: work grows with size, and nothing is raised."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from cProfile import Profile
from typing import Any

import pytest

from spanbridge_semconv.emit import TARGETS, IdentifiedSpan, SpanContent, emit, emit_all
from spanbridge_semconv.emit.translation import MAX_PIECES

CHAT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "m",
}
TO = pytest.mark.parametrize("to", TARGETS)


def _said(role: str, number: int) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": f"x{number}"}]}])


def _questions(size: int) -> SpanContent:
    return SpanContent(
        CHAT, [("gen_ai.user.message", {"content": f"x{number}"}) for number in range(size)]
    )


def _choices(size: int) -> SpanContent:
    choice = '{"role": "assistant", "content": "x%d"}'
    return SpanContent(
        CHAT,
        [("gen_ai.choice", {"index": n, "message": choice % n}) for n in range(size)],
    )


def _details(size: int) -> SpanContent:
    name, key = "gen_ai.client.inference.operation.details", "gen_ai.input.messages"
    return SpanContent(CHAT, [(name, {key: _said("user", number)}) for number in range(size)])


def _flattened(size: int) -> SpanContent:
    return SpanContent(
        {"openinference.span.kind": "LLM"}
        | {f"llm.input_messages.{number}.message.content": f"x{number}" for number in range(size)}
    )


def _traceloop(size: int) -> SpanContent:
    return SpanContent(
        {"llm.request.type": "chat"}
        | {f"gen_ai.prompt.{number}.content": f"x{number}" for number in range(size)}
    )


def _labels(size: int) -> SpanContent:
    name = "traceloop.association.properties"
    return SpanContent({**CHAT, **{f"{name}.k{number}": "x" for number in range(size)}})


def _bodies(size: int) -> SpanContent:
    asked = [{"role": "user", "content": f"x{number}"} for number in range(size)]
    return SpanContent(
        {"openinference.span.kind": "LLM"}
        | {"input.value": json.dumps({"model": "m", "messages": asked})}
    )


SHAPES = (_questions, _choices, _details, _flattened, _traceloop, _labels, _bodies)


def _calls(span: SpanContent, to: str) -> int:
    profile = Profile()
    profile.runcall(emit, span, to)
    return sum(entry.callcount for entry in profile.getstats())


@TO
@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_no_faster_than_the_span(shape: Callable[[int], SpanContent], to: str) -> None:
    for size in (200, 800):
        # What is remembered of the names of attributes is found the first time.
        assert emit(shape(size), to).changed or shape is _labels
    assert _calls(shape(800), to) < 4.5 * _calls(shape(200), to)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_span_of_too_many_pieces_stays_as_it_is(shape: Callable[[int], SpanContent]) -> None:
    span = shape(MAX_PIECES + 1)
    emitted = emit(span, "mlflow")
    assert not emitted.changed
    assert emitted.attributes == span.attributes
    assert emitted.events_kept == tuple(range(len(span.events)))


def test_events_without_messages_do_not_count_as_pieces() -> None:
    events = [("exception", {"exception.type": "E"})] * (MAX_PIECES + 1)
    assert emit(SpanContent(CHAT, events), "mlflow").changed


class Unprintable:
    """A value whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def _deep(levels: int) -> object:
    value: Any = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"x": value}
    return value


EXTREME = pytest.mark.parametrize(
    "value",
    [
        *(pytest.param(_deep(levels), id=f"{levels} levels") for levels in (300, 900, 100_000)),
        pytest.param(10**5000, id="5001 digits"),
        pytest.param([-(10**5000)], id="5001 digits in a list"),
        *(float("nan"), float("-inf"), b"\xff", bytearray(b"\xff"), {1: {"x"}}, object()),
        *(Unprintable(), [Unprintable()], "\ud800", {"\ud800": "\ud800"}),
    ],
)
KEYS = (
    *("shop.customer", "gen_ai.input.messages", "gen_ai.request.model", "metadata"),
    *("gen_ai.usage.input_tokens", "input.value", "llm.input_messages.0.message.content"),
    *("mlflow.spanInputs", "gen_ai.tool.definitions", "gen_ai.retrieval.documents"),
)


@TO
@EXTREME
def test_no_value_makes_a_translation_fail(value: object, to: str) -> None:
    for key in KEYS:
        for span in (
            SpanContent({**CHAT, key: value}),
            SpanContent({"openinference.span.kind": "RETRIEVER", key: value}),
            SpanContent(CHAT, [("gen_ai.user.message", {"content": value})]),
            SpanContent(CHAT, [("gen_ai.choice", {"message": {"content": value}})]),
            SpanContent(CHAT, resource={"service.name": value}),
        ):
            emitted = emit(span, to)
            if not emitted.changed:
                assert emitted.attributes is span.attributes


@TO
def test_a_span_that_cannot_be_translated_leaves_the_others_alone(to: str) -> None:
    own: Mapping[str, object] = {"openinference.span.kind": "LLM", "llm.model_name": "m"}
    if to == "openinference":
        own = CHAT
    contents = [SpanContent({**own, "shop.customer": _deep(100_000)}), SpanContent(own)]
    spans = [IdentifiedSpan("t", str(n), "", content) for n, content in enumerate(contents)]
    assert [emitted.changed for emitted in emit_all(spans, to)] == [False, True]


def test_a_target_that_does_not_exist_is_said_whatever_the_span_holds() -> None:
    with pytest.raises(ValueError, match="no dialect 'x'"):
        emit(SpanContent({"x": Unprintable()}), "x")
    with pytest.raises(ValueError, match="no dialect 'x'"):
        emit_all([], "x")
