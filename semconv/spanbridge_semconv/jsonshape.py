"""The shapes of the JSON texts the registry reads: one tree of members per attribute.

ClickHouse reads a JSON text in one go into a nested type with a member for each path. Where the
type has an object, it also takes an array, element by element in the order of the members; the
Python side reads by the same trees so that both find the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from spanbridge_semconv._generated.sources import SOURCES

Shape = dict[str, "Shape"]
"""Members of an object; an array of shape S is ``{ELEMENT: S}``; a scalar is ``{}``."""

ELEMENT: Final = "[]"


@cache
def shapes() -> Mapping[str, Shape]:
    """The shape of each attribute that is read as JSON, members in the order of the registry."""
    found: dict[str, Shape] = {}
    for sources in SOURCES.values():
        for source in sources:
            if source.origin == "path":
                shape = found.setdefault(source.name, {})
                for step in source.path:
                    shape = shape.setdefault(step if isinstance(step, str) else ELEMENT, {})
    return found
