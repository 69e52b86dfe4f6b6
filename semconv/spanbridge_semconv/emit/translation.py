"""A translation that reads as what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from spanbridge_semconv.emit import registry_keys
from spanbridge_semconv.emit.model import KEPT, Emitted, SpanContent
from spanbridge_semconv.emit.reading import Reading, read, view
from spanbridge_semconv.emit.statement import Statement, join
from spanbridge_semconv.model import Canonical
from spanbridge_semconv.translate import Reader, translate

_ROUNDS: Final = 4
"""Each round takes away what contradicts, or states what can be seen since; two are rare."""
_UNCHECKED: Final = ("dialect", "input", "output", "span_type", "operation")
_CHECKED: Final = tuple(name for name in Canonical.__dataclass_fields__ if name not in _UNCHECKED)
"""Not the texts of payloads, which may move, nor types, for which targets have fewer words."""


def translation(
    span: SpanContent,
    to: str,
    state: Callable[[Reading], Statement],
    conversing: frozenset[str],
    model_call: bool | None,
    usage_counted: bool | None,
) -> Emitted:
    """Translate, read the result, and go on until it says what it is meant to say.

    What a dialect left beside its own words (a second name for a model, an older finish reason) can
    come to speak for a concept when the words in front of it are gone. It is put aside then.
    """
    reading = read(span, model_call, usage_counted, conversing)
    if not reading.found.dialect:
        return Emitted(span.attributes, tuple(range(len(span.events))), changed=False)
    statement = state(reading)
    emitted = join(reading, statement, to)
    positions = emitted.events_kept
    for _ in range(_ROUNDS):
        if not emitted.changed:
            break
        span = _with(span, emitted)
        found = translate(view(span))
        wrong = _differing(found, reading, statement)
        if not wrong:
            break
        span = _without_contradictions(span, found, reading, wrong)
        reading = read(span, model_call, usage_counted, conversing)
        statement = state(reading)
        again = join(reading, statement, to)
        emitted = replace(emitted, attributes=again.attributes)
        positions = tuple(positions[i] for i in again.events_kept)
        if not again.changed:
            break
    return replace(emitted, events_kept=positions)


def _differing(found: Canonical, reading: Reading, statement: Statement) -> set[str]:
    """The concepts that read otherwise than they were stated, or that were not seen before."""
    return {
        name
        for name in _CHECKED
        if (
            getattr(found, name) != reading.values[name]
            if name in reading.values
            else getattr(found, name) not in (None, "", ())
        )
        and (name in statement.concepts or name not in reading.values)
    }


def _with(span: SpanContent, emitted: Emitted) -> SpanContent:
    kept = emitted.events_kept
    return replace(
        span,
        attributes=emitted.attributes,
        events=[span.events[i] for i in kept],
        event_times_ns=[span.event_times_ns[i] for i in kept if i < len(span.event_times_ns)],
        logs=(),
    )


def _without_contradictions(
    span: SpanContent, found: Canonical, reading: Reading, names: set[str]
) -> SpanContent:
    """The span without attributes that say something else than was said before."""
    reader = Reader(view(span))
    reader.found["dialect"] = found.dialect
    wrong: set[str] = set()
    for name in names & reading.values.keys():
        wrong |= registry_keys.speakers(reader, name, getattr(found, name))
    return replace(
        span, attributes={KEPT + k if k in wrong else k: v for k, v in span.attributes.items()}
    )
