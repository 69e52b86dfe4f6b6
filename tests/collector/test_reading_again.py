"""A span that a Collector translated reads as the span it was made from.

What the processor makes of a span is computed here; tests with a real Collector hold it to that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_semconv import Canonical, SpanView, translate
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.details import details
from spanbridge_semconv.emit import TARGETS, SpanContent, emit
from spanbridge_semconv.messages import Event, read_messages, read_tool_call
from spanbridge_semconv.model import CALL_TYPES, COLLECTED, TRANSLATED, UNTRANSLATED
from tests.collector import compare
from tests.collector.odd import plain, request_of
from tests.semconv import corpus
from tests.semconv.odd_spans import odd_spans

ANTHROPIC = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.usage.input_tokens": "20",
    "gen_ai.usage.output_tokens": "5",
    "gen_ai.usage.cache_read.input_tokens": "15",
}
OPENLIT = SpanView(ANTHROPIC, scope_name="openlit.instrumentation.anthropic")
"""An emitter whose input leaves out what was cached."""


def recorded() -> list[tuple[str, SpanView, dict[str, Any]]]:
    """Every recorded span, with the types of its attributes."""
    return [
        (f"{case} {span.view.span_name}", span.view, typed)
        for case in corpus.cases()
        for span, typed in zip(case.spans(), _typed(case), strict=True)
    ]


def _typed(case: corpus.Case) -> list[dict[str, Any]]:
    sent = (corpus.FOLDER / case.index["file"]).read_bytes()
    request = compare.ExportTraceServiceRequest.FromString(sent)
    return [compare.typed(span) for span, _, _ in compare.spans_of(request)]


def test_every_recorded_span_reads_the_same() -> None:
    wrong, genai = [], 0
    for name, view, own in recorded():
        if not translate(view).dialect:
            continue
        genai += 1
        out = compare.processed(view, own)
        if differing := compare.reread(view, own, out):
            wrong.append((name, differing))
        events = [Event(name, attributes) for name, attributes in view.events]
        call = translate(view).span_type in CALL_TYPES
        assert read_messages(out, events, model_call=call) == read_messages(
            own, events, model_call=call
        )
        assert read_tool_call(out, events) == read_tool_call(own, events)
    assert wrong == []
    assert genai > 400


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_odd_spans_read_the_same(seed: int) -> None:
    views = [plain(view) for view in odd_spans(seed, 10)]
    for view, (span, _, _) in zip(views, compare.spans_of(request_of(views)), strict=True):
        if translate(view).dialect:
            own = compare.typed(span)
            out = compare.processed(view, own)
            assert compare.reread(view, own, out) == {}


@pytest.mark.parametrize("to", TARGETS)
def test_a_collector_before_or_after_a_translation_changes_nothing(to: str) -> None:
    for name, view, own in recorded():
        if not translate(view).dialect:
            continue
        straight, typed = _emitted(view, own, to)
        between, _ = _emitted(view, compare.processed(view, own), to)
        assert between.attributes.keys().isdisjoint({COLLECTED, UNTRANSLATED}), name
        if TRANSLATED in straight.attributes:
            assert _said(translate(between)) == _said(translate(straight)), name
        after = compare.processed(straight, typed)
        assert compare.reread(straight, typed, after) == {}, name


def _emitted(view: SpanView, own: dict[str, Any], to: str) -> tuple[SpanView, dict[str, Any]]:
    """The span in a target dialect, and its attributes with their types."""
    content = SpanContent(
        own,
        events=view.events,
        event_times_ns=view.event_times_ns,
        name=view.span_name,
        kind=view.span_kind,
        scope_name=view.scope_name,
        status_code=view.status_code,
        status_message=view.status_message,
        resource=view.resource,
        start_ns=view.start_ns,
    )
    emitted = emit(content, to)
    kept = emitted.events_kept
    events = [view.events[i] for i in kept]
    times = [view.event_times_ns[i] for i in kept]
    out = dict(emitted.attributes)
    return replace(compare.seen(view, out), events=events, event_times_ns=times), out


def _said(found: Canonical) -> Canonical:
    """What was found but for payloads, of which a translation leaves the one it finds first."""
    return replace(found, input="", output="")


def test_cached_tokens_are_added_once() -> None:
    once = compare.processed(OPENLIT, {**ANTHROPIC})
    assert once["gen_ai.usage.input_tokens"] == 35 == translate(OPENLIT).input_tokens
    assert translate(compare.seen(OPENLIT, once)) == translate(OPENLIT)


def test_what_was_left_alone_is_read_as_the_emitters() -> None:
    left = ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "spanbridge.total_tokens"]
    own = {**ANTHROPIC, COLLECTED: "openlit", UNTRANSLATED: left, "gen_ai.request.model": "m"}
    assert translate(compare.seen(OPENLIT, own)).input_tokens == 35
    own[UNTRANSLATED] = ["gen_ai.response.finish_reasons"]
    assert translate(compare.seen(OPENLIT, own)).input_tokens == 20


def test_what_was_not_read_is_not_inferred() -> None:
    own = {COLLECTED: "pydantic_ai", "gen_ai.request.model": "gpt-x", "model_name": "gpt-x"}
    assert translate(SpanView(own)).provider == ""
    assert translate(SpanView({"gen_ai.request.model": "gpt-x"})).provider == "openai"


@pytest.mark.parametrize("name", ["", "other", "OTEL", "otel ", "spanbridge", '["otel"]'])
def test_a_name_of_no_dialect_changes_nothing(name: str) -> None:
    own = {**ANTHROPIC, COLLECTED: name}
    assert translate(replace(OPENLIT, attributes=own)) == translate(OPENLIT)


def test_a_sender_can_mislabel_its_own_span_and_no_more() -> None:
    """The span is a GenAI span of the dialect it names; its counts are what it says they are."""
    for dialect in DIALECTS:
        found = translate(SpanView({COLLECTED: dialect.name, "http.route": "/"}))
        assert found == Canonical(dialect=dialect.name, span_type="UNKNOWN")
    hostile = {COLLECTED: "openlit", "gen_ai.usage.input_tokens": "9" * 40, UNTRANSLATED: "{[\x00"}
    assert translate(SpanView(hostile)).input_tokens is None
    assert details(SpanView(hostile)) == {}


def test_the_dialect_a_span_was_translated_to_goes_first() -> None:
    own = {COLLECTED: "openlit", TRANSLATED: "mlflow"}
    assert translate(SpanView(own)).dialect == "mlflow"
