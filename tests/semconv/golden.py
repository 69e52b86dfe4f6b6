"""Reading the golden cases in tests/golden: spans as a dialect documents them, and their meaning.

One file is one trace; CONTRIBUTING.md shows how it is written. What the reader does not know it
refuses, with file and line.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from spanbridge_semconv import Canonical, SpanView, Usage, attribute_text
from tests.semconv.corpus import RecordedSpan

FOLDER = Path(__file__).resolve().parents[1] / "golden"
_START_NS: Final = 1_760_000_000_000_000_000
_MS: Final = 1_000_000
_KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_STATUSES: Final = ("Unset", "Ok", "Error")
_CASE: Final = ("about", "wrong_today", "resource", "scope", "spans", "expect")
_SPAN: Final = (
    *("id", "name", "parent", "kind", "status", "message", "scope", "resource", "start", "took"),
    *("attributes", "events", "expect"),
)
_CANONICAL: Final = tuple(field.name for field in dataclasses.fields(Canonical))
_USAGE: Final = tuple(Usage.__dataclass_fields__)


class GoldenError(Exception):
    """A golden case is not written as it should be; the message names the file and the line."""


@dataclass(frozen=True)
class GoldenSpan:
    """A span and what it means. ``details`` are all that the span has."""

    recorded: RecordedSpan
    typed: Mapping[str, object]
    canonical: Canonical
    details: Mapping[str, object]


@dataclass(frozen=True)
class GoldenCase:
    """A trace: its spans, how many model calls there are, and their usage."""

    dialect: str
    name: str
    spans: Sequence[GoldenSpan]
    model_calls: int
    usage: Usage | None
    wrong_today: str

    def __str__(self) -> str:
        return f"{self.dialect}/{self.name}"


@cache
def cases() -> tuple[GoldenCase, ...]:
    """All golden cases, by dialect and name."""
    return tuple(read_case(path) for path in sorted(FOLDER.glob("*/*.yaml")))


def read_case(path: Path) -> GoldenCase:
    """Read one case; the name of its folder is the dialect.

    Raises:
        GoldenError: it has a member too many, too few, or of the wrong type.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise GoldenError(f"{path}:{line}: {error.problem}") from error
    return _Reader(path).case(root)


class _Reader:
    """Reads the nodes of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dialect = path.parent.name

    def case(self, root: yaml.Node) -> GoldenCase:
        members = self._members(root, _CASE, needed=("about", "spans", "expect"))
        common = {name: members[name] for name in ("resource", "scope") if name in members}
        spans = [self._span(node, common) for node in self._items(members["spans"])]
        known = {span.recorded.span_id for span in spans}
        for node, span in zip(self._items(members["spans"]), spans, strict=True):
            if (parent := span.recorded.parent_span_id) and parent not in known:
                raise self._error(node, f"there is no span {parent!r}")
        expect = self._members(members["expect"], ("model_calls", "usage"), needed=("model_calls",))
        wrong = self._value(members["wrong_today"], str) if "wrong_today" in members else ""
        usage = None
        if "usage" in expect:
            counts = self._members(expect["usage"], _USAGE)
            usage = Usage(**{name: self._value(node, int) for name, node in counts.items()})
        return GoldenCase(
            dialect=self._dialect,
            name=self._path.stem,
            spans=spans,
            model_calls=self._value(expect["model_calls"], int),
            usage=usage,
            wrong_today=wrong,
        )

    def _span(self, node: yaml.Node, common: Mapping[str, yaml.Node]) -> GoldenSpan:
        members = {**common, **self._members(node, _SPAN, needed=("id", "name", "expect"))}

        def text(name: str, default: str, known: Sequence[str] = ()) -> str:
            value: str = self._value(members[name], str) if name in members else default
            if known and value not in known:
                raise self._error(members[name], f"{value!r} is none of {', '.join(known)}")
            return value

        typed = self._mapping(members.get("attributes"))

        def milliseconds(name: str) -> int:
            return self._value(members[name], int) * _MS if name in members else 0

        start = _START_NS + milliseconds("start")
        events = [self._event(event) for event in self._items(members.get("events"))]
        view = SpanView(
            attributes=_texts(typed),
            scope_name=text("scope", ""),
            span_name=text("name", ""),
            span_kind=text("kind", "Internal", _KINDS),
            status_code=text("status", "Unset", _STATUSES),
            status_message=text("message", ""),
            events=[(name, attributes) for name, attributes, _ in events],
            resource=_texts(self._mapping(members.get("resource"))),
            start_ns=start,
            event_times_ns=[start + offset * _MS for _, _, offset in events],
        )
        end = start + milliseconds("took")
        recorded = RecordedSpan("golden", text("id", ""), text("parent", ""), view, end)
        canonical, details = self._meaning(members["expect"])
        return GoldenSpan(recorded, typed, canonical, details)

    def _event(self, node: yaml.Node) -> tuple[str, dict[str, str], int]:
        members = self._members(node, ("name", "attributes", "at"), needed=("name",))
        offset = self._value(members["at"], int) if "at" in members else 0
        attributes = _texts(self._mapping(members.get("attributes")))
        return self._value(members["name"], str), attributes, offset

    def _meaning(self, node: yaml.Node) -> tuple[Canonical, Mapping[str, object]]:
        members = self._members(node, (*_CANONICAL, "details"))
        details = self._mapping(members.pop("details", None))
        values = {name: self._value(member) for name, member in members.items()}
        if "finish_reasons" in values:
            values["finish_reasons"] = tuple(values["finish_reasons"])
        # A span is of the dialect of its folder unless the case says another; '' is none.
        return Canonical(**({"dialect": self._dialect} | values)), details

    def _members(
        self, node: yaml.Node, known: Iterable[str], needed: Sequence[str] = ()
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, "expected a mapping")
        names = set(known)
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value not in names:
                raise self._error(key, f"unknown member {key.value!r}")
            if key.value in found:
                raise self._error(key, f"{key.value!r} stands here twice")
            found[key.value] = value
        for name in needed:
            if name not in found:
                raise self._error(node, f"{name!r} is missing")
        return found

    def _items(self, node: yaml.Node | None) -> Sequence[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, "expected a list")
        items: Sequence[yaml.Node] = node.value
        return items

    def _mapping(self, node: yaml.Node | None) -> dict[str, object]:
        """A mapping of anything, keys as texts."""
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, "expected a mapping")
        return {str(key.value): self._value(value) for key, value in node.value}

    def _value(self, node: yaml.Node, wanted: type | None = None) -> Any:
        value = yaml.SafeLoader("").construct_document(node)
        if wanted is not None and type(value) is not wanted:
            raise self._error(node, f"expected {wanted.__name__}, not {value!r}")
        return value

    def _error(self, node: yaml.Node, message: str) -> GoldenError:
        return GoldenError(f"{self._path}:{node.start_mark.line + 1}: {message}")


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    """Attributes as they are stored."""
    return {key: attribute_text(value) for key, value in values.items()}
