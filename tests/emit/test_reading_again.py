"""Every recorded span, in every target, reads as the span it was made from.

What a target cannot carry, or a translation must not say, is counted here, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_semconv import Canonical, SpanView, Usage, attribute_text, translate
from spanbridge_semconv.details import details
from spanbridge_semconv.emit import TARGETS, SpanContent, emit
from spanbridge_semconv.emit.openinference import KINDS
from spanbridge_semconv.model import CALL_TYPES
from tests.emit import traces
from tests.emit.traces import ReadSpan
from tests.semconv import corpus
from tests.semconv.odd_spans import odd_spans

TOKENS = frozenset(Usage.__dataclass_fields__)
PASSING = ("dialect", "input", "output")
"""A dialect is what changes; payloads may move, and what they say is compared as messages."""
NAMES = ("provider", "agent_name", "tool_name", "tool_call_id", "error_type")
IN_MESSAGES = ("finish_reasons", "response_id")

ELSEWHERE = "the usage counts on another span, or on spans below"
COPY = "a span that repeats a call is a CHAIN, and so is what it did"
PART = "no target has a word for one part of a call that was reported as two spans"
KIND = "OpenInference has no such kind"
CHAT = "the conventions do not tell a chat from other generation of text"
IMPLIED = "the kind of a span implies an operation; the emitter named none"
SINCE = "it stood in a message, a payload or a log record, and has an attribute of its own now"
STATED = "a member of the metadata that says another concept is stated as that"
NO_PLACE = "MLflow has no place for tokens of audio"
QUERY = "in OpenInference the input of a retriever is its query"

EVERYWHERE = {IMPLIED: 2, STATED: 58, PART: 20}
EXCEPTIONS: Mapping[str, Mapping[str, int]] = {
    "otel": {**EVERYWHERE, ELSEWHERE: 198, COPY: 20, SINCE: 11, CHAT: 1},
    "openinference": {**EVERYWHERE, ELSEWHERE: 213, COPY: 47, SINCE: 10, KIND: 57, QUERY: 4},
    "mlflow": {**EVERYWHERE, ELSEWHERE: 213, COPY: 47, SINCE: 10, NO_PLACE: 28},
}
"""How many values of recorded spans differ, by target and reason."""


@pytest.mark.parametrize("to", TARGETS)
def test_every_recorded_span_reads_the_same_but_for(to: str) -> None:
    counted: Counter[str] = Counter()
    unexplained = []
    for name, old, new, differing in _compared(to):
        for concept, (was, now) in differing.items():
            if why := _reason(to, concept, was, now, old, new):
                counted[why] += 1
            else:
                unexplained.append((name, concept, was, now))
    assert unexplained == []
    assert dict(counted) == EXCEPTIONS[to]


@pytest.mark.parametrize("to", TARGETS)
@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_odd_spans_say_the_same_names_and_no_others(to: str, seed: int) -> None:
    """Whatever else is on a span: names are not lost, changed or inferred from other words."""
    for view in odd_spans(seed, 8):
        content = SpanContent(
            dict(view.attributes),
            events=view.events,
            event_times_ns=view.event_times_ns,
            name=view.span_name,
            scope_name=view.scope_name,
            status_code=view.status_code,
            start_ns=view.start_ns,
        )
        emitted = emit(content, to, model_call=True, usage_counted=True)
        again = replace(
            view,
            attributes={key: attribute_text(value) for key, value in emitted.attributes.items()},
            events=[view.events[i] for i in emitted.events_kept],
            event_times_ns=[view.event_times_ns[i] for i in emitted.events_kept],
        )
        was, now = translate(view), translate(again)
        assert [getattr(now, name) for name in NAMES] == [getattr(was, name) for name in NAMES]


def _compared(to: str) -> Iterator[tuple[str, ReadSpan, ReadSpan, dict[str, tuple[Any, Any]]]]:
    for case in corpus.cases():
        views = {span.span_id: span.view for span in case.spans()}
        pairs = zip(traces.before(case).spans, traces.after(case, to).spans, strict=True)
        for old, new in pairs:
            view = views[old.message.span_id.hex()]
            was, now = _values(old, view), _values(new, view)
            names = (was.keys() | now.keys()) - set(PASSING)
            differing = {n: (was.get(n), now.get(n)) for n in names if was.get(n) != now.get(n)}
            yield f"{case} {view.span_name}", old, new, differing


def _values(span: ReadSpan, view: SpanView) -> dict[str, Any]:
    found = {name: getattr(span.found, name) for name in Canonical.__dataclass_fields__}
    events = [(event.name, corpus.attributes(event.attributes)) for event in span.message.events]
    times = [event.time_unix_nano for event in span.message.events]
    own = corpus.attributes(span.message.attributes)
    seen = replace(view, attributes=own, events=events, event_times_ns=times)
    return found | details(seen, span.attributes)


def _reason(to: str, concept: str, was: Any, now: Any, old: ReadSpan, new: ReadSpan) -> str:
    is_copy = old.found.span_type in CALL_TYPES and not old.totals.model_call
    kind = old.found.span_type
    explained = {
        ELSEWHERE: concept in TOKENS and not old.totals.usage_counted and now is None,
        COPY: concept in ("span_type", "operation") and is_copy and now in ("CHAIN", "chain"),
        PART: concept == "call_part" and now == "",
        KIND: to == "openinference"
        and concept == "span_type"
        and KINDS.get(was, "CHAIN") == KINDS.get(now, now),
        CHAT: to == "otel" and concept == "span_type" and {was, now} == {"LLM", "CHAT_MODEL"},
        IMPLIED: concept == "operation" and was == "" and kind == "CHAIN",
        SINCE: concept in IN_MESSAGES and not was,
        STATED: concept == "metadata" and _are_stated(was, now or {}, new),
        NO_PLACE: to == "mlflow" and concept.startswith("audio_") and now is None,
        QUERY: to == "openinference"
        and concept == "retrieval_query"
        and now == new.attributes["input.value"],
    }
    return next((why for why, holds in explained.items() if holds), "")


def _are_stated(was: Mapping[str, Any], now: Mapping[str, Any], new: ReadSpan) -> bool:
    """Whether the members that are gone say what other attributes of the span say, or are usage."""
    said = {str(value) for value in new.attributes.values()} | {*new.found.finish_reasons}
    said |= {str(getattr(new.found, name)) for name in Canonical.__dataclass_fields__}
    gone = {name: value for name, value in was.items() if name not in now}
    return now.items() <= was.items() and all(
        str(value) in said or name == "usage_metadata" for name, value in gone.items()
    )
