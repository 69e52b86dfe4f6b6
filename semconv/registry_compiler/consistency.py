"""Checks that span several entries of the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry_compiler.load import Node, RegistryError
from spanbridge_semconv.model import Concept, Source, Vocabulary

DETAIL_TRANSFORMS = ("comma_list", "url_host", "url_port")
_ALIAS_ORIGINS = ("key", "event")


def check_source(source: Source, concept: Concept, node: Node) -> None:
    """Check a source against its concept.

    Raises:
        RegistryError: a concept that is read from the attributes each time asks for more than that.
    """
    only_detail = source.origin == "prefix" or source.transform in DETAIL_TRANSFORMS
    if only_detail and concept.kind != "detail":
        raise node.error(f"{concept.name} has a column, which cannot be read this way")
    if concept.kind != "alias":
        return
    when = source.when
    only_dialect = when is None or when == type(when)(dialects=when.dialects)
    if source.origin not in _ALIAS_ORIGINS or source.transform != "text" or source.map is not None:
        raise node.error(f"{concept.name} is the text of a key or an event, as it is")
    if not only_dialect or (when is not None and source.origin == "event"):
        raise node.error(f"{concept.name} knows no condition but the dialect, and only for keys")


def check_spelling(source: Source, vocabulary: Vocabulary, node: Node) -> None:
    """Check that what the registry itself says is spelled as its vocabulary has it.

    Raises:
        RegistryError: a fixed value or the target of a map is no canonical spelling.
    """
    said = [source.name] if source.origin == "value" else []
    said += [value for _, value in source.map or ()]
    last_resort = source.origin == "value" and source.when is None
    for value in said:
        lowered = value.lower()
        known = vocabulary.aliases.get(lowered, lowered if vocabulary.keep else "")
        if known != value and not last_resort:
            raise node.error(f"{value!r} is not how {vocabulary.name} spells it")


def check_order(concept: str, placed: Sequence[tuple[Source, Node]]) -> None:
    """Check that what follows from other concepts comes last.

    Raises:
        RegistryError: a source stands after one that refers to another concept, other than a value
            without condition; or such a reference has no map.
    """
    derived = False
    for source, node in placed:
        fixed = source.origin == "value" and source.when is None
        if derived and not fixed:
            raise node.error(f"nothing but a fixed value may follow the concept in {concept}")
        if source.origin == "concept":
            derived = True
            if source.map is None or source.when is not None:
                raise node.error("a reference to a concept has a map and no condition")
    if derived and placed[-1][0].origin != "value":
        raise placed[-1][1].error(f"a fixed value is missing after the concept in {concept}")


def check_reached(placed: Sequence[tuple[Source, Node]]) -> None:
    """Check that every source can decide.

    Raises:
        RegistryError: the same text was asked for before, on every span, and was not what it takes.
    """
    asked: dict[tuple[object, ...], str] = {}
    for source, node in placed:
        text = (source.origin, source.name, source.path, source.names, source.transform)
        if (earlier := asked.get((*text, source.member))) is not None:
            raise node.error(f"never asked: {earlier} reads {source.name!r} before, on every span")
        if source.when is None and source.map is None and source.origin != "value":
            asked[*text, source.member] = source.dialect


def check_paths(placed: Sequence[tuple[Source, Node]]) -> None:
    """Check that the paths into one attribute fit one JSON shape.

    Raises:
        RegistryError: one path leads through the end of another, or an array is an object too.
    """
    ends: dict[tuple[str, tuple[str, ...]], Node] = {}
    inner: dict[tuple[str, tuple[str, ...]], bool] = {}
    for source, node in placed:
        if source.origin != "path":
            continue
        steps = tuple("[]" if isinstance(s, int) else s for s in source.path)
        for length, step in enumerate(steps):
            place = (source.name, steps[:length])
            if inner.setdefault(place, step == "[]") != (step == "[]"):
                raise node.error(f"{source.name} is an array in one path, an object in another")
        ends[source.name, steps] = node
    for place, node in ends.items():
        if place in inner:
            raise node.error(f"another path into {place[0]} goes on from here")


def check_found(sources: Mapping[str, Sequence[Source]], place: str) -> None:
    """Check that every concept that is not computed has a source.

    Raises:
        RegistryError: one has none.
    """
    for name, known in sources.items():
        if not known and name != "total_tokens":
            raise RegistryError(f"{place}:1: no dialect has a source for {name!r}")
