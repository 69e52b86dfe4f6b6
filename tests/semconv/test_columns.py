"""The ClickHouse columns and the Python translator are one translation."""

from __future__ import annotations

import dataclasses
import os
import struct
import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_semconv import Canonical, SpanView, genai_columns, translate
from spanbridge_semconv.text import double_text
from tests.semconv import corpus
from tests.semconv.engine import READABLE, Engine
from tests.semconv.odd_spans import collected, odd_spans

BATCH = 250
"""Spans per insert: the engine's work per insert would drown the test otherwise."""


def differing(view: SpanView, stored: Canonical) -> dict[str, tuple[object, object]]:
    found = translate(view)
    return {
        field.name: (getattr(found, field.name), getattr(stored, field.name))
        for field in dataclasses.fields(Canonical)
        if getattr(found, field.name) != getattr(stored, field.name)
    }


def test_the_whole_corpus_is_translated_alike(engine: Engine) -> None:
    recorded = [(case, span) for case in corpus.cases() for span in case.spans()]
    stored = engine.translate([span.view for _, span in recorded])
    wrong = {
        (str(case), span.view.span_name): difference
        for (case, span), row in zip(recorded, stored, strict=True)
        if (difference := differing(span.view, row))
    }
    assert not wrong
    assert len(recorded) == sum(case.index["spans"] for case in corpus.cases())


@pytest.mark.parametrize("examples", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_odd_spans_are_translated_alike(engine: Engine, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(st.integers(min_value=0, max_value=2**32))
    def alike(seed: int) -> None:
        views = odd_spans(seed, BATCH)
        for view, row in zip(views, engine.translate(views), strict=True):
            assert not differing(view, row), view

    alike()


@pytest.mark.parametrize("examples", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_spans_from_a_collector_are_translated_alike(engine: Engine, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(st.integers(min_value=0, max_value=2**32))
    def alike(seed: int) -> None:
        random = Random(seed)
        views = [collected(view, random) for view in odd_spans(seed, BATCH)]
        for view, row in zip(views, engine.translate(views), strict=True):
            assert not differing(view, row), view

    alike()


@settings(max_examples=400, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_nothing_on_a_span_makes_the_translator_raise(seed: int) -> None:
    for view in odd_spans(seed, 1):
        found = translate(view)
        assert (found == Canonical()) == (found.dialect == "")


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(), min_size=1, max_size=50))
def test_doubles_are_written_as_the_engine_writes_them(
    engine: Engine, numbers: list[float]
) -> None:
    literals = ", ".join(f"reinterpretAsFloat64(unhex('{bits(number)}'))" for number in numbers)
    rows = engine.query(f"SELECT arrayMap(x -> toString(x), [{literals}]) AS texts")
    assert rows[0]["texts"] == [double_text(number) for number in numbers]


def bits(number: float) -> str:
    return struct.pack("<d", number).hex()


def test_a_span_of_another_kind_is_left_alone(engine: Engine) -> None:
    view = SpanView(
        attributes={"http.route": "/", "session.id": "s", "error.type": "500", "model": "x"},
        scope_name="opentelemetry.instrumentation.fastapi",
        span_name="chat",
        status_code="Error",
    )
    assert engine.translate([view]) == [Canonical()]
    assert translate(view) == Canonical()


def test_a_span_without_attributes_is_left_alone(engine: Engine) -> None:
    assert engine.translate([SpanView(attributes={})]) == [Canonical()]


def test_columns_are_those_of_the_canonical_model() -> None:
    fields = {field.name for field in dataclasses.fields(Canonical)}
    assert {column.concept for column in READABLE} == fields
    assert len({column.name for column in genai_columns()}) == len(genai_columns())


def test_the_columns_are_the_same_in_every_process() -> None:
    """A store is altered when they change, so no order may depend on hashes."""
    code = "from spanbridge_semconv import genai_columns; print(genai_columns())"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1


def test_only_one_column_is_computed_on_insert() -> None:
    assert [column.name for column in genai_columns() if column.kind == "MATERIALIZED"] == ["GenAI"]


def test_columns_can_be_added_to_a_table_that_has_rows(engine: Engine) -> None:
    [span] = next(c for c in corpus.cases() if str(c) == "otel-genai-openai/chat").spans()
    assert engine.translate_late(span.view) == translate(span.view)


@pytest.mark.parametrize("column", READABLE, ids=lambda column: column.name)
def test_columns_are_read_without_the_attributes(engine: Engine, column: object) -> None:
    name = getattr(column, "name", "")
    plan = "\n".join(
        str(row["explain"]) for row in engine.query(f"EXPLAIN actions = 1 SELECT {name} FROM spans")
    )
    assert ("SpanAttributes" in plan) == (name in ("GenAIInput", "GenAIOutput"))
