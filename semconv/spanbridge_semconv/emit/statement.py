"""What is to be said in the target dialect, and how it joins the attributes of the span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spanbridge_semconv.emit import content, registry_keys
from spanbridge_semconv.emit.model import KEPT, SOURCE_DIALECT, Emitted
from spanbridge_semconv.emit.reading import Reading
from spanbridge_semconv.model import TRANSLATED
from spanbridge_semconv.translate import Reader


@dataclass(slots=True)
class Statement:
    """The attributes of the target dialect for one span.

    Attributes:
        stated: attributes to write; what stands there already is replaced.
        defaults: attributes to write where nothing stands.
        concepts: the concepts that are stated, so that other attributes that say the same can go.
        moved: attributes whose whole text is stated now.
        untouched: attributes that are right as they are.
        aside: attributes that readers would take for what is stated elsewhere.
    """

    stated: dict[str, object] = field(default_factory=dict)
    defaults: dict[str, object] = field(default_factory=dict)
    concepts: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    untouched: set[str] = field(default_factory=set)
    aside: set[str] = field(default_factory=set)

    def put(self, concept: str, key: str, value: object) -> None:
        """State a concept under a key of the target dialect."""
        self.stated[key] = value
        self.concepts.add(concept)


def join(reading: Reading, statement: Statement, to: str) -> Emitted:
    """The attributes of the span with the statement for ``to`` in the place of what it restates."""
    own = reading.content.attributes
    joiner = _Joiner(reading, statement)
    out: dict[str, object] = {}
    for key, value in own.items():
        if key in statement.stated:
            new = statement.stated[key]
            if not joiner.is_said(key) and not _equal(value, new):
                out.setdefault(KEPT + key, value)
            out[key] = value if _equal(value, new) else new
        elif joiner.goes(key):
            continue
        elif joiner.is_put_aside(key):
            out.setdefault(KEPT + key, value)
        else:
            out[key] = value
    out = out | {key: value for key, value in statement.stated.items() if key not in own}
    for key, value in statement.defaults.items():
        out.setdefault(key, value)
    events_kept = content.events_to_keep(reading.content.events, reading.messages)
    changed = list(out.items()) != list(own.items()) or _types(out) != _types(own)
    if not changed and len(events_kept) == len(reading.content.events):
        return Emitted(own, events_kept, changed=False)
    out.setdefault(SOURCE_DIALECT, reading.found.dialect)
    out[TRANSLATED] = to
    return Emitted(out, events_kept, changed=True)


class _Joiner:
    """Decides what becomes of the attributes a span came with."""

    def __init__(self, reading: Reading, statement: Statement) -> None:
        self.reading = reading
        self.statement = statement
        self.reader = Reader(reading.view)
        self.reader.found.update(reading.values, dialect=reading.found.dialect)
        self.same, self.more = content.restated(reading.content.attributes, reading.messages)

    def is_said(self, key: str) -> bool:
        """Whether what is found on the span says all that the attribute says."""
        if key in self.same or key in self.statement.moved:
            return True
        return bool(registry_keys.agreeing(self.reader, key, self.reading.values))

    def goes(self, key: str) -> bool:
        """Whether the attribute is restated as a whole."""
        statement = self.statement
        if key in statement.untouched or key in registry_keys.HINTS:
            return False
        if key in self.same or key in statement.moved:
            return True
        if registry_keys.is_usage(key) and not self.reading.counted:
            return False
        said = registry_keys.agreeing(self.reader, key, self.reading.values)
        if said & {"reported_total"} and "input_tokens" in statement.concepts:
            said = said - {"reported_total"}
            return said <= statement.concepts
        return bool(said) and said <= statement.concepts

    def is_put_aside(self, key: str) -> bool:
        """Whether the attribute must not stay where readers of the target would find it."""
        if key in self.statement.untouched:
            return False
        if key in self.more or key in self.statement.aside or registry_keys.is_usage(key):
            return True
        return key in registry_keys.COST_KEYS and not self.reading.counted


def _equal(one: object, other: object) -> bool:
    """Whether two values are the same to whoever receives them: 1 is not True, nor '1'."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def _types(attributes: Mapping[str, object]) -> list[type]:
    return [type(value) for value in attributes.values()]
