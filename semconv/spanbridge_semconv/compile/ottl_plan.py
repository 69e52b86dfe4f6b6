"""What the statements need of each other: documents to parse, events to keep, limits to list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_text import OttlError, Tables
from spanbridge_semconv.compile.ottl_when import conditions
from spanbridge_semconv.model import Concept, Source

UNROLLED: Final = 4
"""OTTL has no loop: so many elements of an array, or indices in a key, are read one by one."""
SCALAR: Final = ottl.text("^[^\\[{]")
"""A text that is there and is neither JSON nor what another language prints of a container."""
INEXACT: Final = "^-?[0-9]{16}|[0-9]e"
"""A number that OTTL, for which JSON has doubles only, rounds or writes otherwise."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Something the statements do not do. ``source`` is ``""`` if it is the whole concept."""

    concept: str
    source: str
    reason: str


@dataclass
class Plan:
    """The registry, and what its concepts ask of the groups of statements before them."""

    tables: Tables
    documents: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    event_documents: list[str] = field(default_factory=list)
    event_slots: int = 0
    event_names: dict[str, None] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)

    def document(self, source: Source) -> str:
        """The path of an attribute's JSON, which will be parsed if the source's condition holds."""
        start = "{" if isinstance(source.path[0], str) else "["
        condition = " and ".join(conditions(source.when))
        self.documents.setdefault((source.name, start), []).append(condition)
        return f"{ottl.DOCUMENTS}[{ottl.text(source.name)}]"

    def parsing(self) -> list[str]:
        """Statements that parse JSON; they fail where it is none."""
        found: list[str] = []
        for (key, start), wanted in self.documents.items():
            path = ottl.attribute(key)
            live = "" if "" in wanted else ottl.any_of(dict.fromkeys(f"({w})" for w in wanted))
            found.append(
                ottl.assign(
                    f"{ottl.DOCUMENTS}[{ottl.text(key)}]",
                    f"ParseJSON(String({path}))",
                    f"{path} != nil",
                    live,
                    f"HasPrefix(String({path}), {ottl.text(start)})",
                )
            )
        return found

    def event_slot(self, names: Sequence[str]) -> str:
        """Where the event statements keep what they find in events of these names."""
        self.event_names |= dict.fromkeys(names)
        self.event_slots += 1
        return f'{ottl.EVENTS}["{self.event_slots}"]'

    def in_events(self, statements: Sequence[str], slot: str) -> None:
        """Add statements to the group of events; what they find goes to a slot, the first wins."""
        for statement in statements:
            moved = statement.replace(ottl.OPEN, f"{slot} == nil")
            moved = moved.replace(f"set({ottl.VALUE},", f"set({slot},")
            self.events.append(moved.replace("span.cache", "spanevent.cache"))

    def limit(self, concept: Concept, source: Source, reason: str) -> list[str]:
        """List a source as a limit; where it may have a text, the concept is left out."""
        self.limits.append(Limit(concept.name, described(source), reason))
        if source.origin == "indexed":
            there = ottl.key_fits(source.name, ottl.KEYS)
        elif source.origin in ("key", "path"):
            there = f"{ottl.attribute(source.name)} != nil"
        else:
            raise OttlError(f"{concept.name}: {described(source)} has no translation: {reason}")
        return [left_out(there, *conditions(source.when))]


def left_out(*given: str) -> str:
    """A statement that leaves the concept out: what decides here cannot be read."""
    return ottl.assign(ottl.VALUE, ottl.text(ottl.LEFT_OUT), *ottl.still_open(given))


def described(source: Source) -> str:
    """A source in a few words."""
    path = "".join(
        f".{step}" if isinstance(step, str) else "[*]" if step < 0 else f"[{step}]"
        for step in source.path
    )
    name = source.name or "/".join(source.names)
    words = f"{source.origin.replace('_', ' ')} {name}"
    inner = f", {path.removeprefix('.')}" if path else ""
    changed = f" ({source.transform})" if source.transform != "text" else ""
    return f"{words}{inner}{changed}".strip()


def into(path: str, steps: Sequence[str | int]) -> tuple[str, list[str]]:
    """Where steps into a document lead, and what must hold to go there without an error."""
    guards: list[str] = []
    for step in steps:
        if isinstance(step, str):
            guards.append(f"IsMap({path})")
            path = f"{path}[{ottl.text(step)}]"
        else:
            guards += [f"IsList({path})", f"Len({path}) > {step}"]
            path = f"{path}[{step}]"
    return path, guards
