"""Calls in two parts, and calls that two instrumentations report side by side, count once."""

from __future__ import annotations

from spanbridge_semconv import TotalsSpan, Usage, trace_totals

P = "parent"


def span(
    span_id: str,
    start: int,
    end: int,
    tokens: int | None = None,
    *,
    parent: str = P,
    scope: str = "a",
    rid: str = "",
    model: str = "m",
    part: str = "",
) -> TotalsSpan:
    return TotalsSpan(
        span_id=span_id,
        parent_span_id=parent,
        span_type="CHAT_MODEL",
        usage=Usage() if tokens is None else Usage(input_tokens=tokens, output_tokens=1),
        response_id=rid,
        call_part=part,
        start_ns=start,
        end_ns=end,
        scope_name=scope,
        request_model=model,
    )


def check(spans: list[TotalsSpan], calls: set[str], tokens: int | None) -> None:
    for order in (spans, spans[::-1]):
        totals = trace_totals(order)
        pairs = zip(order, totals.spans, strict=True)
        assert {each.span_id for each, found in pairs if found.model_call} == calls
        assert (totals.usage.input_tokens if totals.usage else None) == tokens


def test_the_response_of_a_streamed_call_stands_for_it() -> None:
    request, response = span("q", 0, 1, part="request"), span("r", 9, 9, 23, part="response")
    check([request, response], {"r"}, 23)
    check([request, span("r", 9, 9, part="response")], {"r"}, None)


def test_the_sdk_below_the_request_reports_the_same_call() -> None:
    request, response = span("q", 0, 1, part="request"), span("r", 9, 9, 150, part="response")
    check([request, response, span("sdk", 0, 8, 150, parent="q", scope="b")], {"sdk"}, 150)


def test_requests_and_responses_pair_in_order_of_time() -> None:
    spans = [
        *(span("q1", 0, 1, part="request"), span("q2", 2, 3, part="request")),
        *(span("r1", 4, 4, 5, part="response"), span("r2", 6, 6, 7, part="response")),
    ]
    check(spans, {"r1", "r2"}, 12)
    check(spans[:3], {"r1"}, 5)


def test_the_response_is_the_call_whether_or_not_its_request_is_there() -> None:
    check([span("r", 9, 9, 23, part="response")], {"r"}, 23)
    check([span("q", 9, 9, part="request")], set(), None)
    check([span("q", 0, 9, part="request"), span("sdk", 1, 8, 4, parent="q")], {"sdk"}, 4)
    check(
        [span("q", 0, 9, part="request"), span("r", 8, 8, 4, parent="q", part="response")], {"r"}, 4
    )


def test_one_response_told_by_two_scopes_is_one_call_wherever_they_stand() -> None:
    spans = [
        span("outer", 0, 9, 5, rid="x"),
        span("sdk", 1, 8, 5, rid="x", parent="else", scope="b"),
    ]
    check(spans, {"sdk"}, 5)
    check([spans[0], span("sdk", 1, 8, rid="x", parent="else", scope="b")], {"outer"}, 5)


def test_equal_response_ids_do_not_make_one_call_of_several() -> None:
    check([span("a", 0, 5, 5, rid="x"), span("b", 1, 6, 5, rid="x")], {"a", "b"}, 10)
    check([span("a", 0, 5, 5, rid="x"), span("b", 5, 6, 5, rid="x", scope="b")], {"a", "b"}, 10)


def test_a_failed_call_seen_by_two_scopes_is_one_call() -> None:
    check([span("a", 0, 9), span("b", 1, 8, scope="b")], {"b"}, None)
    check([span("a", 0, 9), span("b", 1, 8, scope="b", model="n")], {"a", "b"}, None)
    check([span("a", 0, 9), span("b", 1, 8, scope="b", parent="else")], {"a", "b"}, None)
    check([span("a", 0, 9, rid="x"), span("b", 1, 8, scope="b", rid="y")], {"a", "b"}, None)


def test_parallel_calls_seen_by_two_scopes_are_as_many_calls() -> None:
    spans = [
        *(span("a1", 0, 9), span("b1", 1, 8, 3, scope="b")),
        *(span("a2", 2, 9), span("b2", 3, 8, 4, scope="b")),
    ]
    check(spans, {"b1", "b2"}, 7)


def test_only_spans_that_are_going_on_together_are_one_call() -> None:
    first, second = span("a1", 0, 10, 10), span("a2", 9, 20, 20)
    check([first, second, span("b2", 11, 19, 20, scope="b")], {"a1", "b2"}, 30)
    check([span("a1", 0, 10), second, span("b1", 1, 8, 10, scope="b")], {"b1", "a2"}, 30)


def test_a_span_belongs_to_the_call_that_encloses_it_before_one_that_it_reaches_over() -> None:
    spans = [span("a1", 0, 12), span("a2", 1, 20), span("b2", 2, 19, 5, scope="b")]
    check(spans, {"a1", "b2"}, 5)
    check([span("a1", 0, 12), span("b1", 2, 19, 5, scope="b")], {"b1"}, 5)


def test_calls_of_other_token_counts_are_other_calls_unless_the_response_is_the_same() -> None:
    check([span("a", 0, 9, 10), span("b", 1, 8, 70, scope="b")], {"a", "b"}, 80)
    check([span("a", 0, 9, 10, rid="x"), span("b", 1, 8, 70, scope="b")], {"a", "b"}, 80)
    check([span("a", 0, 9, 10, rid="x"), span("b", 1, 8, 12, scope="b", rid="x")], {"b"}, 12)


def test_three_scopes_may_tell_one_call_but_none_of_them_twice() -> None:
    spans = [
        *(span("a", 0, 9), span("b", 1, 8, 3, scope="b"), span("c", 2, 7, scope="c")),
        *(span("a2", 3, 7, rid="y"), span("c2", 4, 6, scope="c", rid="y")),
    ]
    check(spans[:3], {"b"}, 3)
    check(spans, {"b", "c2"}, 3)
