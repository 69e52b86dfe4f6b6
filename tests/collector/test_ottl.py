"""The OTTL compiler, on small registries; what it cannot translate it refuses or lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from spanbridge_semconv.compile.ottl import compile_ottl
from spanbridge_semconv.compile.ottl_limits import limits_page
from spanbridge_semconv.compile.ottl_text import OttlError, Tables, key_fits
from spanbridge_semconv.model import Concept, Dialect, Source, Vocabulary, When
from tests.collector import compare
from tests.support import collector

MODEL = Concept(
    name="request_model",
    type="text",
    column="",
    column_type="",
    codec="",
    kind="materialized",
    vocabulary="",
    gen_ai="gen_ai.request.model",
    mlflow="",
    openinference="",
    unit="",
    description="",
)
KEY = Source("acme", "key", "acme.model")
ACME = Dialect("acme", "Acme", scopes=("acme.*",), keys=("acme.*",))


def tables(*sources: Source, concept: Concept = MODEL, **vocabularies: Vocabulary) -> Tables:
    return Tables((concept,), (ACME,), {concept.name: sources}, vocabularies)


def groups(of: Tables) -> list[dict[str, Any]]:
    """The groups of statements, as the Collector reads them."""
    document = yaml.safe_load(compile_ottl(of)[0])
    return list(document["processors"]["transform/genai"]["trace_statements"])


def statements(of: Tables) -> str:
    return "\n".join(statement for group in groups(of) for statement in group["statements"])


def test_a_source_is_one_statement_in_the_group_of_its_dialect() -> None:
    (group,) = [group for group in groups(tables(KEY)) if "acme.model" in str(group["statements"])]
    assert group["conditions"] == [
        'span.attributes["spanbridge.tmp"] != nil and '
        'Index(span.attributes["spanbridge.tmp"]["keys"], ",\\"acme.model\\"") >= 0'
    ]
    assert group["statements"][1:-1] == [
        'set(span.cache["request_model"], span.attributes["acme.model"]) '
        'where span.attributes["acme.model"] != nil and span.cache["request_model"] == nil '
        'and span.attributes["acme.model"] != "" and span.attributes["acme.model"] != "[]" '
        'and (IsString(span.attributes["acme.model"]) or not IsList(span.attributes["acme.model"]) '
        'or Len(span.attributes["acme.model"]) > 0)'
    ]


def test_spans_of_no_dialect_pass_three_statements_and_conditions() -> None:
    first, *others = groups(tables(KEY))
    assert "conditions" not in first
    assert len(first["statements"]) == 3
    marked = 'span.attributes["spanbridge.tmp"] != nil'
    assert all(group["conditions"][0].startswith(marked) for group in others)


def test_conditions_are_written_out() -> None:
    when = When(
        dialects=("acme",),
        scopes=("a.*",),
        not_scopes=("b",),
        status=("Error",),
        has=("x.*",),
        lacks=("y",),
        equals=(("kind", ("", "1")),),
        not_equals=(("state", ("done",)),),
        ends=(("path", ("/a", "/b")),),
    )
    text = statements(tables(replace(KEY, when=when)))
    for condition in (
        'span.attributes["spanbridge.tmp"]["dialect"] == "acme"',
        'HasPrefix(span.attributes["spanbridge.tmp"]["scope"], "a.")',
        'not span.attributes["spanbridge.tmp"]["scope"] == "b"',
        "span.status.code == STATUS_CODE_ERROR",
        'Index(span.attributes["spanbridge.tmp"]["keys"], ",\\"x.") >= 0',
        '(span.attributes["y"] == nil or span.attributes["y"] == "")',
        '(String(span.attributes["kind"]) == "1" or span.attributes["kind"] == nil'
        ' or span.attributes["kind"] == "")',
        'not (span.attributes["state"] == "done")',
        '(span.attributes["path"] != nil and (HasSuffix(String(span.attributes["path"]), "/a")'
        ' or HasSuffix(String(span.attributes["path"]), "/b")))',
    ):
        assert condition in text


def test_json_is_parsed_where_its_condition_holds_and_may_fail() -> None:
    source = Source("acme", "path", "acme.doc", ("a", 0), when=When(has=("z",)))
    (parsing,) = [group for group in groups(tables(source)) if group.get("error_mode")]
    assert parsing["error_mode"] == "silent"
    (statement,) = parsing["statements"]
    assert statement.endswith(
        'where span.attributes["acme.doc"] != nil '
        'and ((span.attributes["z"] != nil and span.attributes["z"] != "")) '
        'and HasPrefix(String(span.attributes["acme.doc"]), "{")'
    )


def test_dollar_signs_and_quotes_survive_the_collector_and_yaml() -> None:
    source = replace(KEY, map=(("it's 5$", "x"),))
    text = compile_ottl(tables(source))[0]
    assert "it''s 5$$" in text


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (replace(KEY, transform="sideways"), "transform 'sideways'"),
        (replace(KEY, origin="elsewhere"), "origin 'elsewhere'"),
        (replace(KEY, name="a<b"), "escapes"),
        (replace(KEY, name="a\nb"), "escapes"),
        (replace(KEY, map=(("", "x"),)), "an empty text"),
        (replace(KEY, when=When(scopes=("a.{i}",))), "scope pattern"),
    ],
)
def test_what_has_no_translation_is_refused(source: Source, says: str) -> None:
    with pytest.raises(OttlError, match=says):
        compile_ottl(tables(source))


def test_a_new_kind_of_condition_or_rule_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = replace(KEY, when=When(has=("x",)))
    for rule in (When, Source):
        with monkeypatch.context() as patch:
            patch.setattr(rule, "__slots__", (*rule.__slots__, "novelty"))
            with pytest.raises(OttlError, match="novelty"):
                compile_ottl(tables(source))


def test_a_vocabulary_whose_order_would_matter_is_refused() -> None:
    words = Vocabulary("words", "", True, {"a": "b", "b": "c"})
    with pytest.raises(OttlError, match="stands for more"):
        compile_ottl(tables(KEY, concept=replace(MODEL, vocabulary="words"), words=words))


def test_a_type_nobody_translates_is_refused() -> None:
    concept = replace(MODEL, type="picture")
    with pytest.raises(OttlError, match="'picture'"):
        compile_ottl(tables(KEY, concept=concept))


def test_a_list_of_lists_is_left_and_listed() -> None:
    concept = replace(MODEL, name="finish_reasons", type="list")
    source = Source("acme", "path", "acme.doc", (-1, "a", -1))
    small = tables(source, concept=concept)
    (limit,) = compile_ottl(small)[1]
    assert (limit.concept, limit.source) == ("finish_reasons", "path acme.doc, [*].a[*]")
    assert "| finish_reasons | `path acme.doc, [*].a[*]` |" in limits_page(small, [limit])
    assert '"\\u0000"' in statements(small)


def test_concepts_that_ask_dialects_in_different_orders_are_refused() -> None:
    other = replace(MODEL, name="tool_name", gen_ai="gen_ai.tool.name")
    second = replace(KEY, dialect="other")
    sources = {"request_model": (KEY, second), "tool_name": (second, KEY)}
    with pytest.raises(OttlError, match="different orders"):
        compile_ottl(Tables((MODEL, other), (ACME,), sources, {}))


def test_every_concept_is_written_or_listed_with_a_reason() -> None:
    page = limits_page(compare.TABLES, compare.limits())
    for concept in compare.TABLES.concepts:
        if concept.name not in ("reported_total", "fresh_input", "visible_output"):
            assert f"\n| {concept.name} | " in page
    assert all(limit.reason for limit in compare.limits())


def test_a_key_is_found_between_others_only_as_a_whole() -> None:
    assert key_fits("a.b", "K") == 'Index(K, ",\\"a.b\\"") >= 0'
    assert key_fits("a.*", "K") == 'Index(K, ",\\"a.") >= 0'
    assert key_fits("a.{i}.b", "K") == 'IsMatch(K, ",\\"a[.][0-9]{1,9}[.]b\\"")'


def test_without_go_a_test_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="no `go` here"):
        collector.build()
