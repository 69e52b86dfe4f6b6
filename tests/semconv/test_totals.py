"""Each model call counts once, whatever the shape of the trace."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_semconv import TotalsSpan, TraceTotals, Usage, trace_totals


def used(tokens: int | None) -> Usage:
    return Usage() if tokens is None else Usage(input_tokens=tokens, output_tokens=1)


def span(
    span_id: str, parent: str = "", kind: str = "CHAT_MODEL", tokens: int | None = None
) -> TotalsSpan:
    return TotalsSpan(span_id, parent, kind, used(tokens))


def calls(totals: TraceTotals, spans: list[TotalsSpan]) -> set[str]:
    pairs = zip(spans, totals.spans, strict=True)
    return {each.span_id for each, found in pairs if found.model_call}


def counted(totals: TraceTotals, spans: list[TotalsSpan]) -> set[str]:
    pairs = zip(spans, totals.spans, strict=True)
    return {each.span_id for each, found in pairs if found.usage_counted}


def check(
    spans: list[TotalsSpan], *, calling: set[str], counting: set[str], sum_: int | None
) -> None:
    for order in (spans, spans[::-1]):
        totals = trace_totals(order)
        assert calls(totals, order) == calling
        assert counted(totals, order) == counting
        assert totals.model_calls == len(calling)
        assert (totals.usage.input_tokens if totals.usage else None) == sum_


def test_the_sum_of_an_agent_is_not_added_to_its_calls() -> None:
    spans = [
        *(span("agent", kind="AGENT", tokens=138), span("a", "agent", tokens=57)),
        *(span("tool", "agent", "TOOL"), span("b", "agent", tokens=81)),
    ]
    check(spans, calling={"a", "b"}, counting={"a", "b"}, sum_=138)


def test_the_sum_of_an_agent_counts_if_nothing_below_was_counted() -> None:
    spans = [span("agent", kind="AGENT", tokens=138), span("a", "agent"), span("b", "agent")]
    check(spans, calling={"a", "b"}, counting={"agent"}, sum_=138)


def test_sums_of_nested_agents_count_where_they_are_deepest() -> None:
    spans = [span("outer", kind="AGENT", tokens=9), span("inner", "outer", "AGENT", tokens=4)]
    check(spans, calling=set(), counting={"inner"}, sum_=4)


def test_two_instrumentations_of_one_call_are_one_call() -> None:
    spans = [
        span("outer", tokens=150),
        span("mid", "outer", "CHAIN"),
        span("in", "mid", tokens=150),
    ]
    check(spans, calling={"in"}, counting={"in"}, sum_=150)


def test_the_span_with_the_usage_stands_for_the_call() -> None:
    spans = [span("outer", tokens=150), span("in", "outer")]
    check(spans, calling={"outer"}, counting={"outer"}, sum_=150)
    spans = [span("outer", tokens=150), span("mid", "outer", tokens=150), span("in", "mid")]
    check(spans, calling={"mid"}, counting={"mid"}, sum_=150)


def test_a_wrapper_of_several_calls_gives_its_usage_but_is_no_call() -> None:
    spans = [span("outer", tokens=150), span("a", "outer"), span("b", "outer")]
    check(spans, calling={"a", "b"}, counting={"outer"}, sum_=150)


def test_a_failed_call_is_its_innermost_span() -> None:
    spans = [span("agent", kind="AGENT"), span("outer", "agent"), span("in", "outer")]
    check(spans, calling={"in"}, counting=set(), sum_=None)


def test_a_call_below_a_tool_of_a_call_is_another_call() -> None:
    spans = [span("call", tokens=10), span("tool", "call", "TOOL"), span("sub", "tool", tokens=5)]
    check(spans, calling={"call", "sub"}, counting={"call", "sub"}, sum_=15)


def test_a_tool_is_no_border_for_the_sum_of_an_agent() -> None:
    spans = [
        span("agent", kind="AGENT", tokens=5),
        span("tool", "agent", "TOOL"),
        span("sub", "tool", tokens=5),
    ]
    check(spans, calling={"sub"}, counting={"sub"}, sum_=5)


def test_embeddings_are_calls_and_retrievals_are_not() -> None:
    spans = [span("r", kind="RETRIEVER"), span("e", "r", "EMBEDDING", tokens=6)]
    check(spans, calling={"e"}, counting={"e"}, sum_=6)


def test_unknown_usage_is_not_zero() -> None:
    totals = trace_totals([span("a")])
    assert totals.usage is None
    totals = trace_totals([TotalsSpan("a", "", "EMBEDDING", Usage(input_tokens=6, total_tokens=6))])
    assert totals.usage == Usage(input_tokens=6, total_tokens=6)


def test_an_empty_trace() -> None:
    assert trace_totals([]) == TraceTotals((), 0, None)


def test_a_span_that_came_twice_counts_once() -> None:
    spans = [span("a", tokens=5), span("a"), span("a", tokens=5)]
    totals = trace_totals(spans)
    assert totals.model_calls == 1
    assert totals.usage == used(5)


def test_a_circle_of_parents_ends() -> None:
    spans = [span("a", "b", tokens=1), span("b", "a", tokens=2), span("c", "a", tokens=4)]
    totals = trace_totals(spans)
    assert calls(totals, spans) == {"b", "c"}
    assert totals.usage is not None
    assert totals.usage.input_tokens == 6
    assert trace_totals([span("a", "a", tokens=1)]).model_calls == 1


def test_a_very_deep_trace_takes_neither_recursion_nor_long() -> None:
    depth = 200_000
    spans = [span(str(i), str(i - 1), tokens=1) for i in range(depth)]
    start = time.process_time()
    totals = trace_totals(spans)
    assert time.process_time() - start < 20
    assert totals.model_calls == 1
    assert totals.spans[-1].model_call


ids = st.sampled_from("abcdefgh")
any_spans = st.lists(
    st.builds(
        span,
        ids,
        st.one_of(st.just(""), ids, st.just("missing")),
        st.sampled_from(["CHAT_MODEL", "EMBEDDING", "AGENT", "TOOL", "CHAIN", ""]),
        st.sampled_from([None, 0, 3, 5]),
    ),
    max_size=10,
)


@settings(max_examples=400, deadline=None)
@given(any_spans.flatmap(lambda spans: st.tuples(st.just(spans), st.permutations(spans))))
def test_the_order_of_the_spans_does_not_matter(
    pair: tuple[list[TotalsSpan], list[TotalsSpan]],
) -> None:
    first, second = (trace_totals(spans) for spans in pair)
    assert first.usage == second.usage
    assert first.model_calls == second.model_calls
    assert calls(first, pair[0]) == calls(second, pair[1])
    assert counted(first, pair[0]) == counted(second, pair[1])


@settings(max_examples=400, deadline=None)
@given(any_spans)
def test_the_sums_are_those_of_the_counted_spans(spans: list[TotalsSpan]) -> None:
    totals = trace_totals(spans)
    pairs = list(zip(spans, totals.spans, strict=True))
    counted_tokens = [s.usage.input_tokens or 0 for s, found in pairs if found.usage_counted]
    assert (totals.usage.input_tokens if totals.usage else None) == (
        sum(counted_tokens) if counted_tokens else None
    )
    assert totals.model_calls == sum(found.model_call for _, found in pairs)
    assert len({s.span_id for s, found in pairs if found.model_call}) == totals.model_calls
