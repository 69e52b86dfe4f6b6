"""The SQL of the totals says what the Python says."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from spanbridge_semconv import TotalsSpan, Usage
from tests.semconv import corpus
from tests.semconv.totals_engine import EPOCH_S, TotalsEngine, in_python

TYPES = ("CHAT_MODEL", "CHAT_MODEL", "EMBEDDING", "AGENT", "TOOL", "CHAIN", "")


@pytest.fixture(scope="module")
def totals() -> Iterator[TotalsEngine]:
    with TotalsEngine() as opened:
        yield opened


def span_id(number: int) -> str:
    return f"{number:016x}"


def random_span(rng: random.Random, number: int, ids: int) -> TotalsSpan:
    parent = rng.choice([0, *range(1, ids + 1), 99])
    tokens = rng.choice([None, None, 0, 3, 5])
    start = (EPOCH_S + rng.randrange(8)) * 10**9
    return TotalsSpan(
        span_id=span_id(number),
        parent_span_id=span_id(parent) if parent else "",
        span_type=rng.choice(TYPES),
        usage=Usage(input_tokens=tokens, output_tokens=rng.choice([None, 1])),
        response_id=rng.choice(["", "", "r", "s"]),
        call_part=rng.choice(["", "", "", "request", "response"]),
        start_ns=start,
        end_ns=start + rng.randrange(6) * 10**9,
        scope_name=rng.choice(["a", "a", "b", "c"]),
        request_model=rng.choice(["", "m", "n"]),
    )


def random_trace(rng: random.Random) -> list[TotalsSpan]:
    """Random parents (missing ones and circles among them), types and times, and copies."""
    ids = rng.randint(1, 9)
    spans = [random_span(rng, number, ids) for number in range(1, ids + 1)]
    if rng.random() < 0.3:
        spans += [random_span(rng, rng.randint(1, ids), ids) for _ in range(2)]
    if rng.random() < 0.2:
        spans += rng.sample(spans, 1)
    return spans


def random_tree(rng: random.Random) -> list[TotalsSpan]:
    """Larger and like a real one: parents come first and start first."""
    made: list[TotalsSpan] = []
    for number in range(1, rng.randint(2, 40)):
        made_of = random_span(rng, number, 1)
        parent = rng.choice(made[-6:]).span_id if made and rng.random() < 0.95 else ""
        start = (EPOCH_S * 10**9) + number * 10**6
        made.append(
            TotalsSpan(
                made_of.span_id,
                parent,
                made_of.span_type,
                made_of.usage,
                made_of.response_id,
                "Unset",
                made_of.call_part,
                start,
                start + rng.randrange(10**7),
                made_of.scope_name,
                made_of.request_model,
            )
        )
    return made


def random_siblings(rng: random.Random, most: int) -> list[TotalsSpan]:
    """Calls of several instrumentations side by side, many of them at one time."""
    spans = []
    for number in range(1, rng.randint(2, most)):
        start = EPOCH_S * 10**9 + rng.randrange(most)
        tokens = rng.choice([None, None, 3, 5])
        spans.append(
            TotalsSpan(
                span_id(number),
                span_id(rng.choice([most + 1, most + 1, most + 2])),
                "CHAT_MODEL",
                Usage(input_tokens=tokens, output_tokens=rng.choice([None, 1])),
                rng.choice(["", "", "", "r", "s"]),
                start_ns=start,
                end_ns=start + rng.randrange(most),
                scope_name=rng.choice(["a", "b", "c"]),
                request_model=rng.choice(["m", "m", "n"]),
            )
        )
    return spans


@pytest.mark.parametrize("times", [1, pytest.param(6, marks=pytest.mark.slow)])
@pytest.mark.parametrize("lends", [True, False])
def test_random_traces(totals: TotalsEngine, lends: bool, times: int) -> None:
    rng = random.Random(times)
    made = [random_trace(rng) for _ in range(800 * times)]
    made += [random_tree(rng) for _ in range(150 * times)]
    made += [random_siblings(rng, 15) for _ in range(100 * times)]
    made += [random_siblings(rng, 500) for _ in range(2 * times)]
    traces = {f"{n:032x}": spans for n, spans in enumerate(made)}

    found = totals.judge(traces, lends=lends)

    for trace_id, spans in traces.items():
        assert found[trace_id] == in_python(spans), spans


def test_recordings(totals: TotalsEngine) -> None:
    traces = {
        trace.spans[0].trace_id: corpus.totals_spans(trace.spans, trace.canonical)
        for case in corpus.cases()
        for trace in corpus.traces(case)
    }

    found = totals.judge(traces)

    for trace_id, spans in traces.items():
        assert found[trace_id] == in_python(spans)


def deep(depth: int, usage: int) -> list[TotalsSpan]:
    """A chain of calls; every so many spans carry usage."""
    return [
        TotalsSpan(
            span_id(n + 1),
            span_id(n) if n else "",
            "CHAT_MODEL" if n % 3 else "CHAIN",
            Usage(input_tokens=1) if usage and n % usage == 0 else Usage(),
            start_ns=EPOCH_S * 10**9 + n,
            end_ns=EPOCH_S * 10**9 + 2 * depth - n,
        )
        for n in range(depth)
    ]


@pytest.mark.parametrize(
    ("lends", "size"),
    [
        (True, 10_000),
        pytest.param(True, 50_000, marks=pytest.mark.slow),
        pytest.param(False, 50_000, marks=pytest.mark.slow),
    ],
)
def test_deep_and_large_traces_take_neither_long_nor_much(
    totals: TotalsEngine, lends: bool, size: int
) -> None:
    wide = [
        TotalsSpan(
            *(span_id(n), span_id(1) if n > 1 else "", "CHAT_MODEL", Usage(input_tokens=1)),
            start_ns=EPOCH_S * 10**9,
            end_ns=EPOCH_S * 10**9 + 1,
        )
        for n in range(1, size + 1)
    ]
    beside = [
        replace(
            span,
            parent_span_id=span_id(1),
            scope_name="ab"[n % 2],
            request_model="m",
            end_ns=span.end_ns + n // 2,
        )
        for n, span in enumerate(wide[: size // 10])
    ]
    traces = {"a" * 32: deep(size // 10, 7), "b" * 32: deep(size, 0), "c" * 32: wide}
    traces["d" * 32] = beside

    started = time.process_time()
    found = totals.judge(traces, lends=lends)

    assert time.process_time() - started < 60
    assert {trace_id: in_python(spans) for trace_id, spans in traces.items()} == found


def test_a_trace_across_the_bound_is_judged_as_a_whole(totals: TotalsEngine) -> None:
    second = 10**9
    at = EPOCH_S * second
    agent = TotalsSpan(
        span_id(1), "", "AGENT", Usage(input_tokens=9), start_ns=at, end_ns=at + 9 * second
    )
    call = TotalsSpan(
        *(span_id(2), span_id(1), "CHAT_MODEL", Usage(input_tokens=9)),
        start_ns=at + 5 * second,
        end_ns=at + 6 * second,
    )
    traces = {"d" * 32: [agent, call]}

    early = totals.judge(traces, since_s=EPOCH_S, until_s=EPOCH_S + 1)
    late = totals.judge(traces, since_s=EPOCH_S + 1, until_s=EPOCH_S + 9)

    assert early == {"d" * 32: {}}
    assert late == {"d" * 32: {span_id(2): (True, True, 9)}}
