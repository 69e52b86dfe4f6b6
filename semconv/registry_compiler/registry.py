"""Reading and checking the registry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast, get_args

from registry_compiler import consistency
from registry_compiler.load import Node, load
from registry_compiler.sources import SourceReader
from spanbridge_semconv.model import Concept, ConceptType, Dialect, Source, Vocabulary

COLUMN_TYPES: Final[Mapping[str, str]] = {
    "text": "String",
    "count": "Nullable(UInt64)",
    "list": "Array(LowCardinality(String))",
    "duration": "Nullable(UInt64)",
    **dict.fromkeys(("number", "flag", "map"), ""),
}
"""The last three are read in Python alone."""
_CONCEPT_TEXTS: Final = (
    *("column", "vocabulary", "gen_ai", "mlflow", "openinference"),
    *("unit", "description"),
)
_CONCEPT_KEYS: Final = ("type", *_CONCEPT_TEXTS, "low_cardinality", "alias", "detail")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_OTHERS: Final = "others"


@dataclass(frozen=True, slots=True)
class Registry:
    """The whole registry, checked. Sources stand in order of precedence."""

    concepts: tuple[Concept, ...]
    vocabularies: tuple[Vocabulary, ...]
    dialects: tuple[Dialect, ...]
    sources: Mapping[str, tuple[Source, ...]]


def read_registry(folder: Path) -> Registry:
    """Read ``concepts.yaml``, ``vocabularies.yaml``, ``precedence.yaml`` and ``dialects/*.yaml``.

    Raises:
        RegistryError: something in them is wrong.
    """
    vocabularies = _vocabularies(load(folder / "vocabularies.yaml"))
    concepts = _concepts(load(folder / "concepts.yaml"), {v.name for v in vocabularies})
    files = {path.stem: load(path) for path in sorted((folder / "dialects").glob("*.yaml"))}
    precedence = load(folder / "precedence.yaml")
    lists = precedence.mapping(("detect", "sources"))
    for key in ("detect", "sources"):
        if key not in lists:
            raise precedence.error(f"{key!r} is missing")
    orders = {key: _order(node, set(files)) for key, node in lists.items()}
    dialects = {name: _dialect(name, node) for name, node in files.items()}
    reader = SourceReader(concepts, frozenset(files))
    placed: dict[str, list[tuple[Source, Node]]] = {concept.name: [] for concept in concepts}
    for name in orders["sources"]:
        if (node := files[name].mapping().get("sources")) is not None:
            for concept_name, sources in reader.read(name, node):
                placed[concept_name].extend(sources)
    _check(placed, concepts, {vocabulary.name: vocabulary for vocabulary in vocabularies})
    found = {name: tuple(source for source, _ in entries) for name, entries in placed.items()}
    consistency.check_found(found, str(folder / "concepts.yaml"))
    return Registry(
        concepts,
        vocabularies,
        tuple(dialects[name] for name in orders["detect"]),
        found,
    )


def _check(
    placed: Mapping[str, Sequence[tuple[Source, Node]]],
    concepts: Sequence[Concept],
    vocabularies: Mapping[str, Vocabulary],
) -> None:
    for concept in concepts:
        for source, node in placed[concept.name]:
            consistency.check_source(source, concept, node)
            if concept.vocabulary and concept.type != "list":
                consistency.check_spelling(source, vocabularies[concept.vocabulary], node)
        consistency.check_order(concept.name, placed[concept.name])
        if concept.type != "map":
            consistency.check_reached(placed[concept.name])
    consistency.check_paths(
        [e for c in concepts if c.kind == "materialized" for e in placed[c.name]]
    )


def _order(node: Node, names: set[str]) -> tuple[str, ...]:
    """An order of all dialects; those that are not listed stand where it says so, by name."""
    listed: list[str] = []
    for item in node.items():
        name = item.text()
        if name not in names and name != _OTHERS:
            raise item.error(f"no dialect {name!r}: there is no dialects/{name}.yaml")
        if name in listed:
            raise item.error(f"{name!r} is listed twice")
        listed.append(name)
    others = sorted(names - set(listed))
    if _OTHERS not in listed:
        raise node.error(f"{_OTHERS!r} is missing, the place of dialects that are not listed")
    place = listed.index(_OTHERS)
    return (*listed[:place], *others, *listed[place + 1 :])


def _concepts(root: Node, vocabularies: set[str]) -> tuple[Concept, ...]:
    return tuple(_concept(name, node, vocabularies) for name, node in root.mapping().items())


def _concept(name: str, node: Node, vocabularies: set[str]) -> Concept:
    members = node.mapping(_CONCEPT_KEYS)
    if not _NAME.fullmatch(name):
        raise node.error(f"{name!r} is no name")
    for required in ("type", "description"):
        if required not in members:
            raise node.error(f"{required!r} is missing")
    kind = members["type"].text()
    if kind not in get_args(ConceptType):
        raise members["type"].error(
            f"unknown type {kind!r}, known: {', '.join(get_args(ConceptType))}"
        )
    texts = {
        key: members[key].text() if key in members else ""
        for key in (
            "column",
            "vocabulary",
            "gen_ai",
            "mlflow",
            "openinference",
            "unit",
            "description",
        )
    }
    if texts["vocabulary"] and texts["vocabulary"] not in vocabularies:
        raise members["vocabulary"].error(f"unknown vocabulary {texts['vocabulary']!r}")
    alias = "alias" in members and members["alias"].flag()
    detail = "detail" in members and members["detail"].flag()
    if not detail and not COLUMN_TYPES[kind]:
        raise members["type"].error(f"no column can hold a {kind}: it has to be a detail")
    if detail and (alias or texts["column"]):
        raise node.error("a detail has no column")
    low = "low_cardinality" not in members or members["low_cardinality"].flag()
    column_type = COLUMN_TYPES[kind]
    if kind == "text" and low and not alias:
        column_type = "LowCardinality(String)"
    return Concept(
        name=name,
        type=cast(ConceptType, kind),
        column=texts["column"],
        column_type="" if detail else column_type,
        codec="" if alias or detail else "ZSTD(1)",
        kind="detail" if detail else "alias" if alias else "materialized",
        vocabulary=texts["vocabulary"],
        gen_ai=texts["gen_ai"],
        mlflow=texts["mlflow"],
        openinference=texts["openinference"],
        unit=texts["unit"],
        description=texts["description"],
    )


def _vocabularies(root: Node) -> tuple[Vocabulary, ...]:
    return tuple(_vocabulary(name, node) for name, node in root.mapping().items())


def _vocabulary(name: str, node: Node) -> Vocabulary:
    members = node.mapping(("other", "strip_prefix", "values", "aliases", "none"))
    for required in ("other", "values"):
        if required not in members:
            raise node.error(f"{required!r} is missing")
    other = members["other"].text()
    if other not in ("keep", "drop"):
        raise members["other"].error("expected keep or drop")
    table: dict[str, str] = {}

    def enter(key: str, value: str, place: Node) -> None:
        if table.setdefault(key, value) != value:
            raise place.error(f"{key!r} already means {table[key]!r}")

    for item in members["values"].items():
        enter(item.text().lower(), item.text(), item)
    for key, target in members["aliases"].mapping().items() if "aliases" in members else ():
        if key != key.lower():
            raise target.error(f"{key!r} must be in lower case")
        enter(key, target.text(), target)
    for item in members["none"].items() if "none" in members else ():
        enter(item.text(), "", item)
    prefix = members["strip_prefix"].text() if "strip_prefix" in members else ""
    return Vocabulary(name, prefix, other == "keep", table)


def _dialect(name: str, node: Node) -> Dialect:
    members = node.mapping(("title", "versions", "detect", "ignored", "sources"))
    for required in ("title", "detect"):
        if required not in members:
            raise node.error(f"{required!r} is missing")
    detect = members["detect"].mapping(("scopes", "resources", "keys"))
    if not detect:
        raise members["detect"].error("nothing to detect the dialect by")
    resources = detect["resources"].mapping() if "resources" in detect else {}
    return Dialect(
        name=name,
        title=members["title"].text(),
        scopes=detect["scopes"].texts() if "scopes" in detect else (),
        resources=tuple((key, value.texts()) for key, value in resources.items()),
        keys=detect["keys"].texts() if "keys" in detect else (),
        versions=members["versions"].text() if "versions" in members else "",
        ignored=members["ignored"].texts() if "ignored" in members else (),
    )
