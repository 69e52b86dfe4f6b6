"""Reading the sources of a dialect: where each concept is found, and under which conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, cast, get_args

from registry_compiler.load import Node
from spanbridge_semconv.model import EVERY, Concept, From, Source, Transform, When

_ORIGINS: Final = frozenset(get_args(From)) - {"event_path"}
_SOURCE_KEYS: Final = _ORIGINS | {"transform", "member", "map", "when"}
_WHEN_KEYS: Final = (
    *("dialect", "scope", "not_scope", "status", "not_status", "has", "lacks"),
    *("equals", "not_equals", "ends"),
)
_STATUSES: Final = frozenset({"Unset", "Ok", "Error"})
_PATH_STEP: Final = re.compile(r"(?:^|\.)([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+|\*)\]")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNITS: Final = frozenset({"seconds", "milliseconds", "timestamp"})


class SourceReader:
    """Reads the ``sources`` of dialect files against the concepts there are."""

    def __init__(self, concepts: Sequence[Concept], dialects: frozenset[str]) -> None:
        self._concepts = {concept.name: concept for concept in concepts}
        self._order = [concept.name for concept in concepts]
        self._dialects = dialects

    def read(self, dialect: str, node: Node) -> Iterator[tuple[str, list[tuple[Source, Node]]]]:
        """Yield each concept named under ``sources`` with its sources, and where they stand."""
        for name, entries in node.mapping().items():
            if name not in self._concepts:
                raise node.error(f"unknown concept {name!r}", name)
            if name == "total_tokens":
                raise node.error("total_tokens is computed and has no sources", name)
            yield (
                name,
                [
                    (source, entry)
                    for entry in entries.items()
                    for source in self._source(dialect, self._concepts[name], entry)
                ],
            )

    def _source(self, dialect: str, concept: Concept, node: Node) -> Iterator[Source]:
        members = node.mapping(_SOURCE_KEYS)
        origin, names = self._origin(members, node)
        earlier = self._order[: self._order.index(concept.name)]
        when = None
        if "when" in members:
            when = read_when(members["when"], self._dialects)
        transform = self._transform(members, concept)
        member = self._member(members, transform, node)
        table = None
        if "map" in members:
            entries = members["map"].mapping()
            table = tuple((key, value.text()) for key, value in entries.items())
        if origin == "concept" and names[0] not in earlier:
            raise members["concept"].error(f"{names[0]!r} is not a concept found before this one")
        if (origin == "event_time") != (concept.type == "duration" and transform == "text"):
            raise node.error(
                "a duration needs an event_time, or a transform: seconds|milliseconds|timestamp"
            )
        if origin == "event_time":
            yield Source(dialect, origin, "", names=names, when=when)
            return
        for name in names:
            for path in self._paths(origin, members, concept):
                keys = (members["key"].text(),) if origin == "event_path" else ()
                yield Source(dialect, origin, name, path, keys, transform, member, table, when)

    def _origin(self, members: dict[str, Node], node: Node) -> tuple[From, tuple[str, ...]]:
        given = [name for name in members if name in _ORIGINS]
        match sorted(given):
            case ["key"]:
                return "key", members["key"].texts()
            case ["key", "path"]:
                return "path", members["key"].texts()
            case ["event", "key"]:
                return "event", members["event"].texts()
            case ["event", "key", "path"]:
                return "event_path", members["event"].texts()
            case ["indexed"]:
                pattern = members["indexed"]
                if pattern.text().count("{i}") != 1 or pattern.text().endswith("*"):
                    raise pattern.error("expected a key with one {i}")
                return "indexed", (pattern.text(),)
            case ["span_name"]:
                members["span_name"].flag()
                return "span_name", ("",)
            case [("event_time" | "prefix" | "resource" | "concept" | "value") as origin]:
                return cast(From, origin), members[origin].texts()
            case _:
                raise node.error(
                    "expected one of: key; key and path; event and key, with a path or "
                    "not; indexed; prefix; "
                    "event_time; resource; span_name; concept; value"
                )

    def _paths(
        self, origin: From, members: dict[str, Node], concept: Concept
    ) -> Iterator[tuple[str | int, ...]]:
        if origin == "event":
            yield (members["key"].text(),)
        elif origin in ("path", "event_path"):
            for item in members["path"].items():
                path = read_path(item)
                if EVERY in path and concept.type != "list":
                    raise item.error("[*] gives a list, and this concept is none")
                yield path
        else:
            yield ()

    def _member(self, members: dict[str, Node], transform: Transform, node: Node) -> str:
        if ("member" in members) != (transform == "member"):
            raise node.error("the transform member, and it alone, needs a member to look for")
        if "member" not in members:
            return ""
        if not _NAME.fullmatch(members["member"].text()):
            raise members["member"].error("expected the name of a member")
        return members["member"].text()

    def _transform(self, members: dict[str, Node], concept: Concept) -> Transform:
        if "transform" not in members:
            return "text"
        name = members["transform"].text()
        if name not in get_args(Transform):
            raise members["transform"].error(
                f"unknown transform {name!r}, known: {', '.join(get_args(Transform))}"
            )
        if (name in _UNITS) != (concept.type == "duration"):
            raise members["transform"].error(f"{name} does not fit a {concept.type}")
        if name == "comma_list" and concept.type != "list":
            raise members["transform"].error(f"{name} does not fit a {concept.type}")
        return cast(Transform, name)


def read_path(node: Node) -> tuple[str | int, ...]:
    """Read a JSON path: ``a.b``, ``a[0].b``, ``a[*].b``."""
    text = node.text()
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        step = _PATH_STEP.match(text, position)
        if step is None:
            raise node.error(f"cannot read the path {text!r} from character {position + 1}")
        if step[1] is not None:
            steps.append(step[1])
        else:
            steps.append(EVERY if step[2] == "*" else int(step[2]))
        position = step.end()
    if not steps or steps.count(EVERY) > 1:
        raise node.error("a path has at least one step, and [*] at most once")
    return tuple(steps)


def read_when(node: Node, dialects: frozenset[str]) -> When:
    """Read a condition."""
    members = node.mapping(_WHEN_KEYS)
    if not members:
        raise node.error("the condition is empty")
    for key in ("status", "not_status"):
        for item in members[key].items() if key in members else ():
            if item.text() not in _STATUSES:
                raise item.error(f"unknown status {item.text()!r}, known: Unset, Ok, Error")
    for item in members["dialect"].items() if "dialect" in members else ():
        if item.text() not in dialects:
            raise item.error(f"unknown dialect {item.text()!r}")

    def texts(key: str) -> tuple[str, ...]:
        return members[key].texts() if key in members else ()

    def tables(key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if key not in members:
            return ()
        return tuple((name, value.texts()) for name, value in members[key].mapping().items())

    return When(
        dialects=texts("dialect"),
        scopes=texts("scope"),
        not_scopes=texts("not_scope"),
        status=texts("status"),
        not_status=texts("not_status"),
        has=texts("has"),
        lacks=texts("lacks"),
        equals=tables("equals"),
        not_equals=tables("not_equals"),
        ends=tables("ends"),
    )
