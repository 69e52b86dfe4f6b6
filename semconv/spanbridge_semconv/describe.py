"""The registry in words: for `spanbridge dialects` and the attribute reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.model import EVERY, Dialect, Source, When


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the rules of one dialect add to those that all share.

    ``columns`` and ``details`` are the concepts the dialect has keys of its own for, ``rules``
    their number.
    """

    dialect: Dialect
    columns: tuple[str, ...]
    details: tuple[str, ...]
    rules: int


def coverage() -> tuple[Coverage, ...]:
    """All dialects by name."""
    return tuple(
        Coverage(
            dialect,
            tuple(n for n, kind in _concepts_of(dialect.name) if kind != "detail"),
            tuple(n for n, kind in _concepts_of(dialect.name) if kind == "detail"),
            sum(s.dialect == dialect.name for sources in SOURCES.values() for s in sources),
        )
        for dialect in sorted(DIALECTS, key=lambda dialect: dialect.name)
    )


def _concepts_of(dialect: str) -> Iterator[tuple[str, str]]:
    for concept in CONCEPTS:
        if any(source.dialect == dialect for source in SOURCES[concept.name]):
            yield concept.name, concept.kind


def detection(dialect: Dialect) -> list[str]:
    """By what a dialect is recognised, one text for each way."""
    ways = []
    if dialect.scopes:
        ways.append("scope " + ", ".join(dialect.scopes))
    ways += [f"resource {key} = {', '.join(values)}" for key, values in dialect.resources]
    if dialect.keys:
        ways.append("key " + ", ".join(dialect.keys))
    return ways


def place(source: Source) -> str:
    """Where a source looks: an attribute key, a path in its JSON, an event."""
    match source.origin:
        case "path":
            return f"{source.name} → {path_text(source.path)}"
        case "event":
            return f"event {source.name}: {source.path[0]}"
        case "event_path":
            return f"event {source.name}: {source.names[0]} → {path_text(source.path)}"
        case "event_time":
            return f"time of event {', '.join(source.names)}"
        case "prefix":
            return f"{source.name}*"
        case "resource":
            return f"resource {source.name}"
        case "span_name":
            return "span name"
        case "concept":
            return f"the {source.name}"
        case "value":
            return f"the value {source.name}"
        case _:
            return source.name


def path_text(path: tuple[str | int, ...]) -> str:
    """A path as the registry writes it: ``a.b[0].c``, ``[*].d``."""
    text = ""
    for step in path:
        if isinstance(step, str):
            text += f".{step}" if text else step
        else:
            text += "[*]" if step == EVERY else f"[{step}]"
    return text


def reading(source: Source) -> str:
    """What is done with the text, and on which spans; ``''`` if nothing and on all."""
    words = []
    if source.transform == "member":
        words.append(f"the number after {source.member}")
    elif source.transform != "text":
        words.append(source.transform.replace("_", " "))
    if source.map is not None:
        words.append(", ".join(f"{text} → {value}" for text, value in source.map))
    if source.when is not None:
        words.append("if " + condition(source.when))
    return "; ".join(words)


def condition(when: When) -> str:
    """A condition in words."""
    parts = [
        f"{name} {' or '.join(texts)}"
        for name, texts in (
            ("dialect is", when.dialects),
            ("scope is", when.scopes),
            ("scope is not", when.not_scopes),
            ("status is", when.status),
            ("status is not", when.not_status),
            ("there is", when.has),
            ("there is no", when.lacks),
        )
        if texts
    ]
    parts += [
        f"{key} is {' or '.join(value or 'absent' for value in values)}"
        for key, values in when.equals
    ]
    return " and ".join(parts)
