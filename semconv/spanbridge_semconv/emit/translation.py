"""A translation that reads as what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from spanbridge_semconv.emit import registry_keys
from spanbridge_semconv.emit.content import PARTS, equal, is_content
from spanbridge_semconv.emit.model import Emitted, SpanContent
from spanbridge_semconv.emit.otel import put_concept
from spanbridge_semconv.emit.reading import Reading, read, read_content, view
from spanbridge_semconv.emit.statement import Joiner, Statement
from spanbridge_semconv.messages import Messages
from spanbridge_semconv.model import Canonical, SpanView
from spanbridge_semconv.translate import Reader, translate

Judge = tuple[bool | None, bool | None]
"""Whether the span stands for a model call, and whether its usage counts."""

_ROUNDS: Final = 4
"""Each round puts aside, or holds back, at least one attribute; more than two are rare."""
_DEPTH: Final = 3
"""How often what a translation lets see is translated in turn; once is rare already."""
MAX_PIECES: Final = 5000
"""Attributes and events of messages, or messages and their parts; a span with more stays as it is.

A translation costs a fraction of a millisecond for each. A conversation of this length is rare, and
a span that was made to be slow must not keep others waiting.
"""
_UNCHECKED: Final = ("dialect", "input", "output", "span_type", "operation", "call_part")
_CHECKED: Final = tuple(name for name in Canonical.__dataclass_fields__ if name not in _UNCHECKED)
"""Not the texts of payloads, which may move, nor types, for which targets have fewer words."""


def translation(
    span: SpanContent,
    seen: SpanView,
    found: Canonical,
    to: str,
    state: Callable[[Reading], Statement],
    conversing: frozenset[str],
    judge: Judge,
    depth: int = _DEPTH,
) -> Emitted:
    """Translate, read the result, and go on until it says what it is meant to say.

    What a dialect left beside its own words (a second name for a model, an older finish reason) can
    come to speak for a concept when the words in front of it are gone: it is put aside. Where what
    speaks cannot be put aside, the words in front of it stay. What was known by the scope of the
    span and has no place in the target is said in the words of the GenAI conventions. What only the
    result lets see (the provider, by the place of the model's name) is stated in another
    translation.
    """
    if not found.dialect or _is_oversized(span):
        return unchanged(span)
    reading = read(span, seen, found, *judge, conversing)
    if _says_too_much(reading.messages):
        return unchanged(span)
    joiner = Joiner(reading)
    aside: set[str] = set()
    held: set[str] = set()
    lost: set[str] = set()
    for _ in range(_ROUNDS):
        statement = state(reading)
        statement.aside |= aside
        statement.concepts -= held
        for name in lost:
            put_concept(reading, statement, name, registry_keys.BY_NAME[name].gen_ai)
        emitted = joiner.join(statement, to)
        if not emitted.changed:
            return emitted
        result = _with(span, emitted)
        seen = view(result)
        found = translate(seen)
        new, wrong = _compared(found, reading, statement)
        more_lost = _unsaid(found, reading, statement) - lost
        spoken = {name: _speakers(seen, found, name, statement) for name in new | wrong}
        more_aside = set().union(*spoken.values()) - aside
        more_held = {name for name in wrong if not spoken[name]} - held
        if not more_aside and not more_held and not more_lost:
            break
        aside |= more_aside
        lost |= more_lost
        held |= more_held
    if depth == 0 or not (new or _reads_otherwise(result, seen, found, reading, conversing)):
        return emitted
    further = translation(result, seen, found, to, state, conversing, judge, depth - 1)
    kept = tuple(emitted.events_kept[position] for position in further.events_kept)
    return replace(emitted, attributes=further.attributes, events_kept=kept)


def unchanged(span: SpanContent) -> Emitted:
    """The span as it came."""
    return Emitted(span.attributes, tuple(range(len(span.events))), changed=False)


def _is_oversized(span: SpanContent) -> bool:
    return len(span.attributes) + sum(is_content(name) for name, _ in span.events) > MAX_PIECES


def _says_too_much(messages: Messages) -> bool:
    said = messages.input + messages.output
    pieces = len(messages.system_instructions) + len(messages.tool_definitions)
    return pieces + sum(1 + len(one["parts"]) for one in said) > MAX_PIECES


def _with(span: SpanContent, emitted: Emitted) -> SpanContent:
    kept = emitted.events_kept
    return replace(
        span,
        attributes=emitted.attributes,
        events=[span.events[i] for i in kept],
        event_times_ns=[span.event_times_ns[i] for i in kept if i < len(span.event_times_ns)],
        logs=(),
    )


def _compared(
    found: Canonical, reading: Reading, statement: Statement
) -> tuple[set[str], set[str]]:
    """The concepts that only the result has, and those that it has otherwise."""
    values = {name: getattr(found, name) for name in (*_CHECKED, "operation")}
    new = {
        name
        for name, value in values.items()
        if name not in reading.values and value is not None and value not in ("", ())
    }
    stated = statement.concepts & reading.values.keys() & set(_CHECKED)
    return new, {name for name in stated if values[name] != reading.values[name]}


def _reads_otherwise(
    result: SpanContent,
    seen: SpanView,
    found: Canonical,
    reading: Reading,
    conversing: frozenset[str],
) -> bool:
    """Whether the result is of another type or has other messages: it is translated in turn."""
    if found.span_type != reading.span_type:
        return True
    messages, *_ = read_content(result, seen, found, conversing)
    return not all(
        equal(part, getattr(messages, part), getattr(reading.messages, part)) for part in PARTS
    )


def _unsaid(found: Canonical, reading: Reading, statement: Statement) -> set[str]:
    """Concepts the target has no words for and that nothing says any more, or not so well.

    The words of the GenAI conventions can say them in any dialect, except usage. A span that is
    made another type has the operation of that type.
    """
    unsaid = {
        name
        for name in _CHECKED
        if name in reading.values
        and name not in statement.concepts
        and name not in registry_keys.COUNTED
        and getattr(found, name) != reading.values[name]
    }
    if reading.span_type == reading.found.span_type and reading.found.operation:
        unsaid |= {"operation"} if found.operation != reading.found.operation else set()
    return unsaid


def _speakers(seen: SpanView, found: Canonical, name: str, statement: Statement) -> set[str]:
    """Attributes that are no part of the statement and say what is wrong or new."""
    reader = Reader(seen)
    reader.found["dialect"] = found.dialect
    said = registry_keys.speakers(reader, name, getattr(found, name))
    return said - statement.stated.keys() - statement.defaults.keys() - statement.untouched
