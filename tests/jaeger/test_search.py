"""Every parameter of a search, against a plain filter over the recorded spans."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.jaeger import plain
from tests.jaeger.client import Client, ids, spans

NS = 1_000_000_000
SPANS = plain.all_spans()
TIMES = sorted({span.start for span in SPANS})
DURATIONS = sorted({span.duration for span in SPANS})
MEMBERS = sorted(
    {
        (key, value)
        for span in SPANS
        for key, value in (*span.attributes.items(), *span.resource.items())
        # In these words every dialect is asked for, which is tested apart.
        if not key.startswith(("gen_ai.", "user.id", "error.type")) and len(value) < 200
    }
)


def some_of(span: plain.PlainSpan) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters that the span satisfies, more or less."""
    own = sorted(set(MEMBERS) & {*span.attributes.items(), *span.resource.items()})
    attributes: st.SearchStrategy[Any] = st.sampled_from(
        [
            *own,
            ("span.kind", plain.KINDS[span.message.kind]),
            ("error", "true"),
            ("error", "false"),
            ("error", True),
            ("no.such.key", ""),
        ]
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "service_name": st.sampled_from([span.service, "", "nobody"]),
            "operation_name": st.sampled_from([span.message.name, ""]),
            "start_time_min": st.sampled_from([span.start, span.start + 1, TIMES[0]]),
            "start_time_max": st.sampled_from([span.start, span.start + 1, TIMES[-1]]),
            "duration_min": st.sampled_from([span.duration, span.duration + 1, 1]),
            "duration_max": st.sampled_from([span.duration, span.duration + 1, DURATIONS[-1]]),
            "attributes": st.lists(attributes, max_size=3).map(dict),
            "search_depth": st.sampled_from([1, 2, 7, 1000]),
        },
    )


def check(jaeger: Client, parameters: dict[str, Any]) -> None:
    longest = parameters.get("duration_max", 0)
    if longest and longest < parameters.get("duration_min", 0):
        parameters["duration_min"] = longest
    assert jaeger.find_ids(**parameters) == plain.find(SPANS, parameters)


@settings(deadline=None, max_examples=30)
@given(parameters=st.sampled_from(SPANS).flatmap(some_of))
def test_a_search_finds_what_a_filter_finds(jaeger: Client, parameters: dict[str, Any]) -> None:
    check(jaeger, parameters)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(parameters=st.sampled_from(SPANS).flatmap(some_of))
def test_many_searches_find_what_a_filter_finds(jaeger: Client, parameters: dict[str, Any]) -> None:
    check(jaeger, parameters)


def test_newest_first_and_no_more_than_asked(jaeger: Client) -> None:
    found = jaeger.find_ids(search_depth=5)
    assert found == plain.find(SPANS, {"search_depth": 5})
    assert jaeger.find_ids(search_depth=1000)[:5] == found
    assert len(jaeger.find_ids()) == 100


def test_traces_come_in_the_order_of_their_ids(jaeger: Client) -> None:
    found = jaeger.find(search_depth=30)
    assert ids(found) == jaeger.find_ids(search_depth=30)
    # Whole traces, also where one span alone was asked for.
    counts: defaultdict[str, int] = defaultdict(int)
    for span in SPANS:
        counts[span.trace_id] += 1
    asked = next(span for span in SPANS if counts[span.trace_id] > 3)
    whole = jaeger.find(
        operation_name=asked.message.name,
        start_time_min=asked.start,
        start_time_max=asked.start + 1,
    )
    assert len(spans(whole)) == counts[asked.trace_id]


@pytest.mark.parametrize("value", [200, "200"])
def test_numbers_are_found_as_numbers_and_as_text(jaeger: Client, value: object) -> None:
    [key] = {key for key, text in MEMBERS if key == "http.response.status_code" and text == "200"}
    found = jaeger.find_ids(attributes={key: value}, search_depth=1000)
    assert found == plain.find(SPANS, {"attributes": {key: "200"}, "search_depth": 1000})
    assert found


def test_words_of_otlp_are_attributes(jaeger: Client) -> None:
    failed = jaeger.find_ids(attributes={"error": True}, search_depth=1000)
    assert failed
    for words in ({"otel.status_code": "ERROR"}, {"span.status": "error"}):
        assert jaeger.find_ids(attributes=words, search_depth=1000) == failed
    scope = next(s for s in ("openinference.instrumentation.openai",))
    found = jaeger.find_ids(attributes={"otel.scope.name": scope}, search_depth=1000)
    assert found == jaeger.find_ids(attributes={"scope.name": scope}, search_depth=1000)
    assert found


def test_every_dialect_is_found_in_the_words_it_goes_out_with(jaeger: Client) -> None:
    found = set(jaeger.find_ids(attributes={"gen_ai.operation.name": "chat"}, search_depth=1000))
    for dialect in ("llm.model_name", "gen_ai.request.model", "ai.model.id"):
        saying = {span.trace_id for span in SPANS if dialect in span.attributes}
        assert saying & found, dialect
    models = {s.attributes["llm.model_name"] for s in SPANS if "llm.model_name" in s.attributes}
    for model in models:
        by_own = jaeger.find_ids(attributes={"llm.model_name": model}, search_depth=1000)
        assert by_own


def test_zero_times_of_go_are_no_times(jaeger: Client) -> None:
    assert jaeger.find_ids(start_time_min=-62_135_596_800 * NS, search_depth=9) == jaeger.find_ids(
        search_depth=9
    )
    assert jaeger.find_ids(duration_min=0, duration_max=0, search_depth=9) == jaeger.find_ids(
        search_depth=9
    )
