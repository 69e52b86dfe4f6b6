"""Random filters, of the values that the traces of data.py have."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from spanbridge_ingest.query.search.fields import FIELDS, OPERATORS, Type
from spanbridge_ingest.query.search.nodes import And, Comparison, Field, Node, Not, Or, Value
from tests.search.data import (
    JUDGED,
    KEYS,
    MODELS,
    NAMES,
    NUMBERS,
    SERVICES,
    SESSIONS,
    START,
    TAGS,
    TEXTS,
)

_TYPES = ("CHAT_MODEL", "AGENT", "TOOL", "UNKNOWN")
_TEXTS: dict[str, tuple[str, ...]] = {
    "trace_id": tuple(f"{n:032x}" for n in (1, 2, 7, 10**6)),
    "name": NAMES,
    "session_id": SESSIONS,
    "user_id": SESSIONS,
    "client_request_id": SESSIONS,
    "run_id": SESSIONS,
    "experiment_id": ("1", "2", '"1"'),
    "service": SERVICES,
    "text": (*NAMES, *TEXTS, "boom 100%"),
    "span.name": NAMES,
    "span.type": _TYPES,
    "span.service": SERVICES,
    "span.model": MODELS,
    "span.provider": ("openai", "anthropic"),
    "span.agent": NAMES,
    "span.tool": NAMES,
    "span.content": (*NAMES, *TEXTS),
}
_FIELD_KEYS = {
    "span.attributes": (*KEYS, "gen_ai.request.model", "absent"),
    "tag": (*TAGS, "absent"),
    "metadata": ("k", "absent"),
    "feedback": (*JUDGED, "absent"),
    "expectation": (*JUDGED, "absent"),
}
_MS = START // 1_000_000
_TIMES = st.sampled_from(
    [_MS + n for n in (0, 1, 999, 1000, 50_000, 3_600_000, 90_000_000, 99_999_999)]
) | st.sampled_from([_MS + 0.5, _MS + 1000.25, 0, 2**62])
_COUNTS = st.sampled_from([0, 1, 5, 10, 1000, 1010, 2000, 20_000, 0.5, 1.5, -1])
NOT_RANDOM = frozenset({"total_tokens", "cost_usd"})
"""Computed from whole traces; `test_api.py` compares the tokens with the documents."""


def comparisons() -> st.SearchStrategy[Comparison]:
    names = [name for name in FIELDS if name not in NOT_RANDOM]
    return st.sampled_from(names).flatmap(comparisons_of)


@st.composite
def comparisons_of(draw: st.DrawFn, name: str) -> Comparison:
    spec = FIELDS[name]
    field = Field(name, draw(st.sampled_from(_FIELD_KEYS[name])) if spec.keyed else "")
    operator = draw(st.sampled_from(OPERATORS[spec.type]))
    if operator.endswith("NULL"):
        return Comparison(field, operator, None)
    if operator.endswith("LIKE"):
        texts = st.sampled_from(_TEXTS.get(name, (*TEXTS, "yes", "it's")))
        pattern = draw(texts.flatmap(_regular if operator.endswith("RLIKE") else _pattern))
        return Comparison(field, operator, pattern)
    values = _values(name, spec.type, operator)
    if operator.endswith("IN"):
        return Comparison(field, operator, tuple(draw(st.lists(values, min_size=1, max_size=3))))
    return Comparison(field, operator, draw(values))


def _values(name: str, kind: Type, operator: str) -> st.SearchStrategy[Value]:
    match kind:
        case Type.TIME:
            return _TIMES
        case Type.NUMBER:
            return _COUNTS
        case Type.STATUS:
            return st.sampled_from(FIELDS[name].words)
        case Type.ANY:
            numbers: st.SearchStrategy[Value] = st.sampled_from([*NUMBERS, 1, 1.0, 2**53])
            if operator in (">", ">=", "<", "<="):
                return numbers
            return numbers | st.booleans() | st.sampled_from([*TEXTS, "quoted", "it's", '["a"]'])
    return st.sampled_from([*_TEXTS[name], "absent"])


def _pattern(text: str) -> st.SearchStrategy[str]:
    escaped = re.sub(r"([%_\\])", r"\\\1", text)
    upper = text[:1].upper().replace("\\", "")
    tail = f"%{escaped[1:]}" if escaped[:1] != "\\" else "%"
    patterns = [escaped, f"{escaped}%", tail, f"%{escaped}%", "_" * len(text), f"{upper}%"]
    return st.sampled_from([*patterns, "%", "", r"\x%"])


def _regular(text: str) -> st.SearchStrategy[str]:
    plain = re.sub(r"([^\w\s])", r"\\\1", text)
    return st.sampled_from([plain, f"^{plain}$", f"{plain}|yes", "^.$", "[a-c]+", "", "(?i)CHAT"])


def expressions(leaves: int = 8) -> st.SearchStrategy[Node]:
    def combined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        parts = st.lists(inner, min_size=2, max_size=4).map(tuple)
        return st.builds(Not, inner) | st.builds(And, parts) | st.builds(Or, parts)

    return st.recursive(comparisons(), combined, max_leaves=leaves)
