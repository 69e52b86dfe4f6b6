"""The shapes of the JSON texts the registry reads: one tree of members per attribute.

ClickHouse reads a JSON text in one go into a nested type with a member for each path. Where the
type has an object, it also takes an array, element by element in the order of the members; the
Python side reads by the same trees so that both find the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.model import Source

Shape = dict[str, "Shape"]
"""Members of an object; an array of shape S is ``{ELEMENT: S}``; a scalar is ``{}``."""

ELEMENT: Final = "[]"


@cache
def shapes() -> Mapping[str, Shape]:
    """The shape of each attribute that is read as JSON, members in the order of the registry."""
    found: dict[str, Shape] = {}
    for concept in CONCEPTS:
        if concept.kind == "materialized":
            for source in SOURCES[concept.name]:
                if source.origin == "path":
                    _grow(found.setdefault(source.name, {}), source)
    return found


def shape_of(source: Source) -> Shape:
    """The shape of the JSON text that one source reads."""
    known = shapes().get(source.name)
    return known if known is not None and _leads(known, source) else own_shape(source)


def own_shape(source: Source) -> Shape:
    """The shape of one path alone."""
    return _grow({}, source)


def _grow(root: Shape, source: Source) -> Shape:
    shape = root
    for step in source.path:
        shape = shape.setdefault(step if isinstance(step, str) else ELEMENT, {})
    return root


def _leads(shape: Shape, source: Source) -> bool:
    for step in source.path:
        name = step if isinstance(step, str) else ELEMENT
        if name not in shape:
            return False
        shape = shape[name]
    return True
