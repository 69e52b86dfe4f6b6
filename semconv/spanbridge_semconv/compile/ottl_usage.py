"""Statements that make token counts comparable, as :mod:`spanbridge_semconv.usage` does."""

from __future__ import annotations

from typing import Final

from spanbridge_semconv.collected import written_as
from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_text import KEPT, OUT, Tables
from spanbridge_semconv.model import INPUT_ONLY_TYPES, Concept
from spanbridge_semconv.usage import Usage

HELPERS: Final = ("reported_total", "fresh_input", "visible_output")
"""Counts that are read and never written."""
REPORTED: Final = (
    *(name for name in Usage.__dataclass_fields__ if name != "total_tokens"),
    *HELPERS,
)
"""The counts that are read, each kept in the cache under its name."""
UNSURE: Final = 'span.cache["unsure"]'
"""There if one of the counts cannot be read, and so none of them can be trusted."""
_TYPE: Final = 'span.cache["span_type"]'
_IN: Final = 'span.cache["input_tokens"]'
_OUT: Final = 'span.cache["output_tokens"]'
_CACHED: Final = 'span.cache["cached"]'
_REASONING: Final = 'span.cache["reasoning"]'
_LEFT: Final = 'span.cache["left"]'
_DECIDED: Final = 'span.cache["decided"]'
_NOTHING: Final = 'span.cache["nothing"]'


def _count(name: str) -> str:
    return f"span.cache[{ottl.text(name)}]"


def usage(tables: Tables) -> list[str]:
    """Statements over the counts in the cache; what they write goes to ``OUT`` or ``KEPT``."""
    counts = [c for c in tables.concepts if c.name in Usage.__dataclass_fields__]
    return [*_sums(), *_inclusive(), *(s for c in counts for s in _written(c))]


def _sums() -> list[str]:
    fresh, visible, total = map(_count, ("fresh_input", "visible_output", "reported_total"))
    read, write, reasoning = map(
        _count, ("cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    )
    known = f"{total} != nil and {_IN} != nil and {_OUT} != nil"
    told = (
        f"({_LEFT} == 0 or {_LEFT} == {_CACHED} or {_LEFT} == {_REASONING}"
        f" or {_LEFT} == {_CACHED} + {_REASONING})"
    )
    return [
        ottl.assign(_IN, fresh, f"{fresh} != nil"),
        ottl.assign(_OUT, visible, f"{visible} != nil"),
        ottl.assign(_NOTHING, "true", f"{_IN} == 0", f"{_OUT} == 0"),
        ottl.assign(_CACHED, "0"),
        ottl.assign(_REASONING, "0"),
        ottl.assign(_CACHED, read, f"{read} != nil"),
        ottl.assign(_CACHED, f"{_CACHED} + {write}", f"{write} != nil"),
        ottl.assign(_REASONING, reasoning, f"{reasoning} != nil"),
        ottl.assign(_LEFT, f"{total} - {_IN} - {_OUT}", known),
        ottl.assign(_DECIDED, "true", f"{_LEFT} != nil", told),
    ]


def _inclusive() -> list[str]:
    both = f"{_LEFT} == {_CACHED} + {_REASONING}"
    no_cache = f"({both} or ({_LEFT} == {_CACHED} and {_LEFT} != {_REASONING}))"
    no_reasoning = f"({_LEFT} == {_REASONING} or {both})"
    told, fresh, visible = f"{_LEFT} != nil", _count("fresh_input"), _count("visible_output")
    less_input = (
        f"(({fresh} != nil and {_DECIDED} == nil) or {_CACHED} > {_IN}"
        f" or ({told} and {_CACHED} > 0 and {no_cache}))"
    )
    less_output = (
        f"(({visible} != nil and {_DECIDED} == nil) or {_REASONING} > {_OUT}"
        f" or ({told} and {_REASONING} > 0 and {no_reasoning}))"
    )
    return [
        ottl.assign(_IN, f"{_IN} + {_CACHED}", f"{_IN} != nil", less_input),
        ottl.assign(_OUT, f"{_OUT} + {_REASONING}", f"{_OUT} != nil", less_output),
    ]


def _written(concept: Concept) -> list[str]:
    name = ottl.text(written_as(concept))
    target, sure = f"{OUT}[{name}]", f"{UNSURE} == nil and {_NOTHING} == nil"
    if concept.name != "total_tokens":
        path = _count(concept.name)
        found = [ottl.assign(target, path, f"{path} != nil", sure)]
    else:
        alone = ottl.equals_one(_TYPE, sorted(INPUT_ONLY_TYPES))
        found = [
            ottl.assign(target, _IN, alone, f"{_IN} != nil", sure),
            ottl.assign(
                target,
                f"{_IN} + {_OUT}",
                f"{_IN} != nil",
                f"{_OUT} != nil",
                f"not {alone}",
                f"{_TYPE} != {ottl.text(ottl.LEFT_OUT)}",
                sure,
            ),
        ]
    return [*found, ottl.assign(f"{KEPT}[{name}]", "true", f"{UNSURE} != nil")]
