"""Whatever a span carries: nothing is raised, and translating again changes nothing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_ingest.any_value import to_proto
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv._generated.vocabularies import VOCABULARIES
from spanbridge_semconv.emit import KEPT, SOURCE_DIALECT, TARGETS, Emitted, SpanContent, emit

KEYS = sorted(
    {s.name for sources in SOURCES.values() for s in sources if s.origin in ("key", "path")}
    | {
        *("gen_ai.system_instructions", "gen_ai.tool.definitions", "gen_ai.retrieval.documents"),
        *("llm.input_messages.0.message.role", "llm.input_messages.0.message.content"),
        *("llm.output_messages.1.message.tool_calls.0.tool_call.function.name", "llm.tools.0"),
        *("retrieval.documents.0.document.content", "retrieval.documents.x", "input.mime_type"),
        *("embedding.embeddings.0.embedding.text", "message.tool_calls", "gen_ai.prompt.0.role"),
        *("gen_ai.prompt.0.content", "gen_ai.completion.0.content", "mlflow.chat.tools"),
        *("llm.tools.0.tool.json_schema", "gen_ai.usage.audio.input_tokens", "spanbridge.dialect"),
        *(SOURCE_DIALECT, KEPT + "x", "unknown", ""),
    }
)
WORDS = st.sampled_from(
    [
        *sorted({word for table in VOCABULARIES.values() for word in table.aliases.values()}),
        *("", "null", "{}", "[]", '"x"', "20", "0", "1.5", "mlflow", "otel", "role", "parts"),
        *("messages", "content", "text", "type", "user", "choices", "tool_call", "generic", "id"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
MESSAGE = st.fixed_dictionaries(
    {"role": WORDS, "parts": st.lists(st.dictionaries(WORDS, WORDS | JSON, max_size=4), max_size=3)}
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.integers(0, 200)
    | st.floats()
    | st.binary(max_size=4)
    | st.text(max_size=8)
    | WORDS
    | JSON
    | st.lists(MESSAGE, max_size=2)
)
TEXTS = VALUES | (JSON | st.lists(MESSAGE, max_size=2)).map(json.dumps)
ATTRIBUTES = st.dictionaries(st.sampled_from(KEYS), TEXTS, max_size=9)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["gen_ai.user.message", "gen_ai.choice", "exception", "other"]),
        st.dictionaries(st.sampled_from(["content", "message", "exception.type"]), TEXTS),
    ),
    max_size=2,
)
SPANS = st.builds(
    SpanContent,
    attributes=ATTRIBUTES,
    events=EVENTS,
    name=WORDS,
    scope_name=st.sampled_from(["", "mlflow.x", "openinference.x", "langfuse-sdk", "logfire.x"]),
    status_code=st.sampled_from(["Unset", "Ok", "Error"]),
    start_ns=st.none() | st.integers(0, 2**62),
)
KNOWN = st.sampled_from([None, True, False])


def again(span: SpanContent, emitted: Emitted) -> SpanContent:
    return SpanContent(
        attributes=emitted.attributes,
        events=[span.events[position] for position in emitted.events_kept],
        name=span.name,
        scope_name=span.scope_name,
        status_code=span.status_code,
        start_ns=span.start_ns,
    )


@settings(max_examples=150, deadline=None)
@given(SPANS, st.sampled_from(TARGETS), KNOWN, KNOWN)
def test_no_span_makes_a_translation_fail(
    span: SpanContent, to: str, model_call: bool | None, counted: bool | None
) -> None:
    emitted = emit(span, to, model_call=model_call, usage_counted=counted)
    for key, value in emitted.attributes.items():
        assert isinstance(key, str)
        assert to_proto(value).SerializeToString() is not None
    if not emitted.changed:
        assert emitted.attributes == span.attributes


@settings(max_examples=150, deadline=None)
@given(SPANS, st.sampled_from(TARGETS))
def test_translating_again_changes_nothing(span: SpanContent, to: str) -> None:
    once = emit(span, to, model_call=True, usage_counted=True)
    twice = emit(again(span, once), to, model_call=True, usage_counted=True)
    assert list(map(repr, twice.attributes.items())) == list(map(repr, once.attributes.items()))


@settings(max_examples=100, deadline=None)
@given(SPANS, st.sampled_from(TARGETS))
def test_what_is_not_understood_stays(span: SpanContent, to: str) -> None:
    own: dict[str, Any] = {**span.attributes, "shop.customer": "c-1", "gen_ai.novelty": [1, "x"]}
    emitted = emit(SpanContent(own, scope_name=span.scope_name), to)
    assert emitted.attributes["shop.customer"] == "c-1"
    assert emitted.attributes["gen_ai.novelty"] == [1, "x"]
