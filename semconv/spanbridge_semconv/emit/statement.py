"""What is to be said in the target dialect, and how it joins the attributes of the span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spanbridge_semconv import collected
from spanbridge_semconv.emit import content, registry_keys
from spanbridge_semconv.emit.model import KEPT, SOURCE_DIALECT, Emitted
from spanbridge_semconv.emit.reading import Reading
from spanbridge_semconv.model import COLLECTED, TRANSLATED
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


class Joiner:
    """Puts statements in the place of what they restate among the attributes of a span."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.reader = Reader(reading.view)
        self.reader.found.update(reading.values, dialect=reading.found.dialect)
        self.same, self.more = content.restated(reading.content.attributes, reading.messages)
        self.events_kept = content.events_to_keep(reading.content.events, reading.messages)

    def join(self, statement: Statement, to: str) -> Emitted:
        """The attributes of the span with the statement for ``to``."""
        own = self.reading.content.attributes
        out: dict[str, object] = {}
        # What a Collector wrote, and what says that it did, is stated anew.
        noted = collected.NOTES if COLLECTED in own else frozenset()
        for key, value in own.items():
            if key in noted:
                continue
            if key in statement.stated:
                new = statement.stated[key]
                if not _equal(value, new) and not self._is_said(statement, key):
                    out.setdefault(KEPT + key, value)
                out[key] = value if _equal(value, new) else new
            elif self._goes(statement, key):
                continue
            elif self._is_put_aside(statement, key):
                out.setdefault(KEPT + key, value)
            else:
                out[key] = value
        out = out | {key: value for key, value in statement.stated.items() if key not in own}
        for key, value in statement.defaults.items():
            out.setdefault(key, value)
        changed = list(out.items()) != list(own.items()) or _types(out) != _types(own)
        if not changed and len(self.events_kept) == len(self.reading.content.events):
            return Emitted(own, self.events_kept, changed=False)
        out.setdefault(SOURCE_DIALECT, self.reading.found.dialect)
        out[TRANSLATED] = to
        return Emitted(out, self.events_kept, changed=True)

    def _is_said(self, statement: Statement, key: str) -> bool:
        """Whether what is found on the span says all that the attribute says."""
        if key in self.same or key in statement.moved:
            return True
        return bool(registry_keys.agreeing(self.reader, key, self.reading.values))

    def _goes(self, statement: Statement, key: str) -> bool:
        """Whether the attribute is restated as a whole."""
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

    def _is_put_aside(self, statement: Statement, key: str) -> bool:
        """Whether the attribute must not stay where readers of the target would find it."""
        if key in statement.untouched:
            return False
        if key in self.more or key in statement.aside or registry_keys.is_usage(key):
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
