"""Which model names a price is meant for: clauses as genai-prices writes them in JSON.

    {"equals": text} {"starts_with": text} {"ends_with": text} {"contains": text}
    {"regex": pattern} {"or": [clause, ...]} {"and": [clause, ...]}

Texts are compared without regard to case. Patterns are Python's, searched in the lower-case name.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from spanbridge_ingest.errors import ConfigError

Matcher = Callable[[str], bool]
"""Takes a model name in lower case."""

TEXT_KINDS: Final = ("equals", "starts_with", "ends_with", "contains")

_MAX_DEPTH: Final = 20

# A date at the end of a name, or before a further part of it.
_COMPACT_DATE: Final = re.compile(r"-(20\d\d)(\d\d)(\d\d)(?=[-:]|$)")


def clause(kind: str, text: str) -> str:
    """The JSON text of a clause of one of ``TEXT_KINDS``."""
    return json.dumps({kind: text}, ensure_ascii=False)


@functools.lru_cache(maxsize=16_384)
def matcher(clause_text: str) -> Matcher:
    """What a clause says about names.

    Raises:
        ConfigError: the text is no clause.
    """
    try:
        return _compile(json.loads(clause_text))
    except (ValueError, TypeError, AttributeError, RecursionError, re.error) as error:
        raise ConfigError(
            f"{clause_text[:200]!r} says nothing about model names: expected for example "
            '{"equals": "gpt-4o"}'
        ) from error


def _compile(node: Mapping[str, Any], depth: int = 0) -> Matcher:
    [(kind, operand)] = node.items()
    if kind in ("or", "and") and depth < _MAX_DEPTH:
        parts = [_compile(part, depth + 1) for part in operand]
        combine = any if kind == "or" else all
        return lambda name: combine(part(name) for part in parts)
    if kind == "regex":
        pattern = re.compile(operand)
        return lambda name: pattern.search(name) is not None
    wanted = operand.lower()
    if kind == "equals":
        return lambda name: name == wanted
    if kind == "starts_with":
        return lambda name: name.startswith(wanted)
    if kind == "ends_with":
        return lambda name: name.endswith(wanted)
    if kind == "contains":
        return lambda name: wanted in name
    raise ValueError(kind)


def spellings(model: str) -> Iterator[str]:
    """The names under which a model is looked for, in lower case, the most exact first.

    As it is; with a date ``-20250131`` written ``-2025-01-31``; and what follows the last slash,
    for names that say where the model comes from (``models/...``, ``publishers/google/...``).
    """
    name = model.lower()
    seen: set[str] = set()
    for candidate in (name, name.rpartition("/")[2]):
        for spelling in (candidate, _COMPACT_DATE.sub(_dashed, candidate)):
            if spelling and spelling not in seen:
                seen.add(spelling)
                yield spelling


def _dashed(found: re.Match[str]) -> str:
    try:
        return f"-{date(*map(int, found.groups())).isoformat()}"
    except ValueError:
        return found[0]
