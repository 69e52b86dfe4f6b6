"""Which dialect a span is of: by its scope, else its resource, else the keys of its attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.patterns import fits_any, is_key, literal_prefix, matcher, remembering

_NOBODY: Final = len(DIALECTS)
_PATTERNS: Final = tuple(
    (place, pattern) for place, dialect in enumerate(DIALECTS) for pattern in dialect.keys
)
_NAMES: Final = {pattern: place for place, pattern in reversed(_PATTERNS) if is_key(pattern)}
_OTHERS: Final = tuple((place, pattern) for place, pattern in _PATTERNS if not is_key(pattern))
_STARTS: Final = tuple({literal_prefix(pattern) for _, pattern in _OTHERS})
_RESOURCES: Final = tuple(
    (dialect.name, key, values) for dialect in DIALECTS for key, values in dialect.resources
)


def recognised(scope_name: str, resource: Mapping[str, str], keys: Iterable[str]) -> str:
    """The dialect that claims a span, ``''`` if none does.

    A scope that is named in full goes before one that fits a pattern; of several dialects the first
    of the registry claims the span.
    """
    by_scope = _by_scope(scope_name)
    if by_scope:
        return by_scope
    for name, key, values in _RESOURCES:
        if resource.get(key) in values:
            return name
    place = min(map(_by_key, keys), default=_NOBODY)
    return "" if place == _NOBODY else DIALECTS[place].name


@remembering
def _by_scope(scope_name: str) -> str:
    for dialect in DIALECTS:
        if scope_name in dialect.scopes:
            return dialect.name
    return next((one.name for one in DIALECTS if fits_any(one.scopes, scope_name)), "")


def _by_key(key: str) -> int:
    """The place of the first dialect that claims an attribute."""
    named = _NAMES.get(key, _NOBODY)
    return min(named, _by_pattern(key)) if key.startswith(_STARTS) else named


@remembering
def _by_pattern(key: str) -> int:
    return next((place for place, pattern in _OTHERS if matcher(pattern)(key)), _NOBODY)
