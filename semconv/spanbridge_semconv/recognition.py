"""Which dialect a span is of: by its scope, else its resource, else the keys of its attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.patterns import fits_any, remembering

_NOBODY: Final = len(DIALECTS)
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


@remembering
def _by_key(key: str) -> int:
    """The place of the first dialect that claims an attribute."""
    claims = (place for place, one in enumerate(DIALECTS) if fits_any(one.keys, key))
    return next(claims, _NOBODY)
