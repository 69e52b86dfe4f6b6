"""Clauses mean what they mean to the package."""

from __future__ import annotations

import json
from typing import Any

import pytest
from genai_prices import types
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.prices.match import TEXT_KINDS, clause, matcher, spellings

MODELS = TypeAdapter(list[types.ModelInfo], config=ConfigDict(arbitrary_types_allowed=True))

NAMES = st.text("aBc-4o.1/É", min_size=1, max_size=8)
PATTERNS = st.sampled_from(["^a", "4o$", "a.c", "(?!.*-4)", r"\d"])
CLAUSES = st.recursive(
    st.tuples(st.sampled_from(TEXT_KINDS), NAMES) | st.tuples(st.just("regex"), PATTERNS),
    lambda parts: st.tuples(st.sampled_from(["or", "and"]), st.lists(parts, max_size=3)),
    max_leaves=5,
)


def as_json(node: Any) -> dict[str, Any]:
    kind, operand = node
    return {kind: operand if isinstance(operand, str) else [as_json(part) for part in operand]}


@given(node=CLAUSES, name=NAMES)
def test_a_clause_matches_what_the_package_s_does(node: Any, name: str) -> None:
    written = as_json(node)
    [theirs] = MODELS.validate_python([{"id": "m", "match": written}])
    assert matcher(json.dumps(written))(name.lower()) == theirs.is_match(name)


@pytest.mark.parametrize(
    "text", ["", "1", "[]", "{}", '{"equals": 1}', '{"like": "a"}', '{"regex": "("}', '{"or": 1}']
)
def test_what_is_no_clause_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="says nothing about model names"):
        matcher(text)


def test_clauses_nested_without_end_are_refused() -> None:
    text = '{"or": [' * 500 + clause("equals", "a") + "]}" * 500
    with pytest.raises(ConfigError):
        matcher(text)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("GPT-4o", ["gpt-4o"]),
        ("gpt-5.2-20251211", ["gpt-5.2-20251211", "gpt-5.2-2025-12-11"]),
        ("gpt-5.2-20251311", ["gpt-5.2-20251311"]),
        ("models/gemini-2.5-pro", ["models/gemini-2.5-pro", "gemini-2.5-pro"]),
        ("model/", ["model/"]),
        ("", []),
    ],
)
def test_spellings_begin_with_the_name_as_it_is(model: str, expected: list[str]) -> None:
    assert list(spellings(model)) == expected
