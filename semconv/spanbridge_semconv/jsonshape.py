"""The shapes of the JSON texts the registry reads: trees of members.

ClickHouse reads a JSON text in one go into a nested type with a member for each path. All documents
are read by the same few types, which hold the paths of all of them: one for the paths to single
scalars, one for each way to go through arrays. Where a type has an object, the engine also takes an
array, element by element in the order of the members; the Python side reads by the same trees so
that both find the same.

A text that is an array itself is read as the only member of an object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.model import Source

Shape = dict[str, "Shape"]
"""Members of an object; an array of shape S is ``{ELEMENT: S}``; a scalar is ``{}``."""

Path = tuple[str | int, ...]

ELEMENT: Final = "[]"
ROOT: Final = "elements"
"""The member that stands for a text that is an array."""


@dataclass(frozen=True)
class Group:
    """Paths that are read together: those with the same steps into arrays."""

    indices: tuple[int, ...]
    shape: Shape = field(default_factory=dict)
    leaves: list[Path] = field(default_factory=list)
    """One path for each scalar of the shape, in the order of the shape's members."""


def steps(path: Path) -> Path:
    """A path, if need be through the member that stands for an array."""
    return (ROOT, *path) if path and isinstance(path[0], int) else path


@cache
def groups() -> tuple[Group, ...]:
    """All groups. A path that cannot share a type with those before it begins another one."""
    found: list[Group] = []
    for concept in CONCEPTS:
        if concept.kind == "materialized":
            for source in SOURCES[concept.name]:
                if source.origin in ("path", "event_path"):
                    _add(found, steps(source.path))
    for group in found:
        group.leaves.extend(_leaves(group.shape, group.indices))
    return tuple(found)


def shape_of(source: Source) -> Shape:
    """The shape of the JSON text that one source reads."""
    path = steps(source.path)
    group = _by_path().get(path)
    return group.shape if group else _grow({}, path)


@cache
def _by_path() -> Mapping[Path, Group]:
    return {path: group for group in groups() for path in group.leaves}


def _add(found: list[Group], path: Path) -> None:
    indices = tuple(step for step in path if isinstance(step, int))
    for group in found:
        if group.indices == indices and _has_room(group.shape, path):
            _grow(group.shape, path)
            return
    found.append(Group(indices, _grow({}, path)))


def _names(path: Path) -> list[str]:
    return [step if isinstance(step, str) else ELEMENT for step in path]


def _grow(root: Shape, path: Path) -> Shape:
    shape = root
    for name in _names(path):
        shape = shape.setdefault(name, {})
    return root


def _has_room(shape: Shape, path: Path) -> bool:
    """Whether a path neither ends where others go on, nor goes on where one ends."""
    for name in _names(path):
        if name not in shape:
            return bool(shape) and (name == ELEMENT) == (ELEMENT in shape)
        shape = shape[name]
    return not shape


def _leaves(shape: Shape, indices: Sequence[int]) -> list[Path]:
    if not shape:
        return [()]
    found: list[Path] = []
    for name, inner in shape.items():
        is_index = name == ELEMENT
        step = indices[0] if is_index else name
        rest = _leaves(inner, indices[1:] if is_index else indices)
        found += [(step, *path) for path in rest]
    return found
