"""The measure itself: a wrong trace must not pass."""

from __future__ import annotations

import pytest

from tests.backends.cases import Call, Truth, fresh, index
from tests.backends.seen import SeenSpan, SeenTrace, judge

TRUTH = Truth(10, 5, (Call(("gpt", "gpt-1"), 'say "hi"'),), True)
SPAN = SeenSpan("gpt-1", "question", 'he will say "hi" now')


def seen(*spans: SeenSpan, tokens: tuple[int, int] = (10, 5)) -> SeenTrace:
    return SeenTrace(*tokens, spans)


def facts(*traces: SeenTrace, truth: Truth = TRUTH) -> tuple[bool | None, ...]:
    found = judge(truth, traces)
    return found.tokens, found.model, found.content


@pytest.mark.parametrize(
    ("traces", "expected"),
    [
        ([seen(SPAN)], (True, True, True)),
        ([seen(SPAN), seen(SPAN)], (True, True, True)),
        ([seen(SPAN, tokens=(4, 2)), seen(tokens=(6, 3))], (True, True, True)),
        ([seen(SPAN), seen(tokens=(10, 6))], (False, True, True)),
        ([seen(SPAN, tokens=(20, 10))], (False, True, True)),
        ([seen(SPAN, tokens=(0, 0))], (False, True, True)),
        ([seen(SPAN, SeenSpan("other", "", ""))], (True, False, True)),
        ([seen(SeenSpan("openai/gpt", "q", '{"text": "say \\"hi\\""}'))], (True, True, True)),
        ([seen(SeenSpan("gpt", "", SPAN.output))], (True, True, False)),
        ([seen(SeenSpan("gpt", "q", ""), SeenSpan("", "", SPAN.output))], (True, True, False)),
        ([], (False, False, False)),
    ],
)
def test_verdicts(traces: list[SeenTrace], expected: tuple[bool, bool, bool]) -> None:
    assert facts(*traces) == expected


def test_a_text_with_its_middle_left_out_is_found_by_its_ends() -> None:
    truth = Truth(10, 5, (Call(("gpt",), "first line ... the end"),), True)
    found = SeenSpan("gpt", "q", '["first\\nline and more\\nthe end"]')
    assert facts(seen(found), truth=truth) == (True, True, True)
    assert facts(seen(SeenSpan("gpt", "q", "first line")), truth=truth) == (True, True, False)


def test_nothing_to_show_is_right_only_if_nothing_is_shown() -> None:
    nothing = Truth(0, 0, (), True)
    assert facts(seen(tokens=(0, 0)), truth=nothing) == (True, None, None)
    assert facts(seen(tokens=(1, 0)), truth=nothing) == (False, None, None)


def test_a_fresh_case_has_the_shape_of_the_recording_and_new_ids() -> None:
    entry = next(e for e in index() if e["dialect"] == "otel-openai-v2-legacy" and e["logs"])
    first, second = fresh(entry), fresh(entry)
    assert not set(first.trace_ids) & set(second.trace_ids)
    assert first.traces != second.traces
    (span,) = first.traces.resource_spans[0].scope_spans[0].spans
    assert first.logs is not None
    (scope,) = first.logs.resource_logs[0].scope_logs
    for record in scope.log_records:
        assert (record.trace_id, record.span_id) == (span.trace_id, span.span_id)
    agent = fresh(next(e for e in index() if str(e["case"]) == "agent_tool"))
    spans = [s for r in agent.traces.resource_spans for c in r.scope_spans for s in c.spans]
    ids = {span.span_id for span in spans}
    assert {span.parent_span_id for span in spans} <= ids | {b""}
    assert len(ids) == len(spans)
