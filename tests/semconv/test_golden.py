"""Spans as each dialect documents them mean what their golden cases say, in both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanbridge_semconv import details, translate
from spanbridge_semconv._generated.dialects import DIALECTS
from tests.semconv import corpus, golden
from tests.semconv.engine import Engine
from tests.semconv.golden import GoldenCase, GoldenError

CASES = [
    pytest.param(
        case,
        id=str(case),
        marks=[pytest.mark.xfail(strict=True, reason=case.wrong_today)] if case.wrong_today else [],
    )
    for case in golden.cases()
]


@pytest.mark.parametrize("case", CASES)
def test_a_golden_case_means_what_it_says(case: GoldenCase) -> None:
    for span in case.spans:
        assert translate(span.recorded.view) == span.canonical, span.recorded.span_id
        assert details(span.recorded.view, span.typed) == span.details, span.recorded.span_id
    totals = corpus.read_trace([span.recorded for span in case.spans]).totals
    assert totals.model_calls == case.model_calls
    assert totals.usage == case.usage


def test_the_columns_mean_the_same(engine: Engine) -> None:
    spans = [(case, span) for case in golden.cases() for span in case.spans]
    stored = engine.translate([span.recorded.view for _, span in spans])
    for (case, span), row in zip(spans, stored, strict=True):
        found = translate(span.recorded.view) if case.wrong_today else span.canonical
        assert row == found, (str(case), span.recorded.span_id)


def test_every_dialect_has_golden_cases_or_recordings() -> None:
    recorded = {translate(s.view).dialect for case in corpus.cases() for s in case.spans()}
    golden_folders = {case.dialect for case in golden.cases()}
    known = {dialect.name for dialect in DIALECTS}
    assert golden_folders <= known
    assert known - recorded - golden_folders == set()


GOOD = """
about: A call.
scope: s
spans:
  - id: a
    name: chat
    kind: Client
    attributes: {gen_ai.operation.name: chat}
    events: [{name: e, at: 3}]
    expect: {operation: chat}
expect: {model_calls: 1, usage: {input_tokens: 3}}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("about: A call.", "abut: A call.", 2, "unknown member 'abut'"),
        ("    kind: Client", "    kynd: Client", 7, "unknown member 'kynd'"),
        ("kind: Client", "kind: client", 7, "'client' is none of"),
        ("    kind: Client", "    parent: b", 5, "there is no span 'b'"),
        ("at: 3", "on: 3", 9, "unknown member 'on'"),
        ("at: 3", "at: soon", 9, "expected int"),
        ("{operation: chat}", "{operatoin: chat}", 10, "unknown member 'operatoin'"),
        ("{operation: chat}", "{details: 5}", 10, "expected a mapping"),
        ("model_calls: 1", "model_call: 1", 11, "unknown member 'model_call'"),
        ("input_tokens: 3", "input: 3", 11, "unknown member 'input'"),
        ("    name: chat\n", "", 5, "'name' is missing"),
        ("about: A call.", "about: a: call.", 2, "not allowed"),
        ("about: A call.", "scope: t", 3, "'scope' stands here twice"),
    ],
)
def test_a_case_with_a_mistake_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(GOOD, encoding="utf-8")
    golden.read_case(path)
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(GoldenError) as caught:
        golden.read_case(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert says in str(caught.value)
